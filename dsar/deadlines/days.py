"""Counting days, months and business days."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from dsar.deadlines.holidays import is_holiday

_FRIDAY = 4


def add_months(day: date, months: int) -> date:
    """Return the same day so many months later, or that month's last day where it has no such day."""
    years, month = divmod(day.month - 1 + months, 12)
    first = date(day.year + years, month + 1, 1)
    following = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    return min(first + timedelta(days=day.day - 1), following - timedelta(days=1))


def add_business_days(day: date, count: int) -> date:
    """Return the last of so many business days after a day, which does not count itself.

    A business day is Monday to Friday and no public holiday of the United States and California (`holidays`).
    """
    while count > 0:
        day += timedelta(days=1)
        count -= day.weekday() <= _FRIDAY and not is_holiday(day)
    return day


def next_weekday(day: date) -> date:
    """Return the Monday after a Saturday or Sunday; any other day as it is."""
    return day + timedelta(days={5: 2, 6: 1}.get(day.weekday(), 0))


def end_of(day: date, zone: str) -> datetime:
    """Return the last second of a day in a zone."""
    return datetime.combine(day, time(23, 59, 59), ZoneInfo(zone))
