"""A stop ends: its time has come, the person takes it back, or their data is erased."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.audit import Actor, together
from accounts.models import User
from dsar import queries, restriction_emails
from dsar.actions.restricting.effects import take_effect
from dsar.actions.trail import note
from dsar.models import Restriction, StopWriting, SubjectRequest


class NothingStoppedError(Exception):
    """Nothing of this request is stopped any more; the message is for the person."""


def end_due(*, now: datetime) -> int:
    """End what the person was told would end by now, and tell them that it did; return of how many requests."""
    due = Restriction.objects.filter(since__isnull=False, ended_at=None, lifting_at__lte=now)
    requests = SubjectRequest.objects.filter(pk__in=due.values("subject_request")).select_related("tenant")
    return sum(_end_due(subject_request, now=now) for subject_request in requests.order_by("pk"))


def _end_due(subject_request: SubjectRequest, *, now: datetime) -> bool:
    with transaction.atomic(), together():
        locked = subject_request.restrictions.select_for_update(of=("self",)).select_related("subject_request")
        rows = list(locked.filter(since__isnull=False, ended_at=None, lifting_at__lte=now))
        if rows:
            _end(subject_request, rows, how="lifted", by=None, now=now)
            restriction_emails.restriction_lifted(subject_request, lifted=rows, is_own_wish=False, now=now)
    return bool(rows)


def take_back(subject_request: SubjectRequest, *, by: User, now: datetime) -> None:
    """End at once what a person had stopped, as they wish. Raises NothingStoppedError."""
    with transaction.atomic(), together():
        locked = subject_request.restrictions.select_for_update(of=("self",)).select_related("subject_request")
        rows = list(locked.filter(since__isnull=False, ended_at=None))
        if not rows:
            raise NothingStoppedError("Nothing of this request is stopped any more.")
        _end(subject_request, rows, how="taken_back", by=Actor.subject(by), now=now)
        restriction_emails.restriction_lifted(subject_request, lifted=rows, is_own_wish=True, now=now)


def withdraw(subject_request: SubjectRequest, *, by: User | None, now: datetime) -> None:
    """End whatever a request that is withdrawn or never confirmed had asked for, in the caller's transaction."""
    rows = list(subject_request.restrictions.filter(ended_at=None).select_related("subject_request"))
    _end(subject_request, rows, how="withdrawn", by=Actor.subject(by) if by else None, now=now)


def forget(subject_request: SubjectRequest, *, now: datetime) -> None:
    """End every stop of somebody whose data is erased, in the caller's transaction, and forget whose it was.

    Nothing is left that could be used; what was objected to stays off by the suppression list.
    """
    rows = Restriction.objects.filter(subject_request__in=queries.of_same_person(subject_request).values("pk"))
    count = rows.filter(ended_at=None).update(ended_at=now, address_hash="")
    rows.update(address_hash="")
    # With what stood in rows that are erased by now. A worker that is at it is overtaken.
    StopWriting.objects.filter(subject_request__in=rows.values("subject_request")).delete()
    if count:
        note(subject_request, "restriction.ended", by=None, at=now, how="erased", purposes=count)


def _end(
    subject_request: SubjectRequest, rows: list[Restriction], *, how: str, by: Actor | None, now: datetime
) -> None:
    if Restriction.objects.filter(pk__in=[row.pk for row in rows], ended_at=None).update(ended_at=now):
        note(subject_request, "restriction.ended", by=by, at=now, how=how, purposes=len(rows))
        take_effect((row for row in rows if row.since is not None), now=now)
