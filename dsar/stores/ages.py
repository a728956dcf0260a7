"""How old a row is, by the value of its time field: past a moment, in time, or not to be told.

What cannot be told is never past: a value without a time zone where nobody has said which is meant, a text that is no
moment, nothing at all. Where a value may mean two moments (the hour that a clock is turned back), the later one counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from enum import Enum
from zoneinfo import ZoneInfo

from dsar.values import Row, Value, at_path


class Age(Enum):
    """What a time field says. Only PAST rows are ever deleted."""

    PAST = "past"
    IN_TIME = "in time"
    FUTURE = "in the future"
    MISSING = "without a time"
    NO_ZONE = "without a time zone"
    NO_MOMENT = "that is no time"


@dataclass(frozen=True, slots=True)
class Limit:
    """A moment in each form that a time field may have: what is less than it is before it.

    `local` and `day` are in the zone that the map names, and None where it names none. A day is before the moment
    once it is over.
    """

    instant: datetime
    local: datetime | None
    day: date | None

    def is_after(self, value: date) -> bool | None:
        """Return whether the moment is after a value; None if the value has no zone and nobody has said which."""
        if not isinstance(value, datetime):
            return None if self.day is None else value < self.day
        if value.tzinfo is not None:
            return value < self.instant
        return None if self.local is None else value < self.local


def limit(moment: datetime, zone: str | None) -> Limit:
    """Return an aware moment as a limit; `zone` is the IANA name of what values without a zone are meant in."""
    if zone is None:
        return Limit(moment.astimezone(UTC), None, None)
    local = moment.astimezone(ZoneInfo(zone))
    first, second = local.replace(fold=0).utcoffset(), local.replace(fold=1).utcoffset()
    assert first is not None  # noqa: S101 - a ZoneInfo always has one
    assert second is not None  # noqa: S101
    # In the first pass of an hour that comes twice: what reads the same may be of the second pass, which is to come.
    back = first - second if local.fold == 0 and first > second else None
    naive = local.replace(tzinfo=None, fold=0)
    return Limit(moment.astimezone(UTC), naive - back if back else naive, local.date())


def parsed(value: Value) -> Value:
    """Return a text as the date or moment that it writes (ISO 8601), anything else as it is."""
    if not isinstance(value, str):
        return value
    try:
        return date.fromisoformat(value) if len(value) == len("2026-01-31") else datetime.fromisoformat(value)
    except ValueError:
        return value


def instant(value: Value, zone: str | None) -> datetime | None:
    """Return a moment in UTC, a day as its beginning; None for what is neither, or has no zone that is known."""
    if not isinstance(value, date):
        return None
    moment = value if isinstance(value, datetime) else datetime.combine(value, time())
    if moment.tzinfo is None and zone is not None:
        moment = moment.replace(tzinfo=ZoneInfo(zone))
    return moment.astimezone(UTC) if moment.tzinfo else None


def age_of(row: Row, path: str, *, past: Limit, now: Limit) -> Age:
    """Return how old a row is; of several values at the path the one that keeps it longest counts."""
    if "." not in path and isinstance(value := row.get(path), date):
        return _age(value, past, now)  # as in most rows: of one value there is no walk
    ages = {_age(parsed(value), past, now) for value in at_path(row, path) if value is not None}
    return next((age for age in _KEEPING_FIRST if age in ages), Age.MISSING)


_KEEPING_FIRST = (Age.NO_MOMENT, Age.NO_ZONE, Age.FUTURE, Age.IN_TIME, Age.PAST)


def _age(value: Value, past: Limit, now: Limit) -> Age:
    if not isinstance(value, date):
        return Age.NO_MOMENT
    is_past = past.is_after(value)
    if is_past is None:
        return Age.NO_ZONE
    if is_past:
        return Age.PAST
    is_future = not now.is_after(value) and not _is_today(value, now)
    return Age.FUTURE if is_future else Age.IN_TIME


def _is_today(value: date, now: Limit) -> bool:
    return not isinstance(value, datetime) and value == now.day
