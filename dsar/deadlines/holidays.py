"""The days that are no business days, though in the week.

California's regulations speak of business days and do not say which they are. A day is left out only if it is a public
holiday by both calendars that may be meant: the federal one (5 U.S.C. 6103) and California's (Gov. Code §6700, §6701).
A day that only one of them leaves out is counted, so that an error can only make us early.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache

_MONDAY, _THURSDAY, _SATURDAY, _SUNDAY = 0, 3, 5, 6
_JUNETEENTH_SINCE = 2023  # federal since 2021, California's since Assembly Bill 1655


def is_holiday(day: date) -> bool:
    """Tell whether both calendars have a holiday on a day."""
    return day in _holidays(day.year)


@cache
def _holidays(year: int) -> frozenset[date]:
    # On a Saturday the federal calendar alone moves these to Friday; on a Sunday both move them to Monday.
    on_monday = [_after_sunday(date(year, month, day)) for month, day in ((1, 1), (7, 4), (12, 25))]
    juneteenth = [date(year, 6, 19)] if year >= _JUNETEENTH_SINCE else []  # California moves it nowhere
    moving = [
        _nth(year, 1, _MONDAY, 3),  # Birthday of Martin Luther King, Jr.
        _nth(year, 2, _MONDAY, 3),  # Washington's Birthday
        _nth(year, 6, _MONDAY, 1) - timedelta(days=7),  # Memorial Day: the last Monday of May
        _nth(year, 9, _MONDAY, 1),  # Labor Day
        _nth(year, 10, _MONDAY, 2),  # Columbus Day
        _nth(year, 11, _THURSDAY, 4),  # Thanksgiving Day
    ]
    return frozenset([*on_monday, *juneteenth, _veterans_day(year), *moving])


def _veterans_day(year: int) -> date:
    """Return the one holiday that both calendars move from Saturday to Friday, too."""
    day = date(year, 11, 11)
    return day - timedelta(days=1) if day.weekday() == _SATURDAY else _after_sunday(day)


def _after_sunday(day: date) -> date:
    return day + timedelta(days=1) if day.weekday() == _SUNDAY else day


def _nth(year: int, month: int, weekday: int, count: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (count - 1))
