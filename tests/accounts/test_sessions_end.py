"""What is known of a sign-in goes when it is over."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session

from accounts.models import User
from accounts.sessions import forget_sessions

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)


def sign_in(user: User, key: str, *, ends: datetime, began: datetime) -> None:
    Session.objects.create(session_key=key, session_data="x", expire_date=ends)
    UserSession.objects.create(user=user, session_key=key, ip="127.0.0.1", user_agent="Firefox", created_at=began)


def left() -> tuple[set[str], set[str]]:
    devices = UserSession.objects.values_list("session_key", flat=True)
    return set(Session.objects.values_list("pk", flat=True)), set(devices)


def test_what_is_over_goes_and_with_it_from_where_it_was() -> None:
    user, began = User.objects.create_user("ann@example.com"), NOW - timedelta(hours=13)
    for number in range(5):
        sign_in(user, f"over-{number}", ends=NOW - timedelta(seconds=number), began=began)
    sign_in(user, "lasts", ends=NOW + timedelta(seconds=1), began=began)
    assert forget_sessions(now=NOW, size=2) == 5
    assert left() == ({"lasts"}, {"lasts"})
    assert forget_sessions(now=NOW) == 0


def test_a_device_whose_session_is_only_being_written_stays() -> None:
    user = User.objects.create_user("ann@example.com")
    for minutes, key in ((1, "new"), (90, "old")):
        at = NOW - timedelta(minutes=minutes)
        UserSession.objects.create(user=user, session_key=key, ip="127.0.0.1", user_agent="Firefox", created_at=at)
    forget_sessions(now=NOW)
    assert left() == (set(), {"new"})
