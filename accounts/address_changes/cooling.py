"""How long what is private waits after an address was replaced."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings

from accounts.models import User


def cooling_off() -> timedelta:
    """Return how long the owner of the old address has to say that it was somebody else (EMAIL_CHANGE_HOURS)."""
    return timedelta(hours=settings.EMAIL_CHANGE_HOURS)


def cooling_off_until(account: User, *, now: datetime) -> datetime | None:
    """Return until when the account fetches, corrects and deletes nothing, None if it may. `now` is aware."""
    if account.email_changed_at is None or now >= account.email_changed_at + cooling_off():
        return None
    return account.email_changed_at + cooling_off()
