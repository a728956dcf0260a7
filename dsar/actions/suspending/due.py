"""What should hold of an account: settled in the transaction that settles the request; a worker writes it."""

from __future__ import annotations

from datetime import datetime

from django.db.models import F

from dsar import queries, queue
from dsar.actions.suspending.claims import PURPOSE
from dsar.actions.writing.notes import opened, sealed
from dsar.fulfilment.stating.kept import Kept
from dsar.models import SubjectRequest, Suspension, Visibility


def hide(subject_request: SubjectRequest, *, now: datetime) -> None:
    """Have the account hidden, in the caller's transaction."""
    before = _take_over(subject_request, now=now)
    Suspension.objects.create(subject_request=subject_request, before=before, not_before=now)
    queue.wake_for_suspensions()


def show_again(subject_request: SubjectRequest, *, now: datetime) -> None:
    """Have the account shown as it was, in the caller's transaction; nothing where it was never to be hidden.

    A worker that hides it just now keeps its row until it is done, and finds out that it was overtaken.
    """
    own = Suspension.objects.filter(subject_request=subject_request, wanted=Visibility.HIDDEN)
    changes = {"attempts": 0, "not_before": now, "done_at": None}
    if own.update(wanted=Visibility.SHOWN, version=F("version") + 1, **changes):
        queue.wake_for_suspensions()


def end(subject_request: SubjectRequest, *, now: datetime) -> None:
    """Put nothing back any more, and forget what there would have been: the deletion has begun, or is done.

    Whoever writes just now is overtaken: what the deletion masks must not be written over.
    """
    own = Suspension.objects.filter(subject_request=subject_request).exclude(wanted=Visibility.OVER)
    own.update(wanted=Visibility.OVER, version=F("version") + 1, before=None, done_at=now, lease_until=None)


def _take_over(subject_request: SubjectRequest, *, now: datetime) -> bytes | None:
    """End the showing of the account for an earlier deletion that was taken back, and return what stood in its rows.

    It waits for a store, and would show the account while this deletion wants it hidden.
    """
    others = queries.of_same_person(subject_request).exclude(pk=subject_request.pk)
    waiting = Suspension.objects.filter(subject_request__in=others, wanted=Visibility.SHOWN, done_at=None)
    kept = Kept()
    for row in waiting.select_for_update(of=("self",)).select_related("subject_request").order_by("-pk"):
        kept.add(opened(row.before, purpose=PURPOSE))
        end(row.subject_request, now=now)
    return sealed(kept, purpose=PURPOSE)
