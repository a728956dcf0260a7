"""Legal holds: the page of one person's, reached from every case of theirs, and the list of all that last."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.permissions import Permission, requires
from dsar import queries
from dsar.actions.holding import HoldError, lift_holds, set_hold
from dsar.deadlines.days import end_of
from dsar.forms.desk import EndHoldForm, HoldForm
from dsar.models import SubjectRequest
from dsar.views.common import signed_in, tenant_of, tenant_request
from dsar.views.methods import answers

#: Holds that are listed: a company has a handful, and whoever has more finds them by the command.
_MOST_LISTED = 200


@answers("GET", "HEAD")
@requires(Permission.SEE_QUEUE)
def index(request: HttpRequest) -> HttpResponse:
    lasting = queries.holds(now=timezone.now()).filter(subject_request__tenant=tenant_of(request))
    found = list(lasting.select_related("subject_request", "by")[: _MOST_LISTED + 1])
    context = {"holds": found[:_MOST_LISTED], "has_more": len(found) > _MOST_LISTED, "section": "holds"}
    return render(request, "dsar/desk/holds.html", context)


@answers("GET", "HEAD", "POST")
@requires(Permission.DECIDE)
def hold(request: HttpRequest, reference: str) -> HttpResponse:
    """GET shows every hold on whoever asked; POST sets one."""
    subject_request = _decidable(request, reference)
    if request.method != "POST":
        return _show(request, subject_request)
    form = HoldForm(request.POST)
    if not form.is_valid():
        return _show(request, subject_request, form, status=422)
    day = form.cleaned_data["last_day"]
    until = end_of(day, subject_request.tenant.time_zone) if day else None
    reason, by = form.cleaned_data["reason"], signed_in(request)
    try:
        set_hold(subject_request, reason=reason, until=until, by=by, now=timezone.now())
    except HoldError as error:
        messages.error(request, str(error))
        return _show(request, subject_request, form, status=409)
    messages.success(request, _("Set. Nothing of this person is erased or purged while it lasts."))
    return redirect("dsar:hold", reference=reference)


@answers("POST")
@requires(Permission.DECIDE)
def end(request: HttpRequest, reference: str) -> HttpResponse:
    """End every hold on whoever asked."""
    subject_request, form = _decidable(request, reference), EndHoldForm(request.POST)
    if not form.is_valid():
        return _show(request, subject_request, form, status=422)
    try:
        lift_holds(subject_request, **form.cleaned_data, by=signed_in(request), now=timezone.now())
    except HoldError as error:
        messages.error(request, str(error))
        return _show(request, subject_request, status=409)
    messages.success(request, _("Ended. From now on everything goes when its time has come."))
    return redirect("dsar:hold", reference=reference)


def _decidable(request: HttpRequest, reference: str) -> SubjectRequest:
    """Return a request that is not the reviewer's own. Raises Http404."""
    subject_request = tenant_request(request, reference)
    if queries.is_own(account=signed_in(request), subject_request=subject_request):
        raise Http404
    return subject_request


def _show(
    request: HttpRequest, subject_request: SubjectRequest, form: forms.Form | None = None, *, status: int = 200
) -> HttpResponse:
    now = timezone.now()
    is_held = queries.holds_on_person(subject_request, now=now).exists()
    wanted = EndHoldForm if is_held else HoldForm
    context = {
        "subject_request": subject_request,
        "holds": queries.holds_on_person(subject_request),
        "is_held": is_held,
        "form": form if isinstance(form, wanted) else wanted(),
        "now": now,
        "section": "queue",
    }
    return render(request, "dsar/desk/hold.html", context, status=status)
