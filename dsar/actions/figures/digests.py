"""The message of the morning: what breaks the promise today, to those of the team who want it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Q

from accounts.models import Tenant, User
from accounts.permissions import Permission, permissions_of
from dsar.counting.days import start_of
from dsar.counting.figures import today_of, zone_of
from dsar.counting.standing import at_risk
from dsar.emails.digests import morning_digest
from dsar.models import MorningDigest, SubjectRequest

#: From this hour on, where the tenant is; after the last one there is no point in it any more.
FIRST_HOUR, LAST_HOUR = 7, 12
MOST_LISTED = 20


def want(tenant: Tenant, *, account: User, now: datetime) -> None:
    """Send the account the message each morning from now on."""
    MorningDigest.objects.get_or_create(tenant=tenant, user=account, defaults={"chosen_at": now})


def stop(tenant: Tenant, *, account: User) -> None:
    MorningDigest.objects.filter(tenant=tenant, user=account).delete()


def send_due(*, now: datetime) -> int:
    """Write the messages of tenants whose morning it is; return how many. Where nothing is at risk, none is sent."""
    sent = 0
    for tenant in Tenant.objects.filter(morning_digests__isnull=False).distinct().order_by("pk"):
        if FIRST_HOUR <= now.astimezone(zone_of(tenant)).hour < LAST_HOUR:
            sent += _send(tenant, now=now)
    return sent


def _send(tenant: Tenant, *, now: datetime) -> int:
    today = today_of(tenant, now=now)
    unsent = MorningDigest.objects.filter(~Q(last_day=today) | Q(last_day=None), tenant=tenant).select_related("user")
    wishes = list(unsent.order_by("pk"))
    if not wishes:
        return 0
    risky = at_risk(tenant, until=start_of(today + timedelta(days=1), zone_of(tenant)))
    count, listed = risky.count(), list(risky[:MOST_LISTED])
    return sum(_tell(wish, today, listed, count, now=now) for wish in wishes)


def _tell(wish: MorningDigest, today: date, listed: Sequence[SubjectRequest], count: int, *, now: datetime) -> int:
    """Tell one of the team, once a day, also where two workers try; who works here no more is told nothing."""
    with transaction.atomic():
        mine = MorningDigest.objects.filter(~Q(last_day=today) | Q(last_day=None), pk=wish.pk)
        if mine.update(last_day=today) != 1 or not count:
            return 0
        if Permission.DECIDE not in permissions_of(wish.user, wish.tenant):
            return 0
        morning_digest(wish.tenant, to=wish.user, listed=listed, count=count, now=now)
    return 1
