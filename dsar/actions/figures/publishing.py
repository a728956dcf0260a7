"""Make the figures that anybody can read, of tenants that want it, and take away those of tenants that do not."""

from __future__ import annotations

from datetime import datetime

from accounts.models import Tenant
from dsar.counting.figures import figures, kept_days, today_of
from dsar.counting.grouping import by_type
from dsar.figures.periods import whole_months
from dsar.figures.public import document
from dsar.models import Policy, PublishedFigures

MONTHS = 12


def publish_all(*, now: datetime) -> int:
    """Make what is published anew where it is not of the last whole month; return how many were made."""
    wanted = Policy.objects.filter(publishes_figures=True)
    PublishedFigures.objects.exclude(tenant__in=wanted.values("tenant")).delete()
    return sum(publish(policy.tenant, now=now) for policy in wanted.select_related("tenant").order_by("tenant"))


def publish(tenant: Tenant, *, now: datetime) -> bool:
    """Make the tenant's document, if the last one ends with another month; return whether it was made."""
    period = whole_months(MONTHS, today=today_of(tenant, now=now))
    current = PublishedFigures.objects.filter(tenant=tenant).first()
    if current is not None and current.document["last_day"] == period.last.isoformat():
        return False
    found = figures(tenant, first=period.first, last=period.last, span=kept_days(tenant))
    made = document(
        by_type(found, period), months=[slot.first for slot in period.slots], first=period.first, last=period.last
    )
    PublishedFigures.objects.update_or_create(tenant=tenant, defaults={"made_at": now, "document": made})
    return True
