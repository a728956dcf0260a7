"""One request as the team sees it."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from django import forms
from django.db.models import prefetch_related_objects
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from accounts.permissions import Permission, requires
from dsar import queries, restrictions
from dsar.actions import looking
from dsar.actions.restricting.deciding import open_rows
from dsar.forms.agents import AcceptAgentForm, RefuseAgentForm
from dsar.forms.appeals import DecideAppealForm
from dsar.forms.desk import AnswerForm, ConcludeForm, DenyForm
from dsar.forms.seconding import RefuseForm
from dsar.forms.stops import GrantForm, LiftForm
from dsar.models import Ground, RequestType, SubjectRequest
from dsar.views.clocks import clock_view
from dsar.views.common import signed_in, tenant_request
from dsar.views.desk.allowed import what_is_allowed
from dsar.views.desk.assignment import assignment
from dsar.views.desk.changes import SEEN, changes_since, seen, unshown
from dsar.views.desk.collected import collected, in_words, store_rows
from dsar.views.desk.correcting import correction_view
from dsar.views.desk.described import described
from dsar.views.desk.erasing import erasure_view
from dsar.views.desk.failures import failures
from dsar.views.desk.hiding import hiding_view
from dsar.views.desk.history import history
from dsar.views.desk.redaction import redaction_view
from dsar.views.desk.related import related
from dsar.views.desk.second_person import second_view
from dsar.views.desk.talk import talk_allowed, talk_facts
from dsar.views.filed_facts import filed_facts
from dsar.views.law import law_view
from dsar.views.methods import answers
from dsar.views.recipients import recipient_tables
from dsar.views.stop_stores import stop_stores, untold
from dsar.views.stops import stop_view

_MOST_CHARACTERS = 200
#: What the card of decisions offers (templates/dsar/desk/_decide.html).
_IN_THE_CARD = ("may_release", "may_approve", "may_deny", "may_look_again", "may_decide_correction")


@answers("GET", "HEAD")
@requires(Permission.SEE_QUEUE)
def page(request: HttpRequest, reference: str) -> HttpResponse:
    subject_request = tenant_request(request, reference)
    looking.opened(subject_request, by=signed_in(request), now=timezone.now())
    return show(request, subject_request)


def show(
    request: HttpRequest, subject_request: SubjectRequest, *, status: int = 200, **bound: forms.Form
) -> HttpResponse:
    """Render the case; a form that was refused is passed in by its name and shown with its errors."""
    now = timezone.now()
    prefetch_related_objects([subject_request], "pauses")
    facts = _facts(subject_request, now)
    second = second_view(subject_request, described(subject_request)[0], account=signed_in(request))
    allowed = what_is_allowed(request, subject_request, facts)
    allowed |= talk_allowed(request, subject_request, is_own=allowed["is_own"], now=now)
    context = {
        **facts,
        **allowed,
        "assignment": assignment(request, subject_request, now=now),
        "second": second,
        "may_decide_anything": any(allowed[name] for name in _IN_THE_CARD),
        **talk_facts(subject_request, allowed, now=now),
        "changes": changes_since(request.POST.get(SEEN, ""), subject_request, now=now),
        "unshown": unshown(bound, allowed) if request.method == "POST" else (),
        "deny_form": DenyForm(),
        "answer_form": AnswerForm(),
        "conclude_form": ConcludeForm(),
        "grant_form": GrantForm(rows=open_rows(subject_request)) if facts["stop"] else None,
        "lift_form": LiftForm(),
        "appeal_form": DecideAppealForm(),
        "refuse_proposal_form": RefuseForm(),
        "accept_agent_form": AcceptAgentForm(),
        "refuse_agent_form": RefuseAgentForm(),
        **bound,
        "failures": failures(subject_request, bound.get("exception_form")),
    }
    return render(request, "dsar/desk/case.html", context, status=status)


def _facts(subject_request: SubjectRequest, now: datetime) -> dict[str, Any]:
    house, legal = queries.clocks(subject_request, now=now)
    closed_at = subject_request.closed_at
    bundle = queries.latest_bundle(subject_request)
    steps = list(subject_request.steps.all())
    data_map, mistake = described(subject_request)
    brought = collected(steps, data_map)
    others = restrictions.of_person(subject_request).exclude(subject_request=subject_request)
    stopped = list(others.select_related("subject_request"))  # its own are told below, with their state
    return {
        "subject_request": subject_request,
        "waits_for": "" if closed_at else subject_request.waits_for or mistake,
        "house": clock_view(house, now=now, closed_at=closed_at),
        "legal": clock_view(legal, now=now, closed_at=closed_at),
        "clocks": [clock_view(reading, now=now, closed_at=closed_at) for reading in (house, legal)],
        "law": law_view(subject_request, reading=legal),
        "identities": subject_request.identities.order_by("-proven_at", "kind"),
        "store_rows": store_rows(steps, data_map),
        "collected": [row for row in brought if row.has_something],
        "nothing_in": [row for row in brought if not row.has_something],
        "erasure": erasure_view(subject_request, steps, data_map),
        "hiding": hiding_view(subject_request, data_map),
        "recipients": recipient_tables(subject_request),
        "correction": correction_view(subject_request, steps, data_map),
        "stop": stop_view(subject_request),
        "stop_stores": stop_stores(subject_request),
        "untold": untold(subject_request),
        "stopped": stopped,
        "needs_claims": any(row.ground == Ground.CLAIMS for row in stopped),
        "lifting_days": queries.policy(subject_request.tenant).lifting_days,
        "decisions": subject_request.decisions.select_related("by", "second"),
        "holds": queries.holds_on_person(subject_request, now=now),
        "bundle": bundle,
        "redaction": redaction_view(subject_request, bundle),
        "seen": seen(subject_request, steps),
        "related": related(subject_request),
        "history": history(subject_request),
        "has_sample": subject_request.sealed_key is not None,
        "is_question": subject_request.type == RequestType.ENQUIRY,
        "is_dispute": subject_request.type == RequestType.HUMAN_REVIEW,
        **filed_facts(subject_request),
        "now": now,
        "section": "queue",
    }


@answers("GET", "HEAD")
@requires(Permission.READ_PAYLOADS)
def sample(request: HttpRequest, reference: str, dataset: str, collection: str) -> HttpResponse:
    """Show the first rows of a collection; that they were read is recorded."""
    subject_request = tenant_request(request, reference)
    account = signed_in(request)
    if queries.is_own(account=account, subject_request=subject_request):
        raise Http404
    try:
        rows = looking.sample(subject_request, dataset=dataset, collection=collection, by=account, now=timezone.now())
    except looking.NoSampleError as error:
        raise Http404 from error
    names = list(dict.fromkeys(name for row in rows for name in row))
    store, title = in_words(described(subject_request)[0], dataset, collection)
    context = {
        "subject_request": subject_request,
        "store": store,
        "title": title,
        "names": names,
        "cells": [[_cell(row.get(name)) for name in names] for row in rows],
        "section": "queue",
    }
    return render(request, "dsar/desk/sample.html", context)


def _cell(value: Any) -> str:
    if value is None:
        return "—"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _MOST_CHARACTERS else f"{text[: _MOST_CHARACTERS - 1]}…"
