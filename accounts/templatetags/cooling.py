"""What pages ask of the account that is signed in."""

from __future__ import annotations

from datetime import datetime

from django import template
from django.utils import timezone

from accounts.address_changes import cooling_off_until
from accounts.models import User

register = template.Library()


@register.simple_tag(takes_context=True)
def address_settles_at(context: template.Context) -> datetime | None:
    """Return until when what is private waits because the address was just replaced, None if nothing waits."""
    user = context.get("user")
    return cooling_off_until(user, now=timezone.now()) if isinstance(user, User) else None
