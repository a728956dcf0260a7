"""Rows outside the days that a person asked for are left out. What has no date that can be read stays in. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from dsar.bundle.part import Part
from dsar.datamap.model import Collection
from dsar.fulfilment.walk import CollectionCounts, Sink
from dsar.stores.ages import parsed
from dsar.values import Row, Value, at_path

#: A moment without a zone that nobody has named is on a day that is told this well.
_ROUGHLY = timedelta(days=1)


def moment_field(collection: Collection) -> str:
    """Return the path of the field that says when a row was; "" where the map names none."""
    return (collection.retention.time_field if collection.retention else None) or ""


class Dated:
    """A sink that hands on the rows of the days that were asked for, and counts the others."""

    def __init__(self, sink: Sink, part: Part) -> None:
        self._sink, self._part = sink, part
        self._outside: Counter[str] = Counter()

    def __call__(self, collection: Collection, rows: Sequence[Row]) -> None:
        path = moment_field(collection) if self._part.is_dated else ""
        if not path:
            self._sink(collection, rows)
            return
        zone = collection.retention.zone if collection.retention else None
        kept = [row for row in rows if not is_outside(row, path, self._part, zone)]
        self._outside[collection.name] += len(rows) - len(kept)
        if kept:
            self._sink(collection, kept)

    def settle(self, counts: Mapping[str, CollectionCounts]) -> None:
        """Count as delivered what was handed on."""
        for name, outside in self._outside.items():
            if name in counts:
                counts[name].rows -= outside
                counts[name].outside += outside


def is_outside(row: Row, path: str, part: Part, zone: str | None) -> bool:
    """Return whether every moment of a row is outside the days; one that cannot be read is not.

    `zone` is the IANA name of what moments without a zone are meant in, None where nobody says.
    """
    values = [value for value in at_path(row, path) if value is not None]
    return bool(values) and all(_is_outside(parsed(value), part, zone) for value in values)


def _is_outside(value: Value, part: Part, zone: str | None) -> bool:
    if not isinstance(value, date):
        return False
    day, margin = _day(value, part.zone, zone)
    first, last = part.first_day, part.last_day
    return (first is not None and day + margin < first) or (last is not None and day - margin > last)


def _day(value: date, zone: str, meant: str | None) -> tuple[date, timedelta]:
    """Return on which day of a zone a moment was, and how surely."""
    if not isinstance(value, datetime):
        return _bounded(value), timedelta()
    if value.tzinfo is None and meant is None:
        return _bounded(value.date()), _ROUGHLY
    moment = value if value.tzinfo else value.replace(tzinfo=ZoneInfo(str(meant)))
    try:
        return _bounded(moment.astimezone(ZoneInfo(zone)).date()), timedelta()
    except OverflowError:  # the first or the last moment that can be written
        return _bounded(moment.replace(tzinfo=UTC).date()), _ROUGHLY


def _bounded(day: date) -> date:
    """Return the day where a day more or less can still be written."""
    return min(max(day, date.min + _ROUGHLY), date.max - _ROUGHLY)
