"""What is open now: how old it is, and what will break the promise soon."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Case, Count, Exists, IntegerField, OuterRef, Q, QuerySet, Value, When

from accounts.models import Tenant
from dsar.counting.figures import ALL, Narrowed
from dsar.models import ClockPause, Decision, Step, StepState, SubjectRequest

#: Ages in hours at which the next bracket begins.
BRACKETS = (12, 24, 48, 168)
_PAUSED = ClockPause.objects.filter(subject_request=OuterRef("pk"), ended_at=None)
#: A pause that began after the promise was broken changes nothing about it.
_PAUSED_IN_TIME = _PAUSED.filter(started_at__lte=OuterRef("due_at"))


@dataclass(frozen=True, slots=True)
class Standing:
    """How many open requests of a type are so old (the number of a bracket), and whether they wait for the person."""

    type: str
    bracket: int
    waits_for_person: bool
    count: int


def open_requests(tenant: Tenant, narrowed: Narrowed = ALL) -> QuerySet[SubjectRequest]:
    return SubjectRequest.objects.filter(tenant=tenant, closed_at=None, **narrowed.columns)


def standing(tenant: Tenant, *, now: datetime, narrowed: Narrowed = ALL) -> list[Standing]:
    """Return the open requests by type, age since receipt, and whether their clock is paused for the person."""
    younger = [
        When(received_at__gt=now - timedelta(hours=hours), then=Value(number)) for number, hours in enumerate(BRACKETS)
    ]
    rows = (
        open_requests(tenant, narrowed)
        .order_by()
        .annotate(bracket=Case(*younger, default=Value(len(BRACKETS)), output_field=IntegerField()))
        .values_list("type", "bracket")
        # Not a group of its own: SQLite would look for the pause of each request twice.
        .annotate(count=Count("pk"), paused=Count("pk", filter=Q(Exists(_PAUSED))))
    )
    return [
        Standing(kind, bracket, waits_for_person, number)
        for kind, bracket, count, paused in rows
        for waits_for_person, number in ((False, count - paused), (True, paused))
        if number
    ]


def at_risk(tenant: Tenant, *, until: datetime, narrowed: Narrowed = ALL) -> QuerySet[SubjectRequest]:
    """Return the open requests that break the house promise by then, or have, unless somebody closes them first."""
    running = open_requests(tenant, narrowed).filter(~Q(Exists(_PAUSED_IN_TIME)), due_at__lte=until)
    return running.order_by("due_at", "id")


def failing_stores(tenant: Tenant) -> dict[str, int]:
    """Return how many open requests wait for each store that has failed."""
    failed = Step.objects.filter(
        state=StepState.FAILED, subject_request__tenant=tenant, subject_request__closed_at=None
    )
    rows = failed.exclude(dataset="").order_by().values_list("dataset")
    return dict(rows.annotate(count=Count("subject_request", distinct=True)))


def decisions_each(tenant: Tenant, *, since: datetime, members: Iterable[int]) -> dict[int, int]:
    """Return how many decisions each of these accounts took since then; who took none is not there."""
    taken = Decision.objects.filter(at__gte=since, by__in=members, subject_request__tenant=tenant).order_by()
    return dict(taken.values_list("by").annotate(count=Count("pk")))
