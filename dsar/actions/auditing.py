"""What is asked of the audit trail: events by person, request, verb and day. That somebody asked is recorded itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import reduce
from operator import or_
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Q, QuerySet

from accounts.audit import Target, record
from accounts.emails import normal_email
from accounts.models import AuditEvent, Tenant, User
from dsar import queries
from dsar.models import SubjectRequest

#: Requests of one person whose events are looked for; nobody has more.
_MOST_REQUESTS = 500
#: Events of a person that are named one by one; a member of the team may have done more.
_MOST_NAMED = 5_000


@dataclass(frozen=True, slots=True)
class Question:
    """What to look for; None or "" for anything. `is_person`: all of whoever filed the request, not it alone."""

    reference: str = ""
    is_person: bool = False
    account: int | None = None
    actor: int | None = None
    verb: str = ""
    since: date | None = None
    until: date | None = None

    @property
    def facts(self) -> dict[str, str | int | bool]:
        """Return it for the trail: codes and numbers."""
        said: dict[str, str | int | bool | None] = {
            "reference": self.reference,
            "person": self.is_person,
            "account": self.account,
            "actor": self.actor,
            "verb": self.verb,
            "since": self.since.isoformat() if self.since else "",
            "until": self.until.isoformat() if self.until else "",
        }
        return {name: value for name, value in said.items() if value}


def answers(tenant: Tenant, question: Question) -> QuerySet[AuditEvent]:
    """Return the events that are asked for, the newest first."""
    events = AuditEvent.objects.filter(tenant=tenant).order_by("-sequence")
    if question.reference:
        branches = [_of_requests(_requests(tenant, question)), *_of_account(_filer(tenant, question))]
        events = events.filter(_one_of(tenant, branches))
    if question.account is not None:
        own = SubjectRequest.objects.filter(tenant=tenant, account=question.account)
        keys = list(own.values_list("pk", flat=True)[:_MOST_REQUESTS])
        events = events.filter(_one_of(tenant, [_of_requests(keys), *_of_account(question.account)]))
    if question.actor is not None:
        events = events.filter(actor_id=question.actor)
    if question.verb:
        events = events.filter(verb=question.verb)
    zone = tenant.time_zone
    if question.since:
        events = events.filter(at__gte=_begin_of(question.since, zone))
    if question.until:
        events = events.filter(at__lt=_begin_of(question.until + timedelta(days=1), zone))
    return events


def looked_up(tenant: Tenant, question: Question, *, by: User, now: datetime, form: str = "") -> None:
    """Record that a member of the team has asked, or taken the answer away in this form of file."""
    verb = "audit.exported" if form else "audit.looked_up"
    facts = {**question.facts, **({"form": form} if form else {})}
    with transaction.atomic():
        record(tenant=tenant, verb=verb, by=by, at=now, target=Target("tenant", str(tenant.pk)), facts=facts)


def account_of(tenant: Tenant, *, email: str, by: User, now: datetime) -> int | None:
    """Return the number of the account that signs in with an address, if it has to do with the tenant; it is recorded.

    The address itself is kept nowhere.
    """
    user = User.objects.filter(email=normal_email(email)).first()
    found = user is not None and (
        user.memberships.filter(tenant=tenant).exists() or queries.visible_to(account=user, tenant=tenant).exists()
    )
    key = user.pk if user is not None and found else None
    looked_up(tenant, Question(account=key), by=by, now=now)
    return key


def _requests(tenant: Tenant, question: Question) -> list[int]:
    found = SubjectRequest.objects.filter(tenant=tenant, reference=question.reference).first()
    if found is None:
        return []
    if not question.is_person:
        return [found.pk]
    return list(queries.of_same_person(found).values_list("pk", flat=True)[:_MOST_REQUESTS])


def _filer(tenant: Tenant, question: Question) -> int | None:
    """Return the account that filed the request, where all of the person is asked for."""
    if not question.is_person:
        return None
    found = SubjectRequest.objects.filter(tenant=tenant, reference=question.reference)
    return found.values_list("account", flat=True).first()


def _of_requests(keys: list[int]) -> Q:
    return Q(target_type="subjectrequest", target_id__in=[str(key) for key in keys])


def _of_account(account: int | None) -> list[Q]:
    """Return the conditions on what an account did, and on what was done to it."""
    if account is None:
        return []
    return [Q(actor_id=account), Q(target_type="user", target_id=str(account))]


def _one_of(tenant: Tenant, branches: list[Q]) -> Q:
    """Return the condition that one of several holds, each of which an index answers.

    A database that is asked for either, in the order of the chain, walks the chain: so each is asked by itself, unless
    one has too many answers to be named.
    """
    found: set[int] = set()
    for branch in branches:
        numbers = AuditEvent.objects.filter(branch, tenant=tenant).values_list("sequence", flat=True)
        found.update(numbers[: _MOST_NAMED + 1])
        if len(found) > _MOST_NAMED:
            return reduce(or_, branches)
    return Q(sequence__in=found)


def _begin_of(day: date, zone: str) -> datetime:
    return datetime.combine(day, datetime.min.time(), tzinfo=ZoneInfo(zone))
