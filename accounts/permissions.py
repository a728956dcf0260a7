"""THE place that says who may do what. A person without a role in a tenant is a subject there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from functools import wraps
from typing import Concatenate, ParamSpec

from allauth.core.exceptions import ReauthenticationRequired
from django.contrib import messages
from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership, Role, Tenant, User
from accounts.reauth import has_second_factor, used_second_factor

__all__ = ["ROLE_PERMISSIONS", "Permission", "Role", "permissions_of", "requires"]

Parameters = ParamSpec("Parameters")
View = Callable[Concatenate[HttpRequest, Parameters], HttpResponseBase]


class Permission(StrEnum):
    SEE_QUEUE = "see_queue"
    READ_PAYLOADS = "read_payloads"
    DECIDE = "decide"  # approve, deny, ask
    RELEASE = "release"
    ANSWER_ENQUIRY = "answer_enquiry"
    RECORD_EXCEPTION = "record_exception"
    APPROVE_SECOND = "approve_second"
    SEE_AUDIT = "see_audit"
    MANAGE_TEAM = "manage_team"
    MANAGE_SETTINGS = "manage_settings"


ROLE_PERMISSIONS: Mapping[Role, frozenset[Permission]] = {
    Role.REVIEWER: frozenset(
        {
            Permission.SEE_QUEUE,
            Permission.READ_PAYLOADS,
            Permission.DECIDE,
            Permission.RELEASE,
            Permission.ANSWER_ENQUIRY,
            Permission.RECORD_EXCEPTION,
        }
    ),
    Role.APPROVER: frozenset({Permission.SEE_QUEUE, Permission.READ_PAYLOADS, Permission.APPROVE_SECOND}),
    Role.AUDITOR: frozenset({Permission.SEE_QUEUE, Permission.SEE_AUDIT}),
    Role.ADMINISTRATOR: frozenset({Permission.MANAGE_TEAM, Permission.MANAGE_SETTINGS}),
}

_SET_UP_FIRST = _("People who work here need a second factor: add a passkey or an authenticator app to go on.")


def permissions_of(user: User | AnonymousUser, tenant: Tenant | None) -> frozenset[Permission]:
    """Return what the account's roles in this tenant allow; nothing else counts, no superuser flag either."""
    if tenant is None or not isinstance(user, User) or not user.is_active:
        return frozenset()
    roles = Membership.objects.filter(user=user, tenant=tenant).values_list("role", flat=True)
    return frozenset().union(*(ROLE_PERMISSIONS[Role(role)] for role in roles))


def requires(permission: Permission) -> Callable[[View[Parameters]], View[Parameters]]:
    """Let a view through for staff who have the permission and came with their second factor.

    Anonymous: to sign-in. No role in this tenant: 404, it is not told that the page exists. A role
    without the permission: 403. No second factor yet: to its set-up. Signed in without it: asked for it.
    """

    def decorate(view: View[Parameters]) -> View[Parameters]:
        @wraps(view)
        def guarded(request: HttpRequest, /, *args: Parameters.args, **kwargs: Parameters.kwargs) -> HttpResponseBase:
            return _refusal(request, permission) or view(request, *args, **kwargs)

        return guarded

    return decorate


def _refusal(request: HttpRequest, permission: Permission) -> HttpResponse | None:
    """Return where to send the request instead, None to let it through. Raises Http404, PermissionDenied."""
    if not isinstance(request.user, User):
        return redirect_to_login(request.get_full_path())
    allowed = permissions_of(request.user, getattr(request, "tenant", None))
    if not allowed:
        raise Http404
    if permission not in allowed:
        raise PermissionDenied
    return _second_factor_first(request, request.user)


def _second_factor_first(request: HttpRequest, user: User) -> HttpResponse | None:
    if not has_second_factor(user):
        messages.warning(request, _SET_UP_FIRST)
        return redirect("mfa_index")
    if not used_second_factor(request, user):
        raise ReauthenticationRequired  # allauth's middleware asks for the second factor, then comes back
    return None
