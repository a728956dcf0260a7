"""Who has a request: of the selected ones in the queue, and of one on its case; and who else looks at it now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy

from accounts.models import User
from accounts.permissions import Permission, requires
from dsar import queries
from dsar.actions import looking
from dsar.actions.assigning import many, one
from dsar.actions.assigning.many import Done
from dsar.actions.delivery.releasing import OwnRequestError
from dsar.forms.queue import AssignForm, SelectedForm
from dsar.models import SubjectRequest
from dsar.views.common import signed_in, tenant_of, tenant_request
from dsar.views.desk.assignment import looking_now
from dsar.views.desk.case import show as show_case
from dsar.views.desk.people import name_of
from dsar.views.desk.queue import show
from dsar.views.methods import answers
from dsar.worklist.asking import Who

_NOTHING = gettext_lazy("Select at least one request.")
_NOBODY_CHOSEN = gettext_lazy("Choose whom to assign to.")
_GIVEN = ngettext_lazy("%(number)d request assigned.", "%(number)d requests assigned.", "number")
_TAKEN = ngettext_lazy("%(number)d request is yours now.", "%(number)d requests are yours now.", "number")
_BACK = ngettext_lazy("%(number)d request is nobody’s again.", "%(number)d requests are nobody’s again.", "number")


@dataclass(frozen=True, slots=True)
class Told:
    """What became of the selected requests: a sentence on what was done, and each that was refused with its reason."""

    said: str
    refused: Sequence[Done]


def told(done: Sequence[Done], sentence: Promise) -> Told:
    """Return what a page says of what was done; `sentence` is of ngettext_lazy by `number`."""
    refused = [item for item in done if item.refused]
    number = len(done) - len(refused)
    return Told(str(sentence % {"number": number}) if number else "", refused)


def selected(request: HttpRequest) -> list[SubjectRequest]:
    """Return the tenant's requests that were selected, in the order of the page."""
    references = SelectedForm(request.POST).references()
    found = SubjectRequest.objects.filter(tenant=tenant_of(request), reference__in=references)
    by_reference = {item.reference: item for item in found.select_related("tenant", "account")}
    return [by_reference[reference] for reference in references if reference in by_reference]


def back_to(request: HttpRequest) -> QueryDict:
    """Return the query of the page of the queue that a form stood on."""
    return QueryDict(request.POST.get("back", "")[:500])


@answers("POST")
@requires(Permission.DECIDE)
def assign_selected(request: HttpRequest) -> HttpResponse:
    requests, by, now = selected(request), signed_in(request), timezone.now()
    if not requests:
        return show(request, back_to(request), status=422, done=Told("", []), problem=_NOTHING)
    whom = request.POST.get("to", "")
    if whom == Who.NOBODY:
        done = told(many.give_back_many(requests, by=by, now=now), _BACK)
        return show(request, back_to(request), done=done)
    to = _member(request, whom if whom == Who.ME else request.POST.get("member", ""))
    if to is None:
        return show(request, back_to(request), status=422, done=Told("", []), problem=_NOBODY_CHOSEN)
    done = told(many.assign_many(requests, to=to, by=by, now=now), _TAKEN if to == by else _GIVEN)
    return show(request, back_to(request), done=done)


def _member(request: HttpRequest, whom: str) -> User | None:
    """Return the reviewer who is meant, or None."""
    if whom == Who.ME:
        return signed_in(request)
    is_key = whom.isascii() and whom.isdigit() and len(whom) < 19
    return queries.reviewers(tenant_of(request)).filter(pk=int(whom)).first() if is_key else None


@answers("POST")
@requires(Permission.DECIDE)
def assign(request: HttpRequest, reference: str) -> HttpResponse:
    """Assign one request from its case. `was` is who had it when the page was made."""
    subject_request, form = tenant_request(request, reference), AssignForm(request.POST)
    whom = form.cleaned_data["to"] if form.is_valid() else ""
    by, now = signed_in(request), timezone.now()
    if whom == Who.NOBODY:
        act, said = partial(one.give_back, subject_request, by=by, now=now), _("It is nobody’s again.")
    else:
        to = _member(request, whom)
        if to is None:
            messages.error(request, str(_NOBODY_CHOSEN))
            return show_case(request, subject_request, status=422)
        act = partial(one.assign, subject_request, to=to, by=by, now=now)
        said = _("It is yours now.") if to == by else _("Assigned to %(name)s.") % {"name": name_of(to)}
    try:
        _as_seen(subject_request, request.POST.get("was"))
        act()
    except (one.AssignmentError, OwnRequestError) as error:
        messages.error(request, str(error))
        subject_request.refresh_from_db()
        return show_case(request, subject_request, status=409)
    messages.success(request, said)
    return redirect("dsar:case", reference=reference)


def _as_seen(subject_request: SubjectRequest, was: str | None) -> None:
    """Refuse what was decided on an older page: somebody else may have taken it meanwhile. Raises AssignmentError."""
    if was is not None and was != str(subject_request.assigned_to_id or ""):
        holder = subject_request.assigned_to
        if holder is None:
            raise one.AssignmentError(_("It was given back meanwhile. Look at it again."))
        raise one.AssignmentError(_("%(name)s has taken it meanwhile.") % {"name": name_of(holder)})


@answers("POST")
@requires(Permission.SEE_QUEUE)
def looking_still(request: HttpRequest, reference: str) -> HttpResponse:
    """Note that the case is still open in a browser; answer who else has it open."""
    subject_request, by, now = tenant_request(request, reference), signed_in(request), timezone.now()
    looking.still_open(subject_request, by=by, now=now)
    return render(request, "dsar/desk/_viewers.html", {"viewers": looking_now(subject_request, by=by, now=now)})
