"""Writing one event, in the transaction of what it tells of."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, models
from django.db.models import F

from accounts.audit.chain import event_hash
from accounts.audit.verbs import fact_keys
from accounts.models import ActorKind, AuditChain, AuditEvent, Membership, Tenant, User

Fact = int | bool | str
#: A code, a slug, a dotted name, a UUID or a hash in hex: nothing that a name or an address is written with.
_SHORT = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}")
_TARGET_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


class AuditOutsideTransactionError(Exception):
    """An event was to be recorded outside a transaction: it could then stay without what it tells of."""


class AuditFactRefusedError(Exception):
    """A fact's key is not registered for the verb, or its value could hold personal data."""


class AuditRaceError(Exception):
    """Another writer took the same place in the chain; the transaction has to be tried again."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did it. The id is a User's key; None for the system."""

    kind: ActorKind
    id: int | None = None

    @classmethod
    def subject(cls, user: User) -> Actor:
        """The account acting for itself, whatever roles it holds."""
        return cls(ActorKind.SUBJECT, user.pk)

    @classmethod
    def staff(cls, user: User) -> Actor:
        return cls(ActorKind.STAFF, user.pk)


SYSTEM = Actor(ActorKind.SYSTEM)


@dataclass(frozen=True, slots=True)
class Target:
    """What it was done to, by kind and key, for what is no model instance."""

    type: str
    id: str


_gathered: ContextVar[list[AuditEvent] | None] = ContextVar("gathered", default=None)


@contextmanager
def together() -> Iterator[None]:
    """Append the events recorded in the block when it ends, in their order: the chain is locked once, and late.

    Within a transaction, around what it writes. If the block raises, nothing of it is appended. A block within
    another is part of that one.
    """
    around = _gathered.get()
    if around is not None:
        yield from _part_of(around)
        return
    events: list[AuditEvent] = []
    token = _gathered.set(events)
    try:
        yield
    finally:
        _gathered.reset(token)
    for tenant_id in dict.fromkeys(event.tenant_id for event in events):
        _append([event for event in events if event.tenant_id == tenant_id])


def _part_of(around: list[AuditEvent]) -> Iterator[None]:
    before = len(around)
    try:
        yield
    except BaseException:
        del around[before:]  # its savepoint is rolled back, and what the events tell of with it
        raise


def record(
    *,
    tenant: Tenant,
    verb: str,
    by: Actor | User | None,
    at: datetime,
    target: models.Model | Target,
    facts: Mapping[str, Fact] | None = None,
) -> AuditEvent:
    """Append one event to the tenant's chain and return it. Record last: it locks the chain until the commit.

    Within `together` it is appended when that ends.

    `by`: a User counts as staff if they hold a role in this tenant, else as subject (say Actor.subject
    or Actor.staff where that matters); None is the system. `at` is aware. `facts` are integers, booleans
    and short codes under keys registered for the verb. Raises AuditOutsideTransactionError, UnknownVerbError,
    AuditFactRefusedError, AuditRaceError, and ValueError for a naive `at` or a target without a plain key.
    """
    if not connection.in_atomic_block:
        raise AuditOutsideTransactionError(f"{verb} must be recorded in the transaction of what it tells of")
    if at.tzinfo is None:
        raise ValueError("an audit event needs an aware datetime")
    facts = dict(facts or {})
    _check_facts(verb, facts)
    actor, named = _actor(by, tenant), _target(target)
    event = AuditEvent(
        tenant=tenant,
        at=at,
        verb=verb,
        actor_kind=actor.kind,
        actor_id=actor.id,
        target_type=named.type,
        target_id=named.id,
        facts=facts,
    )
    gathered = _gathered.get()
    if gathered is None:
        _append([event])
    else:
        gathered.append(event)
    return event


def _append(events: Sequence[AuditEvent]) -> None:
    """Append events of one tenant."""
    chain, _ = AuditChain.objects.select_for_update().get_or_create(tenant_id=events[0].tenant_id)
    head = chain.head
    for sequence, event in enumerate(events, start=chain.count + 1):
        event.sequence, event.previous_hash = sequence, head
        event.hash = head = event_hash(event)
    # SQLite has no row locks: a writer that slipped in between is noticed here instead.
    unmoved = AuditChain.objects.filter(pk=chain.pk, count=chain.count)
    if unmoved.update(count=F("count") + len(events), head=head) != 1:
        raise AuditRaceError(f"the audit chain moved past {chain.count} while an event was appended")
    AuditEvent.objects.bulk_create(events)


def _check_facts(verb: str, facts: Mapping[str, Fact]) -> None:
    unknown = facts.keys() - fact_keys(verb)
    if unknown:
        raise AuditFactRefusedError(f"{verb} has no fact {sorted(unknown)}")
    for key, value in facts.items():
        if not _is_harmless(value):
            raise AuditFactRefusedError(f"{verb}: the value of {key} is neither a number, a boolean nor a short code")


def _is_harmless(value: object) -> bool:
    if isinstance(value, str):
        return bool(_SHORT.fullmatch(value))
    return isinstance(value, int)


def _actor(by: Actor | User | None, tenant: Tenant) -> Actor:
    if by is None:
        return SYSTEM
    if isinstance(by, Actor):
        return by
    is_staff = Membership.objects.filter(user=by, tenant=tenant).exists()
    return Actor.staff(by) if is_staff else Actor.subject(by)


def _target(target: models.Model | Target) -> Target:
    if isinstance(target, models.Model):
        target = Target(str(target._meta.model_name), str(target.pk))
    if not _TARGET_ID.fullmatch(target.id) or not _SHORT.fullmatch(target.type):
        raise ValueError("an audit event's target is named by its kind and key alone")
    return target
