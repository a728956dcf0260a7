"""When a row happened, as far as its collection tells: for "newest first" and for charts over time."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any

from dsar.bundle.contents import CollectionContents
from dsar.values import Row, at_path

_MOST_DAYS = 800  # beyond this only months are counted, so a store of wild dates cannot fill the memory
_MOST_MONTHS = 2400


def time_path(contents: CollectionContents) -> str | None:
    """Return the path of the field that orders the rows: retention's, else the first that only held datetimes."""
    retention = contents.collection.retention
    if retention is not None and retention.time_field:
        return retention.time_field
    return next(
        (
            item.name
            for item in contents.collection.readable
            if contents.types.get(item.name) == frozenset({"datetime"})
        ),
        None,
    )


def moment_of(row: Row, path: str | None) -> datetime | None:
    """Return the first value at the path as an aware datetime; None where it is missing or no date."""
    return None if path is None else next((_moment(value) for value in at_path(row, path)), None)


def _moment(value: Any) -> datetime | None:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        return _from_text(value) if isinstance(value, str) else datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError):
        return None  # a store's own spelling of a date: the row is delivered, it only cannot be ordered


def _from_text(value: str) -> datetime:
    moment = datetime.fromisoformat(value)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


class Calendar:
    """Counts rows by day and by month (UTC)."""

    def __init__(self) -> None:
        self._days: Counter[date] = Counter()
        self._months: Counter[date] = Counter()

    def add(self, moment: datetime) -> None:
        self.add_day(moment.date(), 1)

    def add_day(self, day: date, rows: int) -> None:
        if day in self._days or len(self._days) < _MOST_DAYS:
            self._days[day] += rows
        month = day.replace(day=1)
        if month in self._months or len(self._months) < _MOST_MONTHS:
            self._months[month] += rows

    def bars(self) -> tuple[str, list[tuple[date, int]]]:
        """Return the unit ("day", "week" or "month") that gives a readable number of bars, and the bars, gaps as 0."""
        if not self._days:
            return "day", []
        first, last = min(self._months), max(self._days)
        span = (last - min(self._days)).days + 1
        if len(self._days) == _MOST_DAYS or span > 26 * 7:
            return "month", _months(self._months, first)
        if span > 31:
            return "week", _weeks(self._days)
        return "day", [(day, self._days[day]) for day in _range(min(self._days), last, 1)]


def _range(first: date, last: date, step: int) -> list[date]:
    return [first + timedelta(days=offset) for offset in range(0, (last - first).days + 1, step)]


def _weeks(days: Counter[date]) -> list[tuple[date, int]]:
    weeks: Counter[date] = Counter()
    for day, count in days.items():
        weeks[day - timedelta(days=day.weekday())] += count
    return [(week, weeks[week]) for week in _range(min(weeks), max(weeks), 7)]


def _months(months: Counter[date], first: date) -> list[tuple[date, int]]:
    """Return the last 24 months that end with the newest one counted."""
    newest = max(months)
    index = newest.year * 12 + newest.month - 1
    wanted = [date(number // 12, number % 12 + 1, 1) for number in range(max(index - 23, 12), index + 1)]
    return [(month, months[month]) for month in wanted if month >= first]
