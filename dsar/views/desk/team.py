"""The privacy team: who is on it with which roles, and since when."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from accounts.models import AuditEvent, Membership, Role, Tenant, User
from accounts.permissions import Permission, requires
from dsar.actions import team
from dsar.forms.team import ROLES, InviteForm, RolesForm
from dsar.views.common import signed_in, tenant_of
from dsar.views.methods import answers

_MOST_EVENTS = 30
_LABELS = {role: label for role, label, _text in ROLES}


@dataclass(frozen=True, slots=True)
class Member:
    user: User
    roles: Sequence[str | Promise]
    has_second_factor: bool


@dataclass(frozen=True, slots=True)
class Event:
    """A role given or taken, by whom; "" for an account that is gone, or the operator."""

    at: datetime
    is_given: bool
    role: str | Promise
    whom: str
    by: str


@answers("GET", "HEAD")
@requires(Permission.MANAGE_TEAM)
def index(request: HttpRequest) -> HttpResponse:
    return _show(request, InviteForm())


@answers("POST")
@requires(Permission.MANAGE_TEAM)
def invite(request: HttpRequest) -> HttpResponse:
    form = InviteForm(request.POST)
    if not form.is_valid():
        return _show(request, form, status=422)
    email, name, by = form.cleaned_data["email"], form.cleaned_data["name"], signed_in(request)
    try:
        team.invite(tenant_of(request), email=email, name=name, roles=form.chosen(), by=by, now=timezone.now())
    except team.TeamError as error:
        form.add_error("email", str(error))
        return _show(request, form, status=409)
    messages.success(request, _("Invited. They get an email that says how to sign in."))
    return redirect("dsar:team")


@answers("GET", "HEAD", "POST")
@requires(Permission.MANAGE_TEAM)
def member(request: HttpRequest, member: int) -> HttpResponse:
    """GET shows a member's roles; POST sets them, none to have them leave."""
    tenant = tenant_of(request)
    user = get_object_or_404(User.objects.filter(memberships__tenant=tenant).distinct(), pk=member)
    held = [str(role) for role in Membership.objects.filter(tenant=tenant, user=user).values_list("role", flat=True)]
    if request.method != "POST":
        return _show_member(request, user, RolesForm(initial={"roles": held}))
    form = RolesForm(request.POST)
    if not form.is_valid():
        return _show_member(request, user, form, status=422)
    try:
        has_changed = team.set_roles(tenant, user, roles=form.chosen(), by=signed_in(request), now=timezone.now())
    except team.TeamError as error:
        form.add_error("roles", str(error))
        return _show_member(request, user, form, status=409)
    messages.success(request, _("Saved. It holds at once.") if has_changed else _("Nothing was changed."))
    may_stay = signed_in(request) != user or Role.ADMINISTRATOR in form.chosen()
    return redirect("dsar:team" if may_stay else "home")


def _show_member(request: HttpRequest, user: User, form: RolesForm, *, status: int = 200) -> HttpResponse:
    context = {"member": user, "form": form, "roles": ROLES, "section": "team"}
    return render(request, "dsar/desk/team/member.html", context, status=status)


def _show(request: HttpRequest, form: InviteForm, *, status: int = 200) -> HttpResponse:
    tenant = tenant_of(request)
    context = {
        "members": _members(tenant),
        "events": _events(tenant),
        "form": form,
        "roles": ROLES,
        "section": "team",
    }
    return render(request, "dsar/desk/team/index.html", context, status=status)


def _members(tenant: Tenant) -> list[Member]:
    roles: dict[User, list[str | Promise]] = {}
    for membership in Membership.objects.filter(tenant=tenant).select_related("user").order_by("user__email", "role"):
        roles.setdefault(membership.user, []).append(_LABELS[Role(membership.role)])
    ready = set(Authenticator.objects.filter(user__in=roles, type="totp").values_list("user", flat=True))
    return [Member(user, held, user.pk in ready) for user, held in roles.items()]


def _events(tenant: Tenant) -> list[Event]:
    told = AuditEvent.objects.filter(tenant=tenant, verb__in=["membership.added", "membership.removed"])
    events = list(told.order_by("-sequence")[:_MOST_EVENTS])
    emails = _emails({int(event.target_id) for event in events} | {event.actor_id for event in events})
    return [
        Event(
            event.at,
            event.verb == "membership.added",
            _LABELS.get(event.facts.get("role"), event.facts.get("role", "")),
            emails.get(int(event.target_id), ""),
            emails.get(event.actor_id or 0, ""),
        )
        for event in events
    ]


def _emails(keys: Iterable[int | None]) -> dict[int, str]:
    return dict(User.objects.filter(pk__in=[key for key in keys if key]).values_list("pk", "email"))
