"""The few open requests that wait for something: found by the rows that say so, once for a page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connection
from django.db.models import BooleanField, Exists, F, Func, OuterRef, Q, QuerySet

from accounts.models import Tenant
from dsar.models import ClockPause, Decision, DecisionKind, Proposal, Step, StepKind, SubjectRequest
from dsar.worklist.asking import Asker, Need

#: So many requests with a failed store or an open proposal are listed by their keys. Where more are, whoever walks
#: the open requests meets one soon, and asks each.
MOST_LISTED = 2_000


def written(column: str, condition: str) -> Func:
    """Return a condition that stands in the statement itself, such as "= 'failed'".

    SQLite uses an index of some rows only where it can read the condition; a parameter it does not see.
    """
    return Func(F(column), template=f"%(expressions)s {condition}", output_field=BooleanField())


def needs(need: str, asker: Asker) -> Q:
    """Return the condition of what is waited for."""
    if need == Need.MAP:
        return stuck()
    if need == Need.PERSON:  # a request each: there may be as many as there are open ones
        return Q(Exists(ClockPause.objects.filter(ended_at=None, subject_request=OuterRef("pk"))))
    if not need:
        return Q()
    keys = listed(Need(need), asker)
    return one_of(keys) if keys is not None else Q(Exists(_rows(need).filter(subject_request=OuterRef("pk"))))


def one_of(keys: Sequence[int]) -> Q:
    """Return the condition of these keys, written out: a thousand parameters take longer than to find the rows."""
    numbers = ", ".join(map(str, map(int, keys or [0])))
    if connection.vendor == "postgresql":  # which reads a list quicker than so many numbers
        return Q(written("pk", f"= ANY('{{{numbers}}}'::bigint[])"))
    return Q(written("pk", f"IN ({numbers})"))


def open_by_key(keys: Sequence[int], tenant: Tenant) -> QuerySet[SubjectRequest]:
    """Return the open ones of these requests, each found by its key.

    What is open is asked in words that no index of open ones is for: PostgreSQL would read all of that instead.
    """
    is_open = Func(written("closed_at", "IS NULL"), template="(%(expressions)s) IS TRUE", output_field=BooleanField())
    return SubjectRequest.objects.filter(one_of(keys), is_open, tenant=tenant).order_by()


def listed(need: Need, asker: Asker) -> list[int] | None:
    """Return the requests with a failed store or an open proposal, whosever they are; None if they are many.

    Joined with the open requests of a tenant they would be looked for in each of those, and sorted in every step.
    """
    if need not in asker.listed:
        found = list(_rows(need).values_list("subject_request", flat=True)[: 2 * MOST_LISTED + 1])
        keys = sorted(set(found))
        asker.listed[need] = keys if len(keys) <= MOST_LISTED and len(found) <= 2 * MOST_LISTED else None
    return asker.listed[need]


def _rows(need: str) -> QuerySet[Any]:
    return failed_steps() if need == Need.STORE else open_proposals()


def stuck() -> Q:
    """Return the condition of requests whose data map must be mended."""
    return Q(written("waits_for", "> ''"))


def open_proposals() -> QuerySet[Proposal]:
    """Return what somebody has proposed and a second person has to confirm."""
    return Proposal.objects.filter(ended_at=None, status=F("subject_request__status")).order_by()


def failed_steps() -> QuerySet[Step]:
    """Return the steps that failed and that nobody has decided to release without."""
    exceptions = Decision.objects.filter(
        kind=DecisionKind.EXCEPTION, subject_request=OuterRef("subject_request"), dataset=OuterRef("dataset")
    )
    decided = Q(Exists(exceptions)) & ~Q(kind=StepKind.PACK)
    return Step.objects.filter(~decided, written("state", "= 'failed'")).order_by()
