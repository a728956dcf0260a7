"""What a reviewer and the person settle about an erasure."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext

from accounts.models import User
from dsar import queries
from dsar.actions.erasing.work import latest_preview, shown
from dsar.actions.fulfilment.planning import look
from dsar.actions.previewing import PreviewError
from dsar.actions.trail import note
from dsar.models import ErasureOrder, Status, Step, SubjectRequest
from dsar.models.transitions import ImpossibleMoveError


class ErasureError(PreviewError):
    """The erasure cannot be approved as it stands; the message says why, for the reviewer."""


def open_order(subject_request: SubjectRequest, *, now: datetime) -> None:
    """Begin the time in which a deletion can be taken back, and have a worker look at what would be done."""
    hours = queries.policy(subject_request.tenant).undo_hours
    ErasureOrder.objects.create(subject_request=subject_request, undo_until=now + timedelta(hours=hours))
    look(subject_request, now=now)


def settle(subject_request: SubjectRequest, *, fingerprint: str, by: User, now: datetime) -> None:
    """Approve exactly what was shown, in the caller's transaction. Raises ErasureError."""
    latest = check(subject_request, fingerprint=fingerprint, now=now)
    order = ErasureOrder.objects.filter(subject_request=subject_request)
    order.update(approved=fingerprint, approved_stage=latest.stage, approved_at=now)
    note(subject_request, "erasure.approved", by=by, at=now, fingerprint=fingerprint)


def check(subject_request: SubjectRequest, *, fingerprint: str, now: datetime) -> Step:
    """Return the preview that is approved by this fingerprint. Raises ErasureError unless it can be."""
    latest = latest_preview(list(subject_request.steps.all()))
    preview = shown(latest) if latest is not None else None
    if latest is None or preview is None:
        raise ErasureError(gettext("There is no preview yet: wait until it is made, or have it made again."))
    if preview.problems:
        raise ErasureError(gettext("Something stands in the way: mend it, then look again."))
    if preview.fingerprint != fingerprint:
        raise ErasureError(gettext("These are not the rows that you saw: look at the new preview."))
    _refuse_beside_others(subject_request)
    if is_held(subject_request, now=now):
        raise ErasureError(
            gettext("This person is under legal hold: nothing of theirs may be erased until it is lifted.")
        )
    return latest


def refuse_copy(subject_request: SubjectRequest, *, by: User, now: datetime) -> None:
    """The person wants no copy kept of what is erased. Raises ImpossibleMoveError once it has begun."""
    with transaction.atomic():
        order = ErasureOrder.objects.filter(subject_request=subject_request, begun_at=None)
        if subject_request.is_final or order.update(keeps_copy=False) != 1:
            raise ImpossibleMoveError(gettext("The deletion has begun: that cannot be changed any more."))
        note(subject_request, "erasure.copy_refused", by=by, at=now)


def is_held(subject_request: SubjectRequest, *, now: datetime) -> bool:
    """Return whether a request of the same person is under legal hold."""
    return queries.holds_on_person(subject_request, now=now).exists()


def _refuse_beside_others(subject_request: SubjectRequest) -> None:
    """Raise ErasureError while something of the same person is collected or erased: either would see half of it."""
    others = queries.of_same_person(subject_request).filter(status__in=[Status.FULFILLING, Status.AWAITING_RELEASE])
    other = others.exclude(pk=subject_request.pk).first()
    if other is not None:
        raise ErasureError(
            gettext("%(reference)s of the same person is under way: decide that first.")
            % {"reference": other.reference}
        )
