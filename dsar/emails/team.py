"""What members of the team are told of their membership."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from accounts import languages
from accounts.models import Role, Tenant, User
from accounts.tenancy import tenant_url
from dsar.sending import write


def team_joined(tenant: Tenant, user: User, *, roles: Collection[Role], now: datetime) -> None:
    """They are a member now, where to sign in, and that they need an authenticator app."""
    _send(tenant, user, "team_joined", roles=roles, now=now)


def team_changed(tenant: Tenant, user: User, *, roles: Collection[Role], now: datetime) -> None:
    """Their roles have changed; none: they are no member any more."""
    _send(tenant, user, "team_changed", roles=roles, now=now)


def _send(tenant: Tenant, user: User, name: str, *, roles: Collection[Role], now: datetime) -> None:
    language, link = languages.of_account(user, tenant), tenant_url(tenant, "/")
    context = {"roles": [role.label for role in sorted(roles)]}
    write(tenant, name, to=user.email, language=language, link=link, now=now, context=context)
