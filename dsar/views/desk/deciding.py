"""What a reviewer decides: each view checks the form, calls one action, and goes back to the case."""

from __future__ import annotations

from collections.abc import Callable

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.permissions import Permission, requires
from dsar.actions import review
from dsar.actions.correcting.deciding import CorrectionError
from dsar.actions.delivery import releasing
from dsar.actions.erasing.deciding import ErasureError
from dsar.forms import AnswerForm, ConcludeForm, DenyForm, ExceptionForm
from dsar.models import RequestType, SubjectRequest
from dsar.models.transitions import ImpossibleMoveError
from dsar.views.common import signed_in, tenant_request
from dsar.views.desk.case import show
from dsar.views.methods import answers

_REFUSALS = (
    review.ReviewError,
    ErasureError,
    CorrectionError,
    releasing.ReleaseError,
    releasing.OwnRequestError,
    ImpossibleMoveError,
)


@answers("POST")
@requires(Permission.DECIDE)
def approve(request: HttpRequest, reference: str) -> HttpResponse:
    subject_request = tenant_request(request, reference)
    return _decide(
        request,
        subject_request,
        lambda: review.approve(
            subject_request,
            by=signed_in(request),
            now=timezone.now(),
            fingerprint=request.POST.get("fingerprint", ""),
        ),
        _("Approved.") if subject_request.type == RequestType.ERASURE else _("Approved. Collecting has begun."),
    )


@answers("POST")
@requires(Permission.DECIDE)
def look_again(request: HttpRequest, reference: str) -> HttpResponse:
    """Have the preview of a deletion or a correction made anew."""
    subject_request = tenant_request(request, reference)
    return _decide(
        request,
        subject_request,
        lambda: review.look_again(subject_request, by=signed_in(request), now=timezone.now()),
        _("Every store is looked at again."),
    )


@answers("POST")
@requires(Permission.RELEASE)
def release(request: HttpRequest, reference: str) -> HttpResponse:
    subject_request = tenant_request(request, reference)
    return _decide(
        request,
        subject_request,
        lambda: releasing.release(subject_request, by=signed_in(request), now=timezone.now()),
        _("Released. The person has been told by email."),
    )


@answers("POST")
@requires(Permission.DECIDE)
def retry(request: HttpRequest, reference: str) -> HttpResponse:
    subject_request = tenant_request(request, reference)
    return _decide(
        request,
        subject_request,
        lambda: review.retry(subject_request, by=signed_in(request), now=timezone.now()),
        _("The failed steps are tried again."),
    )


@answers("POST")
@requires(Permission.DECIDE)
def deny(request: HttpRequest, reference: str) -> HttpResponse:
    subject_request, form = tenant_request(request, reference), DenyForm(request.POST)
    if not form.is_valid():
        return show(request, subject_request, status=422, deny_form=form)
    return _decide(
        request,
        subject_request,
        lambda: review.deny(subject_request, **form.cleaned_data, by=signed_in(request), now=timezone.now()),
        _("Refused. The person has been told why, and how to complain."),
        deny_form=form,
    )


@answers("POST")
@requires(Permission.ANSWER_ENQUIRY)
def answer(request: HttpRequest, reference: str) -> HttpResponse:
    subject_request, form = tenant_request(request, reference), AnswerForm(request.POST)
    if not form.is_valid():
        return show(request, subject_request, status=422, answer_form=form)
    return _decide(
        request,
        subject_request,
        lambda: review.answer(subject_request, **form.cleaned_data, by=signed_in(request), now=timezone.now()),
        _("Answered. The person has it by email."),
        answer_form=form,
    )


@answers("POST")
@requires(Permission.DECIDE)
def conclude(request: HttpRequest, reference: str) -> HttpResponse:
    subject_request, form = tenant_request(request, reference), ConcludeForm(request.POST)
    if not form.is_valid():
        return show(request, subject_request, status=422, conclude_form=form)
    return _decide(
        request,
        subject_request,
        lambda: review.conclude(subject_request, **form.cleaned_data, by=signed_in(request), now=timezone.now()),
        _("Closed. The person has it by email."),
        conclude_form=form,
    )


@answers("POST")
@requires(Permission.RECORD_EXCEPTION)
def exception(request: HttpRequest, reference: str) -> HttpResponse:
    subject_request, form = tenant_request(request, reference), ExceptionForm(request.POST)
    if not form.is_valid():
        return show(request, subject_request, status=422, exception_form=form)
    return _decide(
        request,
        subject_request,
        lambda: review.record_exception(
            subject_request, **form.cleaned_data, by=signed_in(request), now=timezone.now()
        ),
        _("Recorded. The person is told.")
        if subject_request.type == RequestType.RECTIFICATION
        else _("Recorded. The bundle says so."),
        exception_form=form,
    )


def _decide(
    request: HttpRequest,
    subject_request: SubjectRequest,
    act: Callable[[], None],
    done: str | Promise,
    **bound: forms.Form,
) -> HttpResponse:
    """Act and go back to the case. What is refused shows the case as it is now, with what was typed kept."""
    try:
        act()
    except _REFUSALS as error:
        messages.error(request, str(error))
        subject_request.refresh_from_db()
        return show(request, subject_request, status=409, **bound)
    messages.success(request, str(done))
    return redirect("dsar:case", reference=subject_request.reference)
