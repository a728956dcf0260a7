"""The person's choices: each purpose with one button, and what was chosen before."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from dsar import queries, restrictions
from dsar.actions import preferences
from dsar.forms.person import PreferenceForm
from dsar.models import Purpose
from dsar.views.common import signed_in, tenant_of
from dsar.views.gpc import has_signal, heed_signal
from dsar.views.methods import answers
from dsar.views.purposes import choices
from dsar.views.stops import own_stops, stopped_purposes

#: Who wants older changes finds all of them in the copy of their data.
_MOST_LISTED = 50


@answers("GET", "HEAD", "POST")
@login_required
def page(request: HttpRequest) -> HttpResponse:
    """GET shows what is on and off; POST switches one purpose."""
    account = signed_in(request)
    heed_signal(request, account)
    if request.method == "POST":
        return _change(request, account)
    return _show(request, account)


def _change(request: HttpRequest, account: User) -> HttpResponse:
    form = PreferenceForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Nothing was changed: this is none of the choices below."))
        return _show(request, account, status=422)
    purpose, given = form.cleaned_data["purpose"], form.cleaned_data["given"]
    preferences.change(tenant=tenant_of(request), account=account, purpose=purpose, given=given, now=timezone.now())
    tenant = tenant_of(request)
    if given and purpose in stopped_purposes(restrictions.restricted(tenant=tenant, email=account.email)):
        told = _("%(purpose)s: noted. It takes effect once the stop that you asked for ends.")
    else:
        told = _("%(purpose)s: switched on.") if given else _("%(purpose)s: switched off.")
    messages.success(request, told % {"purpose": purpose.label})
    return redirect("dsar:preferences")


def _show(request: HttpRequest, account: User, *, status: int = 200) -> HttpResponse:
    tenant = tenant_of(request)
    switched_on = queries.switched_on(tenant=tenant, email=account.email)
    stopped = stopped_purposes(restrictions.restricted(tenant=tenant, email=account.email))
    context = {
        "mailings": choices(switched_on, mailings=True, stopped=stopped),
        "uses": choices(switched_on, mailings=False, stopped=stopped),
        "stops": own_stops(account, tenant),
        "history": queries.preference_history(tenant=tenant, account=account)[:_MOST_LISTED],
        "has_signal": has_signal(request),
        "is_sharing": Purpose.SHARING in switched_on,
        "section": "preferences",
    }
    return render(request, "dsar/preferences/page.html", context, status=status)
