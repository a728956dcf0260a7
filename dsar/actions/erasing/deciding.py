"""What a reviewer and the person settle about an erasure."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from accounts.audit import together
from accounts.models import User
from dsar import queries
from dsar.actions.erasing.work import latest_preview, shown
from dsar.actions.fulfilment.leases import Hold
from dsar.actions.fulfilment.planning import look
from dsar.actions.trail import note
from dsar.models import ErasureOrder, Status, StepKind, StepState, SubjectRequest
from dsar.models.transitions import ImpossibleMoveError, Move, move


class ErasureError(Exception):
    """The erasure cannot be approved as it stands; the message says why, for the reviewer."""


def open_order(subject_request: SubjectRequest, *, now: datetime) -> None:
    """Begin the time in which a deletion can be taken back, and have a worker look at what would be done."""
    hours = queries.policy(subject_request.tenant).undo_hours
    ErasureOrder.objects.create(subject_request=subject_request, undo_until=now + timedelta(hours=hours))
    look(subject_request, now=now)


def settle(subject_request: SubjectRequest, *, fingerprint: str, by: User, now: datetime) -> None:
    """Approve exactly what was shown, in the caller's transaction. Raises ErasureError."""
    latest = latest_preview(list(subject_request.steps.all()))
    preview = shown(latest) if latest is not None else None
    if latest is None or preview is None:
        raise ErasureError("There is no preview yet: wait until it is made, or have it made again.")
    if preview.problems:
        raise ErasureError("Something stands in the way: mend it, then look again.")
    if preview.fingerprint != fingerprint:
        raise ErasureError("These are not the rows that you saw: look at the new preview.")
    _refuse_beside_others(subject_request)
    if is_held(subject_request, now=now):
        raise ErasureError("This person is under legal hold: nothing of theirs may be erased until it is lifted.")
    order = ErasureOrder.objects.filter(subject_request=subject_request)
    order.update(approved=fingerprint, approved_stage=latest.stage, approved_at=now)
    note(subject_request, "erasure.approved", by=by, at=now, fingerprint=fingerprint)


def look_again(subject_request: SubjectRequest, *, now: datetime) -> None:
    """Have everything looked at anew, and approved anew. Raises ImpossibleMoveError or ErasureError."""
    steps = subject_request.steps
    with transaction.atomic(), together():
        if subject_request.status != Status.AWAITING_REVIEW:
            move(subject_request, by=Move.LOOK_AGAIN, to=Status.AWAITING_REVIEW)
        if steps.filter(kind=StepKind.PREVIEW, state__in=[StepState.READY, StepState.RUNNING]).exists():
            raise ErasureError("A preview is being made already.")
        # What failed is looked at with everything else.
        steps.filter(state=StepState.FAILED).update(state=StepState.CANCELLED)
        ErasureOrder.objects.filter(subject_request=subject_request).update(approved="", approved_stage=0)
        look(subject_request, now=now)


def refuse_copy(subject_request: SubjectRequest, *, by: User, now: datetime) -> None:
    """The person wants no copy kept of what is erased. Raises ImpossibleMoveError once it has begun."""
    with transaction.atomic():
        order = ErasureOrder.objects.filter(subject_request=subject_request, begun_at=None)
        if subject_request.is_final or order.update(keeps_copy=False) != 1:
            raise ImpossibleMoveError("The deletion has begun: that cannot be changed any more.")
        note(subject_request, "erasure.copy_refused", by=by, at=now)


def give_back(hold: Hold, reason: str, *, now: datetime) -> None:
    """Give an erasure back to the reviewers whose rows are others than they approved. Raises LeaseLostError."""
    step = hold.step
    with transaction.atomic(), together():
        hold.write(state=StepState.CANCELLED, finished_at=now, lease_until=None, error=reason)
        note(step.subject_request, "erasure.changed_since", by=None, at=now)
        look_again(step.subject_request, now=now)


def refuse_begun(subject_request: SubjectRequest) -> None:
    """Raise ImpossibleMoveError once the first store is being changed; asked after the request's steps are stopped."""
    if ErasureOrder.objects.filter(subject_request=subject_request, begun_at__isnull=False).exists():
        raise ImpossibleMoveError("The deletion has begun and cannot be stopped any more.")


def is_held(subject_request: SubjectRequest, *, now: datetime) -> bool:
    """Return whether a request of the same person is under legal hold."""
    return queries.of_same_person(subject_request).filter(queries.is_held("pk", now=now)).exists()


def _refuse_beside_others(subject_request: SubjectRequest) -> None:
    """Raise ErasureError while something of the same person is collected or erased: either would see half of it."""
    others = queries.of_same_person(subject_request).filter(status__in=[Status.FULFILLING, Status.AWAITING_RELEASE])
    other = others.exclude(pk=subject_request.pk).first()
    if other is not None:
        raise ErasureError(f"{other.reference} of the same person is under way: decide that first.")
