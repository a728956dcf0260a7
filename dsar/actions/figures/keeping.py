"""Count the days that are over, once, so that no page counts them again."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Min

from accounts.models import Tenant
from dsar.counting.days import Part, days
from dsar.counting.figures import today_of, zone_of
from dsar.counting.stores import StoreFigure, StorePart, store_days
from dsar.deadlines import REGIMES, register_begins
from dsar.figures import NUMBERS, Figure
from dsar.models import DailyFigure, DailyStoreFigure, FigureSpan, SubjectRequest

logger = logging.getLogger(__name__)

#: Days that are counted in one transaction: cut short, the next run goes on.
_CHUNK = 31
#: The last days that are over are counted again: what began before midnight may have been committed after it.
_AGAIN = 2
#: Steps go 90 days after their request was closed; of days before these, what steps came to stays as it was counted.
_STEPS_ARE_WHOLE = 89


def keep_all(*, now: datetime) -> int:
    """Count what is to be counted for every tenant; return how many days were."""
    return sum(keep(tenant, now=now) for tenant in Tenant.objects.order_by("pk"))


def keep(tenant: Tenant, *, now: datetime, anew: bool = False) -> int:
    """Count the days that are over and not kept, the last two again; return how many.

    `anew`: count every day again that the register still remembers. Figures of days before stay as they are, unless the
    tenant has changed its zone: then a day is not the same day, and they go.
    """
    today = today_of(tenant, now=now)
    span = FigureSpan.objects.filter(tenant=tenant).first()
    begin = _first_day(tenant, span, today, anew=anew, now=now)
    count = 0
    for first, last in _chunks(begin, today - timedelta(days=1)):
        _count(tenant, first, last, whole_steps=today - timedelta(days=_STEPS_ARE_WHOLE))
        count += (last - first).days + 1
    return count


def _first_day(tenant: Tenant, span: FigureSpan | None, today: date, *, anew: bool, now: datetime) -> date:
    """Return the first day that is to be counted; it may be today, which is not over."""
    if span is not None and span.zone == tenant.time_zone and not anew:
        return max(span.first_day, span.last_day - timedelta(days=_AGAIN - 1))
    earliest = SubjectRequest.objects.filter(tenant=tenant).aggregate(earliest=Min("received_at"))["earliest"]
    first = earliest.astimezone(zone_of(tenant)).date() if earliest else today
    if span is None:
        return first
    if span.zone != tenant.time_zone:
        logger.warning("the days of %s are others in its new zone: its figures are counted anew", tenant.slug)
        _forget(tenant)
        return first
    return max(first, _remembered_since(tenant, now=now))


def _remembered_since(tenant: Tenant, *, now: datetime) -> date:
    """Return the first day of which no request can have been deleted from the register."""
    begins = max(register_begins(regime, now=now, zone=tenant.time_zone) for regime in REGIMES.values())
    return begins.astimezone(zone_of(tenant)).date()


def _chunks(first: date, last: date) -> Iterator[tuple[date, date]]:
    while first <= last:
        end = min(last, first + timedelta(days=_CHUNK - 1))
        yield first, end
        first = end + timedelta(days=1)


@transaction.atomic
def _forget(tenant: Tenant) -> None:
    FigureSpan.objects.filter(tenant=tenant).delete()
    DailyFigure.objects.filter(tenant=tenant).delete()
    DailyStoreFigure.objects.filter(tenant=tenant).delete()


def _count(tenant: Tenant, first: date, last: date, *, whole_steps: date) -> None:
    zone = zone_of(tenant)
    counted = _each_day(tenant, first, last)
    steps_first = max(first, whole_steps)
    stores = store_days(tenant, first=steps_first, last=last, zone=zone) if steps_first <= last else {}
    with transaction.atomic():
        # Two that count the same days write the same figures: whoever is second waits here, and writes them again.
        Tenant.objects.select_for_update(no_key=True).get(pk=tenant.pk)
        _write(tenant, counted, first, last)
        _write_stores(tenant, stores, steps_first, last)
        _extend(tenant, first, last)


def _each_day(tenant: Tenant, first: date, last: date) -> dict[Part, Figure]:
    """Count day by day: which day a row is of need not be asked then."""
    found: dict[Part, Figure] = {}
    for number in range((last - first).days + 1):
        day = first + timedelta(days=number)
        found |= days(tenant, first=day, last=day, zone=zone_of(tenant))
    return found


def _write(tenant: Tenant, counted: Mapping[Part, Figure], first: date, last: date) -> None:
    DailyFigure.objects.filter(tenant=tenant, day__range=(first, last)).delete()
    DailyFigure.objects.bulk_create(
        DailyFigure(
            tenant=tenant,
            **part._asdict(),
            **{name: getattr(figure, name) for name in NUMBERS},
            hours=figure.hours,
            reasons=figure.reasons,
        )
        for part, figure in counted.items()
    )


def _write_stores(tenant: Tenant, stores: Mapping[StorePart, StoreFigure], first: date, last: date) -> None:
    DailyStoreFigure.objects.filter(tenant=tenant, day__range=(first, last)).delete()
    DailyStoreFigure.objects.bulk_create(
        DailyStoreFigure(
            tenant=tenant,
            **part._asdict(),
            done=figure.done,
            failed=figure.failed,
            tries=figure.tries,
            milliseconds=figure.milliseconds,
            slowest=figure.slowest,
            rows=figure.rows,
            last_done_at=figure.last_done_at,
        )
        for part, figure in stores.items()
    )


def _extend(tenant: Tenant, first: date, last: date) -> None:
    """Say that these days are kept, too; they follow those that were."""
    span = FigureSpan.objects.filter(tenant=tenant).first()
    first_day = min(span.first_day, first) if span else first
    last_day = max(span.last_day, last) if span else last
    known = {"zone": tenant.time_zone, "first_day": first_day, "last_day": last_day}
    FigureSpan.objects.update_or_create(tenant=tenant, defaults=known)
