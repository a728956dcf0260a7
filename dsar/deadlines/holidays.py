"""The legal public holidays of the United States: 5 U.S.C. 6103(a), and the days they are observed on.

A holiday on a Saturday is observed the Friday before (6103(b)), on a Sunday the Monday after (Executive Order 11582).
Inauguration Day is one in the capital's area alone, and is left out.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache

_MONDAY, _THURSDAY = 0, 3
_JUNETEENTH_SINCE = 2021  # Public Law 117-17


def is_federal_holiday(day: date) -> bool:
    """Tell whether a federal holiday is observed on a day. New Year's Day may be on 31 December."""
    return day in _observed(day.year) or day in _observed(day.year + 1)


@cache
def _observed(year: int) -> frozenset[date]:
    fixed = [date(year, 1, 1), date(year, 7, 4), date(year, 11, 11), date(year, 12, 25)]
    if year >= _JUNETEENTH_SINCE:
        fixed.append(date(year, 6, 19))
    moving = [
        _nth(year, 1, _MONDAY, 3),  # Birthday of Martin Luther King, Jr.
        _nth(year, 2, _MONDAY, 3),  # Washington's Birthday
        _nth(year, 6, _MONDAY, 1) - timedelta(days=7),  # Memorial Day: the last Monday of May
        _nth(year, 9, _MONDAY, 1),  # Labor Day
        _nth(year, 10, _MONDAY, 2),  # Columbus Day
        _nth(year, 11, _THURSDAY, 4),  # Thanksgiving Day
    ]
    shift = {5: timedelta(days=-1), 6: timedelta(days=1)}
    return frozenset([*moving, *(day + shift.get(day.weekday(), timedelta()) for day in fixed)])


def _nth(year: int, month: int, weekday: int, count: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (count - 1))
