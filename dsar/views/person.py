"""A person's requests and the page of one."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from dsar import queries
from dsar.actions import review
from dsar.actions.conversation.reading import has_read
from dsar.actions.erasing import deciding as erasing
from dsar.forms.conversation import PersonMessageForm
from dsar.models import RequestType, Status, SubjectRequest
from dsar.models.choices import STOP_TYPES, UNWALKED_TYPES
from dsar.models.transitions import ImpossibleMoveError
from dsar.tenantmap import tenant_map
from dsar.views.clocks import clock_view
from dsar.views.common import own_request, signed_in, tenant_of
from dsar.views.conversation import conversation, extension_reason, with_pauses
from dsar.views.correcting import own_correction
from dsar.views.erasing import own_erasure
from dsar.views.filed_facts import filed_facts
from dsar.views.law import law_view
from dsar.views.methods import answers
from dsar.views.progress import changing_progress, store_progress
from dsar.views.recipients import recipient_tables
from dsar.views.redactions import told
from dsar.views.stop_stores import stop_stores
from dsar.views.stops import stop_view
from dsar.views.timeline import timeline

#: A person has a handful; more than this is a flood, and the latest are what matters.
_MOST_LISTED = 100
#: While and after the stores are walked. A request that was stopped midway would show places never looked at.
#: Of these the stores are changed, not collected from.
_CHANGED = (RequestType.ERASURE, RequestType.RECTIFICATION)
_WALKED = (Status.FULFILLING, Status.AWAITING_RELEASE, Status.FULFILLED)


@answers("GET", "HEAD")
@login_required
def index(request: HttpRequest) -> HttpResponse:
    visible = queries.visible_to(account=signed_in(request), tenant=tenant_of(request))
    own = visible.annotate(is_asked=queries.is_asked())[:_MOST_LISTED]
    return render(request, "dsar/person/index.html", {"subject_requests": own, "section": "requests"})


@answers("GET", "HEAD")
@login_required
def page(request: HttpRequest, reference: str) -> HttpResponse:
    return show(request, own_request(request, reference))


def show(
    request: HttpRequest, subject_request: SubjectRequest, *, status: int = 200, message_form: forms.Form | None = None
) -> HttpResponse:
    """Render a request's page; a message that was refused is passed in and shown with its errors."""
    now = timezone.now()
    house, legal = queries.clocks(subject_request, now=now)
    bundle = queries.latest_bundle(subject_request)
    closed_at = subject_request.closed_at
    talk = conversation(subject_request, for_team=False)
    context = {
        "subject_request": subject_request,
        "house": clock_view(house, now=now, closed_at=closed_at),
        "legal": clock_view(legal, now=now, closed_at=closed_at),
        "law": law_view(subject_request, reading=legal),
        "bundle": bundle if subject_request.status == Status.FULFILLED else None,
        "redactions": told(bundle) if subject_request.status == Status.FULFILLED else (),
        "is_gone": bundle is not None and (bundle.purged_at or (bundle.expires_at and bundle.expires_at <= now)),
        "erasure": own_erasure(subject_request),
        "correction": own_correction(subject_request),
        "recipients": recipient_tables(subject_request),
        "stop": stop_view(subject_request),
        **_marks(subject_request),
        **filed_facts(subject_request),
        "talk": talk,
        "message_form": message_form or PersonMessageForm(),
        "extension_reason": extension_reason(subject_request),
        "events": with_pauses(timeline(subject_request, bundle), subject_request),
        "section": "requests",
        **_progress(subject_request),
    }
    if talk.has_new:
        has_read(subject_request, is_team=False, now=now)
    return render(request, "dsar/person/page.html", context, status=status)


def _marks(subject_request: SubjectRequest) -> dict[str, object]:
    """Return where a stop is marked, and where it cannot be."""
    rows = [item.progress for item in stop_stores(subject_request)]
    return {
        "stop_stores": rows,
        "stop_marked": [row for row in rows if row.state != "none"],
        "stop_unmarked": [row.title for row in rows if row.state == "none"],
    }


@answers("GET", "HEAD")
def progress(request: HttpRequest, reference: str) -> HttpResponse:
    """Return the bars alone; once the status is another than the page was made for, have the page load anew."""
    if not request.user.is_authenticated:
        return HttpResponse(headers={"HX-Refresh": "true"})
    subject_request = own_request(request, reference)
    if subject_request.status != request.GET.get("status"):
        return HttpResponse(headers={"HX-Refresh": "true"})
    return render(request, "dsar/person/_progress.html", _progress(subject_request))


def _progress(subject_request: SubjectRequest) -> dict[str, object]:
    is_walked = subject_request.type not in UNWALKED_TYPES and subject_request.status in _WALKED
    if not is_walked or subject_request.texts_deleted_at:  # without its steps every store would read “nothing of yours”
        return {"subject_request": subject_request, "stores": []}
    data_map = tenant_map(subject_request.tenant).data_map
    steps = list(subject_request.steps.all())
    if subject_request.type in _CHANGED:
        stores = changing_progress(steps, data_map)
    else:
        stores = store_progress(subject_request, steps, data_map)
    return {
        "subject_request": subject_request,
        "stores": stores,
        "is_live": subject_request.status == Status.FULFILLING,
        "has_failed": any(store.state == "failed" for store in stores),
        "finished": sum(store.state in ("done", "none") for store in stores),
    }


@answers("POST")
@login_required
def refuse_copy(request: HttpRequest, reference: str) -> HttpResponse:
    """Let nothing be kept of what is deleted."""
    subject_request = own_request(request, reference)
    try:
        erasing.refuse_copy(subject_request, by=signed_in(request), now=timezone.now())
    except ImpossibleMoveError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("No copy will be kept. What is deleted is gone at once."))
    return redirect("dsar:request", reference=reference)


@answers("POST")
@login_required
def withdraw(request: HttpRequest, reference: str) -> HttpResponse:
    subject_request = own_request(request, reference)
    try:
        review.withdraw(subject_request, by=signed_in(request), now=timezone.now())
    except ImpossibleMoveError as error:
        messages.error(request, str(error))
    else:
        done = {
            RequestType.ERASURE: _("Your request is withdrawn. Nothing was deleted."),
            RequestType.RECTIFICATION: _("Your request is withdrawn. Nothing was changed."),
            **dict.fromkeys(STOP_TYPES, _("Your request is withdrawn. What it had stopped goes on.")),
        }
        collected = _("Your request is withdrawn. Nothing more is collected.")
        messages.success(request, done.get(RequestType(subject_request.type), collected))
    return redirect("dsar:request", reference=reference)
