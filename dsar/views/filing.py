"""Check your answers, send, and what comes next."""

from __future__ import annotations

from datetime import datetime
from typing import cast

from allauth.core import ratelimit
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts import languages
from accounts.reauth import is_fresh, reauthentication_required
from dsar import queries
from dsar.actions import intake
from dsar.actions.agents.asking import authority_of
from dsar.actions.narrowing import NARROWED_TYPES
from dsar.actions.restricting.opening import needs_decision
from dsar.models import ErasureOrder, Ground, RequestType, Residence, Status, SubjectRequest
from dsar.views import drafts
from dsar.views.common import account_of, tenant_of
from dsar.views.drafts import Draft
from dsar.views.gpc import heed_signal
from dsar.views.intake import pages, step_context
from dsar.views.methods import answers
from dsar.views.narrowing import part_of
from dsar.views.stops import names_of, stop_view


@answers("GET", "HEAD", "POST")
def check(request: HttpRequest) -> HttpResponse:
    """GET shows the answers; POST files them. The token of a draft already sent leads to its request."""
    reference = drafts.sent_as(request, request.POST.get("token", ""))
    if reference is not None:
        return redirect("dsar:filed", reference=reference)
    draft = drafts.load(request)
    missing = _missing(request, draft)
    if missing:
        if request.method == "POST":
            messages.warning(request, _("The page was open for too long, so nothing was sent. Please choose again."))
        return redirect(missing)
    if request.method == "POST":
        # Who files for deletion while signed in is asked again who they are: from then on the account is hidden.
        asks_again = draft.type == RequestType.ERASURE and account_of(request) is not None
        return reauthentication_required(_send)(request, draft) if asks_again else _send(request, draft)
    return _show(request, draft)


def _send(request: HttpRequest, draft: Draft) -> HttpResponse:
    account = account_of(request)
    if account is None and (refusal := ratelimit.consume_or_429(request, action="file_request")):
        return cast(HttpResponse, refusal)
    filing = intake.Filing(
        type=RequestType(draft.type),
        email=account.email if account else draft.email,
        token=draft.token,
        question=draft.words,
        language=get_language() or languages.default(tenant_of(request)),
        residence=draft.residence,
        purposes=draft.purposes,
        ground=str(draft.stop.get("ground", "")),
        part=part_of(draft, tenant_of(request)),
    )
    try:
        filed = intake.file_request(
            tenant=tenant_of(request),
            filing=filing,
            account=account,
            is_fresh=is_fresh(request),
            now=timezone.now(),
        )
    except intake.FilingError as error:
        return _show(request, draft, error=error)
    drafts.sent(request, draft, filed.reference)
    if account is not None and heed_signal(request, account):
        messages.info(request, _("Your browser asks us not to share your data. We have noted it: sharing is off."))
    is_unconfirmed = filed.status == Status.AWAITING_VERIFICATION
    return redirect("dsar:confirm" if is_unconfirmed else "dsar:filed", reference=filed.reference)


def _show(request: HttpRequest, draft: Draft, error: intake.FilingError | None = None) -> HttpResponse:
    context = {
        "draft": draft,
        "type_label": RequestType(draft.type).label,
        "residence_label": Residence(draft.residence).label if draft.residence else "",
        "expected_at": queries.expected_at(tenant=tenant_of(request), request_type=draft.type, now=timezone.now()),
        "stop_names": names_of(tenant_of(request), draft.purposes),
        "stop_ground": Ground(draft.stop["ground"]).label if draft.stop.get("ground") else "",
        "part": part_of(draft, tenant_of(request)) if draft.type in NARROWED_TYPES else None,
        "is_weighed": draft.type == RequestType.OBJECTION and needs_decision(draft.purposes),
        "undo_hours": queries.policy(tenant_of(request)).undo_hours,
        "copy_hours": settings.DSAR_RESTORATION_HOURS,
        "error": error,
        "open_request": getattr(error, "subject_request", None),
        "section": "requests",
        **step_context(request, draft, "check"),
    }
    return render(request, "dsar/intake/check.html", context, status=409 if error else 200)


def _missing(request: HttpRequest, draft: Draft) -> str | None:
    """Return the first page of the form that is not answered."""
    if not draft.type:
        return "dsar:start"
    stop = draft.stop.get("purposes")
    answers = {
        "question": draft.words,
        "dispute": draft.words,
        "objection": stop,
        "restriction": stop,
        "who": draft.email,
    }
    return next((f"dsar:{page}" for page in pages(request, draft) if not answers.get(page, "yes")), None)


@answers("GET", "HEAD")
def filed(request: HttpRequest, reference: str) -> HttpResponse:
    """Show the reference and what to expect: to whoever filed it here, or whose it is."""
    account = account_of(request)
    found = SubjectRequest.objects.filter(tenant=tenant_of(request)).select_related("tenant")
    if not drafts.was_sent_here(request, reference):
        if account is None:
            raise Http404
        found = queries.visible_to(account=account, tenant=tenant_of(request))
    subject_request = get_object_or_404(found, reference=reference)
    authority = authority_of(subject_request)
    is_own = account is not None and queries.is_own(account=account, subject_request=subject_request)
    if authority is not None and not is_own:
        shown = {"subject_request": subject_request, "authority": authority, "section": "requests"}
        return render(request, "dsar/intake/agent_filed.html", shown)
    if subject_request.status == Status.AWAITING_VERIFICATION:
        return redirect("dsar:confirm", reference=reference)
    context = {
        "subject_request": subject_request,
        "stop": stop_view(subject_request),
        "is_own": is_own,
        "is_delivered": subject_request.type in (RequestType.ACCESS, RequestType.PORTABILITY),
        "undo_until": _undo_until(subject_request, now=timezone.now()),
        "section": "requests",
    }
    return render(request, "dsar/intake/filed.html", context)


def _undo_until(subject_request: SubjectRequest, *, now: datetime) -> datetime | None:
    """Return until when a deletion can surely be taken back, while that is to come."""
    if subject_request.type != RequestType.ERASURE:
        return None
    order = ErasureOrder.objects.filter(subject_request=subject_request, undo_until__gt=now).first()
    return order.undo_until if order else None
