"""A mailed code proves the address of somebody without an account."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from dsar.actions import verification
from dsar.actions.agents.asking import authority_of
from dsar.forms.person import CodeForm
from dsar.models import Status, SubjectRequest
from dsar.models.transitions import ImpossibleMoveError
from dsar.views import drafts
from dsar.views.common import posted, tenant_request
from dsar.views.drafts import Draft
from dsar.views.methods import answers


@answers("GET", "HEAD", "POST")
def confirm(request: HttpRequest, reference: str) -> HttpResponse:
    """GET changes nothing (mail scanners open links); POST checks a code, or mails one with action=send."""
    subject_request = tenant_request(request, reference)
    if subject_request.status != Status.AWAITING_VERIFICATION or authority_of(subject_request) is not None:
        return render(request, "dsar/intake/confirmed.html", {"subject_request": subject_request})
    if request.POST.get("action") == "send":
        return _send(request, subject_request)
    form = CodeForm(posted(request))
    if form.is_valid() and _is_right(subject_request, form):
        # Whoever has the code may see that the request was filed.
        drafts.sent(request, Draft(), reference)
        return redirect("dsar:filed", reference=reference)
    context = {"form": form, "subject_request": subject_request, "email": _masked(request, subject_request)}
    return render(request, "dsar/intake/confirm.html", context, status=422 if form.errors else 200)


def _is_right(subject_request: SubjectRequest, form: CodeForm) -> bool:
    try:
        verification.confirm(subject_request, code=form.cleaned_data["code"], now=timezone.now())
    except (verification.CodeRefusedError, ImpossibleMoveError) as error:
        form.add_error("code", str(error))
        return False
    return True


def _send(request: HttpRequest, subject_request: SubjectRequest) -> HttpResponse:
    try:
        verification.send_code(subject_request, now=timezone.now())
    except verification.TooManyCodesError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("A new code is on its way. The one before no longer works."))
    return redirect("dsar:confirm", reference=subject_request.reference)


def _masked(request: HttpRequest, subject_request: SubjectRequest) -> str:
    """Return the address as it was typed here; to whoever only holds the link, not more than its first letter."""
    if drafts.was_sent_here(request, subject_request.reference):
        return subject_request.email
    name, _at, domain = subject_request.email.partition("@")
    return f"{name[:1]}…@{domain}"
