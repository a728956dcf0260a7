"""Somebody asks for another person; that person says yes or no; the agent sees how it stands, and nothing else."""

from __future__ import annotations

import secrets
from typing import cast

from allauth.account.models import EmailAddress
from allauth.core import ratelimit
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from accounts.emails import normal_email
from accounts.reauth import reauthentication_required
from dsar import queries
from dsar.actions import intake
from dsar.actions.agents import asking, deciding
from dsar.actions.agents.asking import Agent
from dsar.forms.agents import AgentForm, AnswerAgentForm
from dsar.models import Purpose, RequestType, Status, SubjectRequest
from dsar.models.transitions import ImpossibleMoveError
from dsar.views import drafts
from dsar.views.common import posted, signed_in, tenant_of, tenant_request
from dsar.views.delivery import send_bundle
from dsar.views.drafts import Draft
from dsar.views.methods import answers
from dsar.views.stops import Option

#: What can be asked for somebody else, as the agent reads it.
_OPTIONS = (
    Option(
        RequestType.ACCESS.value,
        gettext_lazy("A copy of their data"),
        gettext_lazy("Everything held about them. It goes to them."),
    ),
    Option(
        RequestType.PORTABILITY.value,
        gettext_lazy("An export of their data"),
        gettext_lazy("What they provided and what their use created, for another service. It goes to them."),
    ),
    Option(
        RequestType.ERASURE.value,
        gettext_lazy("Deletion of their data"),
        gettext_lazy("Their account and what belongs to it, except what the law says must stay."),
    ),
    Option(
        RequestType.OBJECTION.value,
        gettext_lazy("An opt-out"),
        gettext_lazy("Messages to them, training on their data and sharing it are switched off at once."),
    ),
)
_TOO_LARGE = "This is too large: send a file of at most 5 MB."


@answers("GET", "HEAD", "POST")
def agent(request: HttpRequest) -> HttpResponse:
    """GET shows the form; POST files. Nobody is told whether the company knows the person."""
    tenant_of(request)
    files = request.FILES if request.method == "POST" else None
    form = AgentForm(posted(request), files, initial={"token": secrets.token_urlsafe(24)})
    length = str(request.META.get("CONTENT_LENGTH", ""))
    if length.isdecimal() and int(length) > settings.FILE_UPLOAD_MAX_MEMORY_SIZE:
        form.add_error("proof", _TOO_LARGE)  # it was not read: no upload of ours ever rests on a disk in clear
    elif form.is_valid() and (response := _file(request, form)):
        return response
    context = {"form": form, "options": _OPTIONS, "section": "requests"}
    return render(request, "dsar/intake/agent.html", context, status=422 if form.errors else 200)


def _file(request: HttpRequest, form: AgentForm) -> HttpResponse | None:
    """File and go on; None, and the reason on the form, if it is not taken."""
    if refusal := ratelimit.consume_or_429(request, action="file_request"):
        return cast(HttpResponse, refusal)
    data = form.cleaned_data
    is_opt_out = data["type"] == RequestType.OBJECTION
    filing = intake.Filing(
        type=RequestType(data["type"]),
        email=data["email"],
        token=f"agent:{data['token']}",
        language=get_language() or "en",
        residence=data["residence"],
        purposes=tuple(Purpose.values) if is_opt_out else (),
        agent=Agent(data["agent_name"], data["organisation"], data["agent_email"], data["wants_copy"], data["proof"]),
    )
    try:
        filed = intake.file_request(tenant=tenant_of(request), filing=filing, account=None, now=timezone.now())
    except intake.FilingError as error:
        form.add_error(None, str(error))
        return None
    drafts.sent(request, Draft(), filed.reference)
    return redirect("dsar:filed", reference=filed.reference)


@answers("GET", "HEAD", "POST")
def answer_agent(request: HttpRequest, reference: str, token: str) -> HttpResponse:
    """The page of the mailed link. GET changes nothing (mail scanners open links); POST says yes or no."""
    subject_request = tenant_request(request, reference)
    authority = asking.authority_of(subject_request)
    if authority is None or not asking.is_link_of(subject_request, token):
        raise Http404
    form = AnswerAgentForm(posted(request))
    if form.is_valid():
        try:
            _answer(subject_request, form)
        except ImpossibleMoveError as error:
            messages.error(request, str(error))
        else:
            is_yes = form.cleaned_data["action"] == "confirm"
            said = _("Thank you. We go on with it.") if is_yes else _("Stopped. Nothing more is done.")
            messages.success(request, said)
        return redirect("dsar:answer_agent", reference=reference, token=token)
    is_open = not subject_request.is_final
    waits = subject_request.status == Status.AWAITING_VERIFICATION
    context = {"subject_request": subject_request, "authority": authority, "waits": waits, "is_open": is_open}
    return render(request, "dsar/agent/answer.html", context | {"section": "requests"})


def _answer(subject_request: SubjectRequest, form: AnswerAgentForm) -> None:
    if form.cleaned_data["action"] == "confirm":
        deciding.confirm(subject_request, with_copy=form.cleaned_data["with_copy"], now=timezone.now())
    else:
        deciding.stop(subject_request, now=timezone.now())


@answers("GET", "HEAD", "POST")
def for_agent(request: HttpRequest, reference: str) -> HttpResponse:
    """How it stands, for the agent; POST fetches the copy, where the person and the team have let them have it."""
    return _for_agent(request, reference)


@reauthentication_required
def _for_agent(request: HttpRequest, reference: str) -> HttpResponse:
    subject_request = tenant_request(request, reference)
    authority = asking.authority_of(subject_request)
    own = EmailAddress.objects.filter(user=signed_in(request), verified=True).values_list("email", flat=True)
    if authority is None or authority.email not in {normal_email(address) for address in own}:
        raise Http404
    bundle = queries.latest_bundle(subject_request)
    is_released = subject_request.status == Status.FULFILLED and bundle is not None and not bundle.sealed_to
    may_fetch = authority.copy_accepted and is_released
    if request.method == "POST":
        if not may_fetch:
            raise Http404
        return send_bundle(request, subject_request)
    context = {"subject_request": subject_request, "authority": authority, "may_fetch": may_fetch, "bundle": bundle}
    return render(request, "dsar/agent/status.html", context | {"section": "requests"})
