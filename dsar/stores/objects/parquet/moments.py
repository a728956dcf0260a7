"""Parquet's counted days, moments, hours and spans as Python's, and as text where Python cannot hold them.

Python ends at microseconds and at the years 1 and 9999. What is beyond becomes the same ISO 8601 text with nine digits,
and a year as XML Schema 1.1 (dateTime) writes it; a span beyond becomes the exact number of its seconds.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from decimal import Decimal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dsar.values import Value

Make = Callable[[int], Value]

#: Nanoseconds of each of Arrow's units.
_NANOSECONDS = {"s": 1_000_000_000, "ms": 1_000_000, "us": 1_000, "ns": 1}
_DAY = 86_400 * 1_000_000_000
_EPOCH_DAY = date(1970, 1, 1).toordinal()
_MIDNIGHT = datetime(1970, 1, 1, tzinfo=UTC)
_OFFSET = re.compile(r"([+-])([01][0-9]|2[0-3]):?([0-5][0-9])")
_DAYS_OF_400_YEARS = 146_097


def date_reader(bits: int) -> Make:
    """Return what makes a date: of days (32 bits) or of milliseconds (64 bits) since 1970."""
    return _date if bits == 32 else lambda count: _date(count // 86_400_000)


def moment_reader(unit: str, zone: str | None) -> Make:
    """Return what makes a moment, in the column's zone if it has one; in UTC where that is unknown here."""
    scale, where = _NANOSECONDS[unit], _zone(zone)
    epoch, is_moved = datetime(1970, 1, 1, tzinfo=UTC if zone else None), where not in (None, UTC)

    def make(count: int) -> Value:
        micros, rest = divmod(count * scale, 1_000)
        try:
            moment = epoch + timedelta(0, 0, micros)
            moment = moment.astimezone(where) if is_moved else moment
        except OverflowError:
            return _moment_text(count * scale, "+00:00" if zone else "")
        return moment if not rest else _with_nanoseconds(moment.isoformat(timespec="microseconds"), rest)

    return make


def time_reader(unit: str) -> Make:
    """Return what makes an hour of a day; one that no day has stays the number of its seconds."""
    scale = _NANOSECONDS[unit]

    def make(count: int) -> Value:
        if not 0 <= count * scale < _DAY:
            return _seconds(count * scale)
        micros, rest = divmod(count * scale, 1_000)
        hour = (_MIDNIGHT + timedelta(microseconds=micros)).time()
        return hour if not rest else _with_nanoseconds(hour.isoformat(timespec="microseconds"), rest)

    return make


def duration_reader(unit: str) -> Make:
    """Return what makes a span of time."""
    scale = _NANOSECONDS[unit]

    def make(count: int) -> Value:
        micros, rest = divmod(count * scale, 1_000)
        try:
            return _seconds(count * scale) if rest else timedelta(microseconds=micros)
        except OverflowError:
            return _seconds(count * scale)

    return make


def _date(days: int) -> Value:
    try:
        return date.fromordinal(days + _EPOCH_DAY)
    except (ValueError, OverflowError):
        return _date_text(days)


def _date_text(days: int) -> str:
    """Return a day of any year of the Gregorian calendar, which repeats itself every 400 years."""
    cycles, rest = divmod(days + _EPOCH_DAY - 1, _DAYS_OF_400_YEARS)
    within = date.fromordinal(rest + 1)
    year = within.year + 400 * cycles
    return f"{'-' if year < 0 else ''}{abs(year):04}-{within.month:02}-{within.day:02}"


def _moment_text(nanoseconds: int, offset: str) -> str:
    days, within = divmod(nanoseconds, _DAY)
    seconds, fraction = divmod(within, 1_000_000_000)
    hour = time(seconds // 3600, seconds // 60 % 60, seconds % 60).isoformat()
    return f"{_date_text(days)}T{hour}{f'.{fraction:09}' if fraction else ''}{offset}"


def _with_nanoseconds(text: str, rest: int) -> str:
    """Return an ISO 8601 text of microseconds with three more digits, before its offset if it has one."""
    end = text.index(".") + 7
    return f"{text[:end]}{rest:03}{text[end:]}"


def _seconds(nanoseconds: int) -> Decimal:
    return Decimal(nanoseconds).scaleb(-9)


def _zone(name: str | None) -> tzinfo | None:
    if not name:
        return None
    if offset := _OFFSET.fullmatch(name):
        span = timedelta(hours=int(offset[2]), minutes=int(offset[3]))
        return timezone(-span if offset[1] == "-" else span)
    try:
        return UTC if name == "UTC" else ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC
