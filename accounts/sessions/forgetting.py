"""Who is signed in where, for as long as it lasts."""

from __future__ import annotations

from datetime import datetime, timedelta

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db.models import Exists, OuterRef

#: Sessions that are deleted in one transaction.
FORGOTTEN_AT_ONCE = 500
#: A device's row is written before its session may be: only one that is older and has none is over.
_AT_FIRST = timedelta(hours=1)


def forget_sessions(*, now: datetime, size: int = FORGOTTEN_AT_ONCE) -> int:
    """Delete sessions that are over, and from where each was; return how many sessions. `now` is aware.

    A session holds what a visitor has begun to write, and a device's row the address and the program that somebody
    signed in with; signing out deletes both, closing a browser neither.
    """
    over, count = Session.objects.filter(expire_date__lte=now).order_by("pk"), 0
    while keys := list(over.values_list("pk", flat=True)[:size]):
        count += Session.objects.filter(pk__in=keys, expire_date__lte=now).delete()[0]
    lasting = Session.objects.filter(pk=OuterRef("session_key"))
    UserSession.objects.filter(~Exists(lasting), created_at__lte=now - _AT_FIRST).delete()
    return count
