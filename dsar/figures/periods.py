"""Periods that figures are told of, and the parts of time that a chart has a bar for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from dsar.deadlines import add_months


class Unit(StrEnum):
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Slot:
    """A part of a period, both days counted."""

    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Period:
    """Days from the first to the last, both counted; the slots follow each other without a gap."""

    unit: Unit
    slots: tuple[Slot, ...]

    @property
    def first(self) -> date:
        return self.slots[0].first

    @property
    def last(self) -> date:
        return self.slots[-1].last

    def places(self) -> Mapping[date, int]:
        """Return for each day the number of the slot it is in."""
        return {
            slot.first + timedelta(days=number): place
            for place, slot in enumerate(self.slots)
            for number in range((slot.last - slot.first).days + 1)
        }


#: How many units back a period begins, this one counted, by the word it has in an address.
PERIODS: Mapping[str, tuple[Unit, int]] = {"4w": (Unit.DAY, 28), "13w": (Unit.WEEK, 13), "12m": (Unit.MONTH, 12)}


def period(word: str, *, today: date) -> Period:
    """Return a period that ends today: its last week or month is not over. Raises KeyError for no word of PERIODS."""
    unit, count = PERIODS[word]
    begin = _begin(unit, today)
    starts = [_earlier(unit, begin, back) for back in reversed(range(count))]
    ends = [start - timedelta(days=1) for start in starts[1:]] + [today]
    return Period(unit, tuple(Slot(*days) for days in zip(starts, ends, strict=True)))


def whole_months(count: int, *, today: date) -> Period:
    """Return so many months that are over."""
    begin = _begin(Unit.MONTH, today)
    starts = [_earlier(Unit.MONTH, begin, back) for back in reversed(range(1, count + 1))]
    ends = [start - timedelta(days=1) for start in [*starts[1:], begin]]
    return Period(Unit.MONTH, tuple(Slot(*days) for days in zip(starts, ends, strict=True)))


def _begin(unit: Unit, day: date) -> date:
    """Return the first day of the unit that a day is in; a week begins on Monday."""
    if unit is Unit.MONTH:
        return day.replace(day=1)
    return day - timedelta(days=day.weekday()) if unit is Unit.WEEK else day


def _earlier(unit: Unit, begin: date, back: int) -> date:
    if unit is Unit.MONTH:
        return add_months(begin, -back)
    return begin - timedelta(days=back * (7 if unit is Unit.WEEK else 1))
