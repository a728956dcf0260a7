"""What a reviewer settles about a correction."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext

from accounts.audit import together
from accounts.models import User
from dsar import queries
from dsar.actions.correcting import disputes
from dsar.actions.correcting.work import order_of, shown
from dsar.actions.delivery.releasing import refuse_own
from dsar.actions.erasing.work import latest_preview
from dsar.actions.fulfilment.planning import begin
from dsar.actions.previewing import PreviewError
from dsar.actions.trail import note
from dsar.fulfilment.correcting.preview import Preview
from dsar.models import (
    CorrectionOrder,
    Decision,
    DecisionKind,
    RequestType,
    Status,
    SubjectRequest,
)
from dsar.models.transitions import Move, move


class CorrectionError(PreviewError):
    """The correction cannot be approved as it stands; the message says why, for the reviewer."""


def approve(
    subject_request: SubjectRequest,
    *,
    lines: Collection[int],
    fingerprint: str,
    explanation: str,
    by: User,
    now: datetime,
) -> None:
    """Approve lines of exactly what was shown, by their numbers; `explanation` tells the person why not the others.

    Raises OwnRequestError, CorrectionError or ImpossibleMoveError.
    """
    refuse_own(subject_request, by=by)
    if subject_request.type != RequestType.RECTIFICATION:
        raise CorrectionError(gettext("This request is no correction."))
    steps = list(subject_request.steps.all())
    preview, latest = shown(steps), latest_preview(steps)
    if preview is None or latest is None:
        raise CorrectionError(gettext("There is no preview yet: wait until it is made, or have it made again."))
    approved = _approved(preview, lines, fingerprint)
    if not approved and order_of(subject_request).begun_at is None:
        raise CorrectionError(gettext("Choose what is approved. If it is nothing, refuse the request and say why."))
    is_part = len(approved) < sum(line.rows > 0 and not line.stays for line in preview.lines)
    if is_part and not explanation.strip():
        raise CorrectionError(gettext("Say why not all of it is approved: the person reads it."))
    _refuse_beside_an_erasure(subject_request)
    with transaction.atomic(), together():
        told = {"explanation": explanation.strip()} if is_part else {}
        move(subject_request, by=Move.APPROVE, to=Status.FULFILLING, **told)
        CorrectionOrder.objects.filter(subject_request=subject_request).update(
            approved=fingerprint, approved_stage=latest.stage, approved_at=now, approved_lines=sorted(approved)
        )
        Decision.objects.create(
            subject_request=subject_request,
            kind=DecisionKind.APPROVE,
            by=by,
            at=now,
            reason=explanation.strip() if is_part else "",
        )
        note(subject_request, "correction.approved", by=by, at=now, lines=len(approved), fingerprint=fingerprint)
        begin(subject_request, now=now)


def _approved(preview: Preview, lines: Collection[int], fingerprint: str) -> set[int]:
    """Return the numbers of the lines that are approved. Raises CorrectionError."""
    if preview.problems:
        raise CorrectionError(gettext("A store could not be read: mend it, then look again."))
    if preview.fingerprint != fingerprint:
        raise CorrectionError(gettext("These are not the values that you saw: look at the new preview."))
    possible = {at for at, line in enumerate(preview.lines) if line.can_be_written}
    if not set(lines) <= possible:
        raise CorrectionError(gettext("Something of it cannot be written: look at the preview again."))
    return set(lines)


def _refuse_beside_an_erasure(subject_request: SubjectRequest) -> None:
    """Raise CorrectionError while the same person is being erased: what is written could be what is to go."""
    erasing = queries.of_same_person(subject_request).filter(
        type=RequestType.ERASURE, status__in=[Status.FULFILLING, Status.AWAITING_RELEASE]
    )
    other = erasing.first()
    if other is not None:
        raise CorrectionError(
            gettext("%(reference)s of the same person is under way: decide that first.")
            % {"reference": other.reference}
        )


def refuse(subject_request: SubjectRequest, *, now: datetime) -> None:
    """Leave the person's statement of what was refused, in the transaction of the refusal."""
    order = order_of(subject_request)
    if order.proposed_at is not None:
        disputes.leave(subject_request, approved=(), now=now)
