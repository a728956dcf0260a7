"""What a correction would write, as the reviewer sees and approves it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.permissions import Permission, permissions_of, requires
from dsar import payloads, queries
from dsar.actions import looking, proofs
from dsar.actions.correcting import deciding
from dsar.actions.correcting.files import Proposed, read_proposals
from dsar.actions.correcting.work import latest_facts, order_of, shown, written_lines
from dsar.actions.delivery.releasing import OwnRequestError
from dsar.actions.erasing.work import latest_preview
from dsar.bundle.article15 import recipients_of
from dsar.bundle.display import label
from dsar.datamap.model import DataMap
from dsar.forms.desk import ApproveCorrectionForm
from dsar.fulfilment.correcting.preview import Line, Preview
from dsar.fulfilment.correcting.values import as_read
from dsar.models import CorrectionOrder, RequestType, Status, Step, StepState, SubjectRequest
from dsar.models.transitions import ImpossibleMoveError
from dsar.views.common import signed_in, tenant_of, tenant_request
from dsar.views.desk.changes import SEEN, changes_since, seen, unshown
from dsar.views.desk.collected import in_words
from dsar.views.desk.described import described
from dsar.views.methods import answers


@dataclass(frozen=True, slots=True)
class PlaceRow:
    """One proposal in one field: `number` is the line's."""

    number: int
    store: str
    title: str
    field: str
    line: Line
    is_approved: bool
    is_written: bool


@dataclass(frozen=True)
class CorrectionView:
    """What the case shows of a correction: places and counts, no value."""

    order: CorrectionOrder
    preview: Preview | None
    made_at: datetime | None
    is_being_made: bool
    is_asked: bool
    failure: str
    rows: Sequence[PlaceRow]
    recipients: Sequence[str]

    @property
    def can_be_decided(self) -> bool:
        return self.preview is not None and not self.preview.problems and not self.is_being_made


@dataclass(frozen=True)
class ProposalView:
    """Old and new value, and where the old one stands; `is_gone`: nowhere any more."""

    label: str
    before: str
    after: str
    rows: Sequence[PlaceRow]

    @property
    def is_gone(self) -> bool:
        return not any(row.line.rows for row in self.rows)


def correction_view(subject_request: SubjectRequest, steps: Sequence[Step], data_map: DataMap) -> CorrectionView | None:
    """Return what the case shows; None for other requests, and before the person has proven who asks."""
    if subject_request.type != RequestType.RECTIFICATION or subject_request.verified_at is None:
        return None
    order, latest, preview = order_of(subject_request), latest_preview(steps), shown(steps)
    return CorrectionView(
        order=order,
        preview=preview,
        made_at=latest.finished_at if latest else None,
        is_being_made=latest is not None and latest.state in (StepState.READY, StepState.RUNNING),
        is_asked=order.proposed_at is None and latest_facts(steps) is not None,
        failure=latest.error if latest is not None and latest.state == StepState.FAILED else "",
        rows=_rows(preview, order, steps, data_map) if preview else (),
        recipients=recipients_of(data_map, {line.place.dataset for line in written_lines(order, steps)}),
    )


def _rows(preview: Preview, order: CorrectionOrder, steps: Sequence[Step], data_map: DataMap) -> list[PlaceRow]:
    written = written_lines(order, steps)
    return [
        PlaceRow(
            number,
            *in_words(data_map, *line.place.key),
            label(line.place.path),
            line,
            is_approved=number in order.approved_lines,
            is_written=line in written,
        )
        for number, line in enumerate(preview.lines)
    ]


@answers("GET", "HEAD")
@requires(Permission.READ_PAYLOADS)
def page(request: HttpRequest, reference: str) -> HttpResponse:
    """Show old and new values; that they were read is recorded."""
    subject_request = _readable(request, reference)
    looking.read_correction(subject_request, by=signed_in(request), now=timezone.now())
    return _show(request, subject_request)


@answers("POST")
@requires(Permission.DECIDE)
def approve(request: HttpRequest, reference: str) -> HttpResponse:
    """Approve all or some of it."""
    subject_request = _readable(request, reference)
    form = _form(subject_request, request)
    if not form.is_valid():
        return _show(request, subject_request, form, status=422)
    if changes_since(request.POST.get(SEEN, ""), subject_request, now=timezone.now()):
        return _show(request, subject_request, form, status=409)
    try:
        deciding.approve(subject_request, **form.cleaned_data, by=signed_in(request), now=timezone.now())
    except (deciding.CorrectionError, OwnRequestError, ImpossibleMoveError) as error:
        messages.error(request, str(error))
        subject_request.refresh_from_db()
        return _show(request, subject_request, form, status=409)
    messages.success(request, _("Approved. It is being written."))
    return redirect("dsar:case", reference=reference)


@answers("GET", "HEAD")
@requires(Permission.READ_PAYLOADS)
def proof(request: HttpRequest, reference: str) -> HttpResponse:
    """Hand out the file that the person sent, to be saved: nothing of it is shown by a browser."""
    subject_request = _readable(request, reference)
    steps = list(subject_request.steps.all())
    proposed = _proposed(subject_request, correction_view(subject_request, steps, described(subject_request)[0]))
    if proposed is None or proposed.proof is None:
        raise Http404
    looking.read_correction(subject_request, by=signed_in(request), now=timezone.now())
    name = f"{subject_request.reference}-proof.{proposed.proof.kind}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    content = proofs.read(subject_request, proposed.proof)
    return HttpResponse(content, content_type="application/octet-stream", headers=headers)


def _readable(request: HttpRequest, reference: str) -> SubjectRequest:
    """Return a correction whose values are kept, and which is not the reviewer's own. Raises Http404."""
    subject_request = tenant_request(request, reference)
    if subject_request.type != RequestType.RECTIFICATION or subject_request.sealed_key is None:
        raise Http404
    if queries.is_own(account=signed_in(request), subject_request=subject_request):
        raise Http404
    return subject_request


def _form(subject_request: SubjectRequest, request: HttpRequest | None = None) -> ApproveCorrectionForm:
    preview = shown(list(subject_request.steps.all()))
    lines = preview.lines if preview else ()
    if request is not None:
        return ApproveCorrectionForm(request.POST, count=len(lines))
    possible = [number for number, line in enumerate(lines) if line.can_be_written]
    fingerprint = preview.fingerprint if preview else ""
    return ApproveCorrectionForm(count=len(lines), initial={"fingerprint": fingerprint, "lines": possible})


def _show(
    request: HttpRequest,
    subject_request: SubjectRequest,
    form: ApproveCorrectionForm | None = None,
    *,
    status: int = 200,
) -> HttpResponse:
    steps = list(subject_request.steps.all())
    data_map, _mistake = described(subject_request)
    view = correction_view(subject_request, steps, data_map)
    proposed = _proposed(subject_request, view)
    if view is None or proposed is None:
        raise Http404
    form = form or _form(subject_request)
    may = permissions_of(signed_in(request), tenant_of(request))
    is_asked = any(pause.is_open_question for pause in subject_request.pauses.all())
    is_waiting = subject_request.status == Status.AWAITING_REVIEW and view.can_be_decided and not is_asked
    may_approve = is_waiting and Permission.DECIDE in may
    context = {
        "subject_request": subject_request,
        "seen": seen(subject_request, steps),
        "changes": changes_since(request.POST.get(SEEN, ""), subject_request, now=timezone.now()),
        "unshown": unshown({"form": form}, {}) if request.method == "POST" and not may_approve else (),
        "correction": view,
        "proposals": _proposals(proposed, view.rows, data_map),
        "reason": proposed.reason,
        "proof": proposed.proof,
        "form": form,
        "chosen": [int(number) for number in form["lines"].value() or () if str(number).isdigit()],
        "may_approve": may_approve,
        "section": "queue",
    }
    return render(request, "dsar/desk/correction.html", context, status=status)


def _proposed(subject_request: SubjectRequest, view: CorrectionView | None) -> Proposed | None:
    if view is None or view.order.proposed_at is None:
        return None
    try:
        return read_proposals(subject_request, view.order)
    except payloads.PayloadGoneError:
        return None


def _proposals(proposed: Proposed, rows: Sequence[PlaceRow], data_map: DataMap) -> list[ProposalView]:
    return [
        ProposalView(
            label(proposal.fact.place.path),
            as_read(proposal.fact.value, proposal.fact.data_type),
            as_read(proposal.after, proposal.fact.data_type),
            [row for row in rows if row.line.proposal == number],
        )
        for number, proposal in enumerate(proposed.proposals)
    ]
