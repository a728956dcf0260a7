"""What the team's members are called on its pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from accounts.models import User


@dataclass(frozen=True, slots=True)
class Assignee:
    """Whom a request is assigned to, for somebody who looks: `has_left` has no say here any more."""

    name: str
    is_me: bool
    has_left: bool


def name_of(user: User) -> str:
    """Return somebody's name, or what stands before the @ of their address."""
    return user.name or user.email.partition("@")[0]


def assignee(user: User | None, *, me: int, members: Sequence[int]) -> Assignee | None:
    """Return whom a request is assigned to as `me` reads it."""
    if user is None:
        return None
    is_me = user.pk == me
    return Assignee(_("You") if is_me else name_of(user), is_me, has_left=user.pk not in members)
