"""A person appeals against an answer."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language

from dsar.actions import intake
from dsar.actions.appealing import asking
from dsar.forms.appeals import AppealForm
from dsar.models import SubjectRequest
from dsar.views.common import own_request, posted, signed_in
from dsar.views.methods import answers


@answers("GET", "HEAD", "POST")
@login_required
def appeal(request: HttpRequest, reference: str) -> HttpResponse:
    """GET shows the form; POST files the appeal. Where there is none, the page says why and where to complain."""
    old = own_request(request, reference)
    form = AppealForm(posted(request))
    try:
        if form.is_valid():
            return _file(request, old, form)
        asking.check(old)
    except asking.NoAppealError as error:
        status = 409 if request.method == "POST" else 200
        earlier = getattr(error, "appeal", None)
        return _show(request, old, status=status, refusal=str(error), earlier=earlier, words=form["words"].value())
    return _show(request, old, status=422 if form.errors else 200, form=form)


def _file(request: HttpRequest, old: SubjectRequest, form: AppealForm) -> HttpResponse:
    try:
        filed = asking.appeal(
            old,
            words=form.cleaned_data["words"],
            account=signed_in(request),
            language=get_language() or "en",
            now=timezone.now(),
        )
    except intake.FilingError as error:
        form.add_error("words", str(error))
        return _show(request, old, status=422, form=form)
    return redirect("dsar:filed", reference=filed.reference)


def _show(request: HttpRequest, old: SubjectRequest, *, status: int, **context: object) -> HttpResponse:
    values = {"subject_request": old, "section": "requests", **context}
    return render(request, "dsar/person/appeal.html", values, status=status)
