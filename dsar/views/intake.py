"""The form, one thing a page; what was entered waits in the session."""

from __future__ import annotations

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from dsar.forms.person import DisputeForm, QuestionForm, WhatForm, WhoForm
from dsar.models import RequestType
from dsar.views import drafts
from dsar.views.common import account_of, posted
from dsar.views.drafts import Draft
from dsar.views.methods import answers
from dsar.views.offers import offered

#: The page on which more is asked of a type.
_MORE_ON: dict[str, list[str]] = {
    RequestType.ENQUIRY: ["question"],
    RequestType.HUMAN_REVIEW: ["dispute"],
    RequestType.OBJECTION: ["objection"],
    RequestType.RESTRICTION: ["restriction"],
}


@answers("GET", "HEAD", "POST")
def what(request: HttpRequest) -> HttpResponse:
    draft = drafts.load(request)
    chosen = request.GET.get("type") or draft.type
    form = WhatForm(posted(request), initial={"type": chosen, "residence": draft.residence})
    if form.is_valid():
        draft.type, draft.residence = form.cleaned_data["type"], form.cleaned_data["residence"]
        drafts.keep(request, draft)
        return redirect(next_page(request, draft, "what"))
    return show(request, "what", form, draft, options=offered())


@answers("GET", "HEAD", "POST")
def question(request: HttpRequest) -> HttpResponse:
    draft = drafts.load_for(request, RequestType.ENQUIRY)
    if draft is None:
        return redirect("dsar:start")
    form = QuestionForm(posted(request), initial={"question": draft.question})
    if form.is_valid():
        draft.question = form.cleaned_data["question"]
        drafts.keep(request, draft)
        return redirect(next_page(request, draft, "question"))
    return show(request, "question", form, draft)


@answers("GET", "HEAD", "POST")
def dispute(request: HttpRequest) -> HttpResponse:
    draft = drafts.load_for(request, RequestType.HUMAN_REVIEW)
    if draft is None:
        return redirect("dsar:start")
    form = DisputeForm(posted(request), initial=draft.dispute)
    if form.is_valid():
        draft.dispute = form.cleaned_data
        drafts.keep(request, draft)
        return redirect(next_page(request, draft, "dispute"))
    return show(request, "dispute", form, draft)


@answers("GET", "HEAD", "POST")
def who(request: HttpRequest) -> HttpResponse:
    draft = drafts.load(request)
    if not draft.type:
        return redirect("dsar:start")
    if account_of(request):
        return redirect("dsar:check")
    form = WhoForm(posted(request), initial={"email": draft.email})
    if form.is_valid():
        draft.email = form.cleaned_data["email"]
        drafts.keep(request, draft)
        return redirect(next_page(request, draft, "who"))
    return show(request, "who", form, draft)


def pages(request: HttpRequest, draft: Draft) -> list[str]:
    """Return the pages that this draft goes through."""
    middle = _MORE_ON.get(draft.type, [])
    identity = [] if account_of(request) else ["who"]
    return ["what", *middle, *identity, "check"]


def next_page(request: HttpRequest, draft: Draft, page: str) -> str:
    """Return the name of the address after a page."""
    way = pages(request, draft)
    return f"dsar:{way[way.index(page) + 1]}"


def step_context(request: HttpRequest, draft: Draft, page: str) -> dict[str, object]:
    """Return what the list of steps shows."""
    labels = {
        "what": _("What"),
        "question": _("Your question"),
        "dispute": _("The decision"),
        "objection": _("Your objection"),
        "restriction": _("What stops"),
        "who": _("Who you are"),
        "check": _("Check"),
    }
    way = pages(request, draft)
    if page == "narrow":  # on nobody's way: they come from their answers, and go back there
        return {"labels": [labels[name] for name in way], "current": len(way), "back": "dsar:check"}
    previous = way[way.index(page) - 1] if page != "what" else ""
    return {
        "labels": [labels[name] for name in way],
        "current": way.index(page) + 1,
        "back": {"what": "dsar:start", "": ""}.get(previous, f"dsar:{previous}"),
    }


def show(request: HttpRequest, page: str, form: forms.Form, draft: Draft, **context: object) -> HttpResponse:
    """Render a page of the form."""
    values = {"form": form, "draft": draft, "section": "requests", **step_context(request, draft, page), **context}
    return render(request, f"dsar/intake/{page}.html", values, status=422 if form.errors else 200)
