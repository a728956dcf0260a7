"""A stop ends: its time has come, the person takes it back, or their data is erased."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext

from accounts.audit import Actor, together
from accounts.models import User
from dsar import queries
from dsar.actions.restricting.effects import take_effect
from dsar.actions.trail import note
from dsar.emails import restrictions as restriction_emails
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
        rows = _locked(subject_request).filter(since__isnull=False, lifting_at__lte=now)
        ended = _end(subject_request, rows, how="lifted", by=None, now=now)
        if ended:
            restriction_emails.restriction_lifted(subject_request, lifted=ended, is_own_wish=False, now=now)
    return bool(ended)


def take_back(subject_request: SubjectRequest, *, by: User, now: datetime) -> None:
    """End at once what a person had stopped, as they wish. Raises NothingStoppedError."""
    with transaction.atomic(), together():
        rows = _locked(subject_request).filter(since__isnull=False)
        ended = _end(subject_request, rows, how="taken_back", by=Actor.subject(by), now=now)
        if not ended:
            raise NothingStoppedError(gettext("Nothing of this request is stopped any more."))
        restriction_emails.restriction_lifted(subject_request, lifted=ended, is_own_wish=True, now=now)


def withdraw(subject_request: SubjectRequest, *, by: User | None, now: datetime) -> None:
    """End whatever a request that is withdrawn or never confirmed had asked for, in the caller's transaction."""
    _end(subject_request, _locked(subject_request), how="withdrawn", by=Actor.subject(by) if by else None, now=now)


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


def _locked(subject_request: SubjectRequest) -> QuerySet[Restriction]:
    """Return what is not over, locked: of two who end it at once, the second finds nothing."""
    rows = subject_request.restrictions.select_for_update(of=("self",))
    return rows.select_related("subject_request", "tenant").filter(ended_at=None)


def _end(
    subject_request: SubjectRequest, rows: QuerySet[Restriction], *, how: str, by: Actor | None, now: datetime
) -> list[Restriction]:
    """End rows; return those that were in force or asked for until now."""
    ended = [row for row in rows if Restriction.objects.filter(pk=row.pk, ended_at=None).update(ended_at=now)]
    if ended:
        note(subject_request, "restriction.ended", by=by, at=now, how=how, purposes=len(ended))
        take_effect((row for row in ended if row.since is not None), now=now)
    return ended
