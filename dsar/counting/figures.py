"""Figures of any days: those kept, and for days that nobody has counted yet, counted now from the register."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import QuerySet, TextField
from django.db.models.functions import Cast
from orjson import loads

from accounts.models import Tenant
from dsar.counting.days import Part, days
from dsar.counting.stores import StoreFigure, StorePart, store_days
from dsar.figures import NUMBERS, Figure
from dsar.models import DailyFigure, DailyStoreFigure, FigureSpan

_COLUMNS = ("day", "type", "regime", *NUMBERS, "hours_text", "reasons_text")
_STORE_COLUMNS = ("day", "dataset", "done", "failed", "tries", "milliseconds", "slowest", "rows", "last_done_at")


@dataclass(frozen=True, slots=True)
class Narrowed:
    """Which figures are wanted; "" is all of them."""

    type: str = ""
    regime: str = ""

    def lets(self, part: Part) -> bool:
        return self.type in ("", part.type) and self.regime in ("", part.regime)

    @property
    def columns(self) -> dict[str, str]:
        """What it asks of columns named so: of figures, and of requests."""
        return {name: value for name, value in (("type", self.type), ("regime", self.regime)) if value}


ALL = Narrowed()


def zone_of(tenant: Tenant) -> ZoneInfo:
    return ZoneInfo(tenant.time_zone)


def today_of(tenant: Tenant, *, now: datetime) -> date:
    """Return which day it is where the tenant is."""
    return now.astimezone(zone_of(tenant)).date()


def kept_days(tenant: Tenant) -> FigureSpan | None:
    """Return which days' figures are kept; None if none are, or they are of another zone's days."""
    return FigureSpan.objects.filter(tenant=tenant, zone=tenant.time_zone).first()


def figures(
    tenant: Tenant, *, first: date, last: date, span: FigureSpan | None, narrowed: Narrowed = ALL
) -> dict[Part, Figure]:
    """Return what happened from a day to another, both counted: of kept days as kept, of others as counted now.

    `span` is `kept_days`.
    """
    found: dict[Part, Figure] = {}
    kept_from, kept_to = _overlap(span, first, last)
    if kept_from <= kept_to:
        found |= _kept(DailyFigure.objects.filter(tenant=tenant, day__range=(kept_from, kept_to)), narrowed)
    for begin, end in _uncounted(first, last, kept_from, kept_to):
        counted = days(tenant, first=begin, last=end, zone=zone_of(tenant))
        found |= {part: figure for part, figure in counted.items() if narrowed.lets(part)}
    return found


def store_figures(tenant: Tenant, *, first: date, last: date, span: FigureSpan | None) -> dict[StorePart, StoreFigure]:
    """Return what steps came to from a day to another, both counted; as `figures` does."""
    found: dict[StorePart, StoreFigure] = {}
    kept_from, kept_to = _overlap(span, first, last)
    if kept_from <= kept_to:
        rows = DailyStoreFigure.objects.filter(tenant=tenant, day__range=(kept_from, kept_to))
        for day, dataset, *numbers in rows.values_list(*_STORE_COLUMNS):
            found[StorePart(day, dataset)] = StoreFigure(*numbers)
    for begin, end in _uncounted(first, last, kept_from, kept_to):
        found |= store_days(tenant, first=begin, last=end, zone=zone_of(tenant))
    return found


def _overlap(span: FigureSpan | None, first: date, last: date) -> tuple[date, date]:
    """Return the first and the last day that is kept of those asked for; the first after the last if none is."""
    if span is None:
        return last + timedelta(days=1), last
    # Before the first day that was counted there was nothing.
    return first, min(last, span.last_day)


def _uncounted(first: date, last: date, kept_from: date, kept_to: date) -> list[tuple[date, date]]:
    if kept_from > kept_to:
        return [(first, last)]
    return [(kept_to + timedelta(days=1), last)] if kept_to < last else []


def _kept(rows: QuerySet[DailyFigure], narrowed: Narrowed) -> dict[Part, Figure]:
    found = {}
    # A year has tens of thousands: a converter of Django's for each of them takes longer than all the rest.
    texts = {"hours_text": Cast("hours", TextField()), "reasons_text": Cast("reasons", TextField())}
    wanted = rows.filter(**narrowed.columns).annotate(**texts).values_list(*_COLUMNS)
    for day, kind, regime, *numbers, hours, reasons in wanted:
        # In the order of _COLUMNS, which is that of the class.
        found[Part(day, kind, regime)] = Figure(*numbers, loads(hours), loads(reasons))  # type: ignore[call-arg]
    return found
