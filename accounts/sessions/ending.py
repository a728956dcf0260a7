"""Sessions are ended: their rows are gone, so the next request of theirs is a stranger's."""

from __future__ import annotations

from allauth.usersessions.models import UserSession
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from accounts.audit import record
from accounts.models import Tenant, User


class NoSuchSessionError(Exception):
    """The session is not one of the account's, or is over already."""


@transaction.atomic
def end_one(*, user: User, session: int, tenant: Tenant) -> None:
    """End one session of the account. Raises NoSuchSessionError."""
    found = UserSession.objects.select_for_update().filter(user=user, pk=session).first()
    if found is None:
        raise NoSuchSessionError(f"account {user.pk} has no session {session}")
    _end([found], user=user, tenant=tenant)


@transaction.atomic
def end_others(*, user: User, request: HttpRequest, tenant: Tenant) -> int:
    """End every session of the account but the request's own; return how many."""
    others = UserSession.objects.select_for_update().filter(user=user).exclude(session_key=request.session.session_key)
    return _end(list(others), user=user, tenant=tenant)


@transaction.atomic
def end_all(*, user: User, tenant: Tenant) -> int:
    """End every session of the account; return how many."""
    return _end(list(UserSession.objects.select_for_update().filter(user=user)), user=user, tenant=tenant)


def _end(sessions: list[UserSession], *, user: User, tenant: Tenant) -> int:
    for session in sessions:
        session.end()
    if sessions:
        facts = {"sessions": len(sessions)}
        record(tenant=tenant, verb="account.sessions_ended", by=user, at=timezone.now(), target=user, facts=facts)
    return len(sessions)
