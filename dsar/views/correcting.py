"""A correction as the person sees it: what is held, and what they say is right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.address_changes import cooling_off_until
from accounts.reauth import reauthentication_required
from dsar.actions.correcting.proposing import ProposalError, propose, what_may_be_corrected
from dsar.actions.correcting.work import latest_facts, order_of
from dsar.actions.proofs import ProofRefusedError
from dsar.bundle.display import label
from dsar.datamap.model import DataMap
from dsar.forms.person import CorrectForm
from dsar.fulfilment.correcting.proposal import Fact
from dsar.models import RequestType, SubjectRequest
from dsar.models.transitions import ImpossibleMoveError
from dsar.tenantmap import tenant_map
from dsar.views.common import own_request, posted, signed_in
from dsar.views.delivery import not_yet
from dsar.views.desk.collected import in_words
from dsar.views.methods import answers

_TOO_LARGE = gettext_lazy("This file is too large: send one of at most 5 MB.")


@dataclass(frozen=True, slots=True)
class OwnCorrection:
    """Where a correction stands: `is_asked`, it is the person's turn."""

    is_asked: bool
    proposed_at: datetime | None
    begun_at: datetime | None
    is_disputed: bool


def own_correction(subject_request: SubjectRequest) -> OwnCorrection | None:
    """Return it; None for other requests, and before the person has proven who asks."""
    if subject_request.type != RequestType.RECTIFICATION or subject_request.verified_at is None:
        return None
    order = order_of(subject_request)
    has_looked = latest_facts(list(subject_request.steps.all())) is not None
    return OwnCorrection(
        is_asked=order.proposed_at is None and has_looked and not subject_request.is_final,
        proposed_at=order.proposed_at,
        begun_at=order.begun_at,
        is_disputed=hasattr(subject_request, "dispute"),
    )


@answers("GET", "HEAD", "POST")
def correct(request: HttpRequest, reference: str) -> HttpResponse:
    """GET shows what is held, to whoever has just shown again who they are; POST takes what is right."""
    return _correct(request, reference)


@reauthentication_required
def _correct(request: HttpRequest, reference: str) -> HttpResponse:
    subject_request = own_request(request, reference)
    until = cooling_off_until(signed_in(request), now=timezone.now())
    if until is not None:
        return not_yet(request, subject_request, until)
    found = what_may_be_corrected(subject_request)
    if found is None:
        return redirect("dsar:request", reference=reference)
    facts, shown = found
    labels = [_words(fact, tenant_map(subject_request.tenant).data_map) for fact in facts]
    files = request.FILES if request.method == "POST" else None
    form = CorrectForm(posted(request), files, facts=facts, labels=labels, shown=shown)
    length = str(request.META.get("CONTENT_LENGTH", ""))
    if length.isdecimal() and int(length) > settings.FILE_UPLOAD_MAX_MEMORY_SIZE:
        form.add_error("proof", _TOO_LARGE)  # it was not read: no upload of ours ever rests on a disk in clear
    elif form.is_valid() and (response := _propose(request, subject_request, form)):
        return response
    context = {"subject_request": subject_request, "form": form, "section": "requests"}
    return render(request, "dsar/person/correct.html", context, status=422 if form.errors else 200)


def _propose(request: HttpRequest, subject_request: SubjectRequest, form: CorrectForm) -> HttpResponse | None:
    """Propose and go back to the request; None, and the reasons on the form, if it is not taken."""
    data, by = form.cleaned_data, signed_in(request)
    try:
        propose(
            subject_request,
            texts=form.texts(),
            reason=data["reason"],
            proof=data["proof"],
            shown=data["shown"],
            by=by,
            now=timezone.now(),
        )
    except ProposalError as error:
        for number, message in error.errors.items():
            form.add_error(f"fact_{number}", message)
        if not error.errors:
            form.add_error(None, str(error))
        return None
    except ProofRefusedError as error:
        form.add_error("proof", str(error))
        return None
    except ImpossibleMoveError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Thank you. We look where it is held; then the privacy team decides."))
    return redirect("dsar:request", reference=subject_request.reference)


def _words(fact: Fact, data_map: DataMap) -> tuple[str, str]:
    """Return what a fact is called, and where it was met first."""
    return label(fact.place.path), ", ".join(reversed(_unique(in_words(data_map, *fact.place.key))))


def _unique(words: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(words))
