"""What the dashboard tells, gathered by a number of questions that does not depend on how many requests there are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import QuerySet

from accounts.models import Membership, Role, Tenant
from dsar.counting import standing
from dsar.counting.days import Part
from dsar.counting.figures import Narrowed, figures, kept_days, store_figures, today_of, zone_of
from dsar.counting.grouping import by_type
from dsar.counting.standing import Standing
from dsar.counting.stores import StoreFigure
from dsar.datamap.problems import DataMapError
from dsar.figures import CHOICE, Figure, total
from dsar.figures.forecast import Forecast, forecast
from dsar.figures.periods import Period
from dsar.models import FigureSpan, SubjectRequest
from dsar.stores.base import StoreConfigError
from dsar.tenantmap import tenant_map
from dsar.wording import told

RISK_HOURS = 12
MOST_LISTED = 8
#: The days by which the pace is told. Today is none of them: it is not over.
PACE_DAYS = 14
LOAD_DAYS = 7


@dataclass(frozen=True, slots=True)
class StoreRow:
    """One store: what it came to in the period, and how many open requests wait for it."""

    name: str
    figure: StoreFigure
    failing: int


@dataclass(frozen=True)
class Board:
    """`slots` has a figure for each slot of the period; `open_at_end` how many were open when each was over."""

    period: Period
    today: date
    total: Figure
    slots: Sequence[Figure]
    types: Mapping[str, Sequence[Figure]]
    standing: Sequence[Standing]
    open_at_end: Sequence[int]
    risk_count: int
    stores: Sequence[StoreRow]
    forecast: Forecast
    decisions: Mapping[int, int]
    deciders: int

    @property
    def open_now(self) -> int:
        return sum(item.count for item in self.standing)

    @property
    def waiting_for_people(self) -> int:
        return sum(item.count for item in self.standing if item.waits_for_person)

    def open_of(self, kind: str) -> int:
        return sum(item.count for item in self.standing if item.type == kind)


def board(tenant: Tenant, period: Period, narrowed: Narrowed, *, now: datetime) -> Board:
    """Gather what there is to tell about a period that ends today."""
    today, span = today_of(tenant, now=now), kept_days(tenant)
    first = min(period.first, today - timedelta(days=PACE_DAYS))
    found = figures(tenant, first=first, last=period.last, span=span, narrowed=narrowed)
    types, open_ones = by_type(found, period), standing.standing(tenant, now=now, narrowed=narrowed)
    slots = [total(own[place] for own in types.values()) for place in range(len(period.slots))]
    open_now, members = sum(item.count for item in open_ones), _deciders(tenant)
    return Board(
        period=period,
        today=today,
        total=total(slots),
        slots=slots,
        types=types,
        standing=open_ones,
        open_at_end=_open_at_end(slots, open_now),
        risk_count=risky(tenant, narrowed, now=now).count(),
        stores=_stores(tenant, period, span),
        forecast=_forecast(found, today, span, open_now),
        decisions=standing.decisions_each(tenant, since=now - timedelta(days=LOAD_DAYS), members=members),
        deciders=len(members),
    )


def risky(tenant: Tenant, narrowed: Narrowed, *, now: datetime) -> QuerySet[SubjectRequest]:
    """Return what breaks the promise within hours, or has, what is due first on top."""
    return standing.at_risk(tenant, until=now + timedelta(hours=RISK_HOURS), narrowed=narrowed)


def _open_at_end(slots: Sequence[Figure], open_now: int) -> list[int]:
    """Return how many were open when each slot was over, reckoned back from those that are now."""
    ends = [open_now]
    for figure in reversed(slots[1:]):
        ends.append(ends[-1] - figure.received + figure.closed)
    return ends[::-1]


def _forecast(found: Mapping[Part, Figure], today: date, span: FigureSpan | None, open_now: int) -> Forecast:
    """Tell by the last days that are over; of a register that is younger, by the days it has."""
    began = span.first_day if span else min((part.day for part in found), default=today)
    days = min(PACE_DAYS, (today - began).days)
    first = today - timedelta(days=days)
    seen = [figure for part, figure in found.items() if first <= part.day < today and part.type != CHOICE]
    received, closed = sum(figure.received for figure in seen), sum(figure.closed for figure in seen)
    return forecast(open_now=open_now, received=received, closed=closed, days_seen=days)


def _stores(tenant: Tenant, period: Period, span: FigureSpan | None) -> list[StoreRow]:
    """Return every store of the data map, and any other that steps tell of; failing ones on top."""
    summed: dict[str, StoreFigure] = {}
    for part, figure in store_figures(tenant, first=period.first, last=period.last, span=span).items():
        summed.setdefault(part.dataset, StoreFigure()).add(figure)
    for figure in summed.values():  # told by the tenant's clock, on the page and in the file
        figure.last_done_at = figure.last_done_at and figure.last_done_at.astimezone(zone_of(tenant))
    failing, names = standing.failing_stores(tenant), _store_names(tenant)
    rows = [
        StoreRow(names.get(key, key), summed.get(key, StoreFigure()), failing.get(key, 0))
        for key in dict.fromkeys([*names, *summed, *failing])
    ]
    return sorted(rows, key=lambda row: (-row.failing, -row.figure.failed, row.name.casefold()))


def _store_names(tenant: Tenant) -> dict[str, str]:
    """Return what people call the stores; none while the data map has a mistake, which its own page tells."""
    try:
        datasets = tenant_map(tenant).data_map.datasets
    except (DataMapError, StoreConfigError):
        return {}
    return {dataset.key: told(dataset.name) or dataset.key for dataset in datasets}


def _deciders(tenant: Tenant) -> list[int]:
    """Return the accounts that may decide here."""
    members = Membership.objects.filter(tenant=tenant, role=Role.REVIEWER, user__is_active=True)
    return list(members.values_list("user_id", flat=True))
