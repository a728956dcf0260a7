"""What changes stores is looked at first, and done as it was approved, or looked at anew."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy

from accounts.audit import together
from dsar.actions.fulfilment.leases import Hold
from dsar.actions.fulfilment.planning import look
from dsar.actions.trail import note
from dsar.models import CorrectionOrder, ErasureOrder, RequestType, Status, StepKind, StepState, SubjectRequest
from dsar.models.transitions import ImpossibleMoveError, Move, move


class PreviewError(Exception):
    """It cannot be approved, or looked at anew, as it stands; the message says why, for the reviewer."""


@dataclass(frozen=True, slots=True)
class Previewed:
    """A kind of request that has a preview: what is approved is in `order`; the trail's verbs begin with `verb`."""

    order: type[ErasureOrder | CorrectionOrder]
    verb: str
    #: What whoever wants to stop it is told once it has begun.
    begun: Promise


PREVIEWED: Mapping[str, Previewed] = {
    RequestType.ERASURE: Previewed(
        ErasureOrder, "erasure", gettext_lazy("The deletion has begun and cannot be stopped any more.")
    ),
    RequestType.RECTIFICATION: Previewed(
        CorrectionOrder, "correction", gettext_lazy("The correction has begun and cannot be stopped any more.")
    ),
}


def look_again(subject_request: SubjectRequest, *, now: datetime) -> None:
    """Have everything looked at anew, and approved anew. Raises ImpossibleMoveError or PreviewError."""
    steps = subject_request.steps
    with transaction.atomic(), together():
        if subject_request.status != Status.AWAITING_REVIEW:
            move(subject_request, by=Move.LOOK_AGAIN, to=Status.AWAITING_REVIEW)
        if steps.filter(kind=StepKind.PREVIEW, state__in=[StepState.READY, StepState.RUNNING]).exists():
            raise PreviewError(gettext("A preview is being made already."))
        # What failed is looked at with everything else.
        steps.filter(state=StepState.FAILED).update(state=StepState.CANCELLED)
        orders = PREVIEWED[subject_request.type].order.objects
        orders.filter(subject_request=subject_request).update(approved="", approved_stage=0)
        look(subject_request, now=now)


def give_back(hold: Hold, reason: str, *, now: datetime) -> None:
    """Give it back to the reviewers: its rows are others than they approved. Raises LeaseLostError."""
    subject_request = hold.step.subject_request
    with transaction.atomic(), together():
        hold.write(state=StepState.CANCELLED, finished_at=now, lease_until=None, error=reason)
        note(subject_request, f"{PREVIEWED[subject_request.type].verb}.changed_since", by=None, at=now)
        look_again(subject_request, now=now)


def refuse_begun(subject_request: SubjectRequest) -> None:
    """Raise ImpossibleMoveError once the first store is being changed; asked after the request's steps are stopped."""
    kind = PREVIEWED.get(subject_request.type)
    if kind and kind.order.objects.filter(subject_request=subject_request, begun_at__isnull=False).exists():
        raise ImpossibleMoveError(str(kind.begun))
