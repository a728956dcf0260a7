"""What happened to requests on each of some days, counted from the register. The days are those of a zone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.db.models import Case, Count, DateField, Exists, F, OuterRef, Q, QuerySet, Sum, Value, When
from django.db.models.functions import TruncDate

from accounts.models import Tenant
from dsar.counting.sql import Between
from dsar.figures import CHOICE, Figure
from dsar.models import ChangedBy, ClockPause, Outcome, PreferenceChange, Purpose, Status, SubjectRequest

On = Callable[[str], Value | TruncDate]
#: A pause that lasted until its request was closed, and began before the promise was broken: then it was kept.
_PAUSED_UNTIL_CLOSED = ClockPause.objects.filter(
    Q(ended_at=None) | Q(ended_at__gte=OuterRef("closed_at")),
    subject_request=OuterRef("pk"),
    started_at__lte=OuterRef("due_at"),
)
#: What of the columns of a request decides where it is counted.
_CLOSED = ("day", "type", "regime", "status", "outcome", "denial_reason", "was_confirmed", "kept", "begun_hours")


class Part(NamedTuple):
    """What one figure is of."""

    day: date
    type: str
    regime: str


def start_of(day: date, zone: ZoneInfo) -> datetime:
    """Return the first moment of a day in a zone."""
    return datetime.combine(day, time(), zone)


def day_of(column: str, *, first: date, last: date, zone: ZoneInfo) -> Value | TruncDate:
    """Return the expression of the day that a moment between two days is on.

    Of one day it is known: on SQLite to ask for it is a call of Python for each row.
    """
    return Value(first, output_field=DateField()) if first == last else TruncDate(column, tzinfo=zone)


def kept_promise() -> Case:
    """Return the expression that tells of a closed request whether it was closed within the house promise."""
    on_time = Q(closed_at__lte=F("due_at")) | Q(Exists(_PAUSED_UNTIL_CLOSED))
    return Case(When(on_time, then=Value(1)), default=Value(0))


def days(tenant: Tenant, *, first: date, last: date, zone: ZoneInfo) -> dict[Part, Figure]:
    """Return what happened from a day to another, both counted; a part without anything is not there."""
    start, end = start_of(first, zone), start_of(last + timedelta(days=1), zone)
    own = SubjectRequest.objects.filter(tenant=tenant).order_by()
    found: dict[Part, Figure] = {}
    on = partial(day_of, first=first, last=last, zone=zone)
    for day, kind, regime, count in _received(own.filter(received_at__gte=start, received_at__lt=end), on):
        _at(found, Part(day, kind, regime)).received = count
    for row in _closed(own.filter(closed_at__gte=start, closed_at__lt=end), on):
        _add_closed(_at(found, Part(row["day"], row["type"], row["regime"])), row)
    for day, count in _choices(tenant, start, end, on):
        if count:  # of one day that nothing is of there is a row, too
            found[Part(day, CHOICE, "")] = Figure(received=count, fulfilled=count, in_time=count, hours={"0": count})
    return found


def _at(found: dict[Part, Figure], part: Part) -> Figure:
    return found.setdefault(part, Figure())


def _received(requests: QuerySet[SubjectRequest], on: On) -> Iterable[tuple[date, str, str, int]]:
    by_day = requests.annotate(day=on("received_at")).values_list("day", "type", "regime")
    return by_day.annotate(count=Count("pk"))


def _closed(requests: QuerySet[SubjectRequest], on: On) -> Iterable[Mapping[str, Any]]:
    took = Between("closed_at", "received_at")
    told = requests.annotate(
        day=on("closed_at"),
        was_confirmed=Case(When(verified_at=None, then=Value(0)), default=Value(1)),
        kept=kept_promise(),
        took=took,
        begun_hours=(took + 3599) / 3600,
    )
    rows: QuerySet[Any, dict[str, Any]] = told.values(*_CLOSED).annotate(count=Count("pk"), seconds=Sum("took"))
    return rows


def _add_closed(figure: Figure, row: Mapping[str, Any]) -> None:
    count = row["count"]
    if row["status"] == Status.WITHDRAWN:
        figure.withdrawn += count
        return
    if row["status"] == Status.FULFILLED:
        figure.fulfilled += count
        figure.partly += count if row["outcome"] == Outcome.PARTIAL else 0
        figure.nothing += count if row["outcome"] == Outcome.NONE else 0
    else:
        figure.denied += count
        figure.reasons[row["denial_reason"]] = figure.reasons.get(row["denial_reason"], 0) + count
        if not row["was_confirmed"]:
            figure.unconfirmed += count
            return
    figure.in_time += count if row["kept"] else 0
    figure.seconds += row["seconds"]
    hours = str(row["begun_hours"])
    figure.hours[hours] = figure.hours.get(hours, 0) + count


def _choices(tenant: Tenant, start: datetime, end: datetime, on: On) -> Iterable[tuple[date, int]]:
    """Yield opt-outs of sharing, day by day; those that a request brought are counted as that request."""
    own = PreferenceChange.objects.filter(tenant=tenant, purpose=Purpose.SHARING, given=False)
    refused = own.filter(at__gte=start, at__lt=end).exclude(how=ChangedBy.OBJECTION).order_by()
    return refused.annotate(day=on("at")).values_list("day").annotate(count=Count("pk"))
