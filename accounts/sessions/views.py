"""The page of where an account is signed in, each place with its button."""

from __future__ import annotations

from dataclasses import dataclass

from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.devices import device
from accounts.models import Tenant, User
from accounts.sessions.ending import NoSuchSessionError, end_one, end_others
from accounts.sessions.places import place


@dataclass(frozen=True, slots=True)
class Shown:
    """A session in words."""

    session: UserSession
    device: str
    place: str
    is_phone: bool
    is_current: bool


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_required
def sessions(request: HttpRequest) -> HttpResponse:
    """GET lists; POST ends the one that is named (`end`), or every other one."""
    user, tenant = request.user, getattr(request, "tenant", None)
    if not isinstance(user, User) or not isinstance(tenant, Tenant):
        raise Http404
    if request.method == "POST":
        return _end(request, user, tenant)
    found = UserSession.objects.purge_and_list(user)
    shown = sorted(
        (_shown(one, request) for one in found), key=lambda one: (not one.is_current, one.session.created_at)
    )
    return render(request, "usersessions/usersession_list.html", {"sessions": shown})


def _end(request: HttpRequest, user: User, tenant: Tenant) -> HttpResponse:
    if not (named := request.POST.get("end", "")):
        count = end_others(user=user, request=request, tenant=tenant)
        said = ngettext("%(count)d other session was ended.", "%(count)d other sessions were ended.", count)
        messages.success(request, said % {"count": count})
        return redirect("usersessions_list")
    try:
        end_one(user=user, session=_number(named), tenant=tenant)
    except NoSuchSessionError:
        messages.info(request, _("That session was over already."))
    else:
        messages.success(request, _("That session was ended. Whoever used it is signed out now."))
    return redirect("usersessions_list")


def _number(text: str) -> int:
    """Raises Http404 for what is no row's number."""
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise Http404
    return int(text)


def _shown(session: UserSession, request: HttpRequest) -> Shown:
    name = device(session.user_agent)
    return Shown(
        session=session,
        device=name,
        place=place(session.ip),
        is_phone=any(mark in session.user_agent for mark in ("iPhone", "Android", "iPad")),
        is_current=session.session_key == request.session.session_key,
    )
