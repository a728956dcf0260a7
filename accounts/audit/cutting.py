"""Events that are past their time go from the front of a chain, so that what stays can still be verified.

First a signed cut is recorded, in one transaction with an event that tells of it; then the events that it covers are
deleted, the oldest first, some at a time. A run that is cut short leaves a chain that holds, and the next one goes on.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from django.db import transaction

from accounts.audit.cuts import kept_since, signed_bytes
from accounts.audit.recording import Target, record
from accounts.audit.signing import key_id, signing_key
from accounts.audit.verify import latest_cut, verify_until
from accounts.models import AuditChain, AuditCut, AuditEvent, Tenant

#: Events in a transaction.
BATCH = 2_000
#: The event of a cut is cut itself one day: without a pause that day would bring the next, and so on every hour.
PAUSE = timedelta(days=1)


class BrokenTrailError(Exception):
    """What is to be cut does not hold: it stays, as it may be evidence."""


def nothing_more() -> int | None:
    """Keep nothing but what is young."""
    return None


def cut(*, tenant: Tenant, now: datetime, kept_from: Callable[[], int | None] = nothing_more, size: int = BATCH) -> int:
    """Delete a tenant's events of more than KEPT_MONTHS ago, `size` at a time; return how many. `now` is aware.

    `kept_from` returns a number from which on everything stays whatever its age; it is asked while no event can be
    recorded. Raises BrokenTrailError, KeyringError.
    """
    _record_cut(tenant, now=now, kept_from=kept_from)
    return _carry_out(tenant, size=size)


def _record_cut(tenant: Tenant, *, now: datetime, kept_from: Callable[[], int | None]) -> None:
    last, before = latest_cut(tenant.slug), kept_since(now.astimezone(UTC))
    begins = last.first_kept if last else 1
    first_kept = _first_younger(tenant, before)
    if first_kept <= begins or (last and now - last.at < PAUSE):
        return
    _refuse_broken(tenant, until=first_kept - 1)
    with transaction.atomic():
        AuditChain.objects.select_for_update().get(tenant=tenant)
        if latest_cut(tenant.slug) != last:  # another worker was faster
            return
        first_kept = min(first_kept, kept_from() or first_kept)
        if first_kept > begins:
            _sign(tenant, first_kept, events=first_kept - begins, before=before, now=now).save()
            facts = {"first_kept": first_kept, "events": first_kept - begins}
            record(tenant=tenant, verb="trail.cut", by=None, at=now, target=_target(tenant), facts=facts)


def _first_younger(tenant: Tenant, before: datetime) -> int:
    """Return the number of the first event that is younger, or of the next one to come."""
    events = AuditEvent.objects.filter(tenant=tenant, at__gt=before).order_by("sequence")
    first = events.values_list("sequence", flat=True).first()
    if first is not None:
        return first
    chain = AuditChain.objects.filter(tenant=tenant).first()
    return chain.count + 1 if chain else 1


def _refuse_broken(tenant: Tenant, *, until: int) -> None:
    verdict = verify_until(tenant.slug, until)
    if not verdict.holds:
        raise BrokenTrailError(f"{tenant.slug}: nothing is cut: {verdict.problem}")


def _sign(tenant: Tenant, first_kept: int, *, events: int, before: datetime, now: datetime) -> AuditCut:
    last = AuditEvent.objects.get(tenant=tenant, sequence=first_kept - 1)
    key = signing_key(tenant)
    made = AuditCut(
        tenant=tenant,
        first_kept=first_kept,
        previous_hash=last.hash,
        events=events,
        before=before,
        at=now,
        key_id=key_id(key),
    )
    made.signature = key.sign(signed_bytes(made, tenant)).hex()
    return made


def _carry_out(tenant: Tenant, *, size: int) -> int:
    last = latest_cut(tenant.slug)
    if last is None:
        return 0
    gone = AuditEvent.objects.filter(tenant=tenant, sequence__lt=last.first_kept).order_by("sequence")
    count = 0
    while keys := list(gone.values_list("pk", flat=True)[:size]):
        count += AuditEvent.objects.filter(pk__in=keys).delete()[0]
    return count


def _target(tenant: Tenant) -> Target:
    return Target("tenant", str(tenant.pk))
