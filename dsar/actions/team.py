"""Members join the team, change their roles and leave; each is told by email."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext

from accounts import team
from accounts.audit import Actor, together
from accounts.models import Membership, Role, Tenant, User
from accounts.team import TeamError
from dsar.emails import team as emails

__all__ = ["TeamError", "invite", "set_roles"]


def invite(tenant: Tenant, *, email: str, name: str, roles: Collection[Role], by: User, now: datetime) -> User:
    """Give somebody who is no member yet a first role, or several. Raises TeamError."""
    if not roles:
        raise TeamError(gettext("choose one role at least"))
    with transaction.atomic(), together():
        for number, role in enumerate(sorted(roles)):
            user = team.add_member(tenant=tenant, email=email, role=role, name=name, by=Actor.staff(by), at=now)
            if number == 0 and Membership.objects.filter(tenant=tenant, user=user).count() > 1:
                raise TeamError(gettext("this address is a member of the team already: change their roles below"))
        emails.team_joined(tenant, user, roles=roles, now=now)
    return user


def set_roles(tenant: Tenant, user: User, *, roles: Collection[Role], by: User, now: datetime) -> bool:
    """Give a member exactly these roles; none ends their membership at once. Return whether it changed any.

    Raises TeamError.
    """
    with transaction.atomic(), together():
        has_changed = team.set_roles(tenant=tenant, user=user, roles=roles, by=Actor.staff(by), at=now)
        if has_changed:
            emails.team_changed(tenant, user, roles=roles, now=now)
    return has_changed
