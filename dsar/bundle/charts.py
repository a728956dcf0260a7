"""The geometry of the two charts: bars over time and one bar of a share. Drawn as inline SVG by the templates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from dsar.bundle.display import day, month, number
from dsar.wording import N_, gettext

WIDTH = 640
HEIGHT = 120
_GAP = 0.22  # of a bar's slot
_HIGHEST = {
    "day": N_("{n} in the busiest day"),
    "week": N_("{n} in the busiest week"),
    "month": N_("{n} in the busiest month"),
}
_TEXTS = {
    "day": N_("{title}: {all} records by day from {first} to {last}; most, {most}, in the day of {peak}."),
    "week": N_("{title}: {all} records by week from {first} to {last}; most, {most}, in the week of {peak}."),
    "month": N_("{title}: {all} records by month from {first} to {last}; most, {most}, in the month of {peak}."),
}
_LEAST = 1.5  # a count of one must still be seen


@dataclass(frozen=True, slots=True)
class Bar:
    """A rectangle in the chart's units, from the top left."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class BarChart:
    """Bars over time with the words a person who cannot see them reads."""

    bars: tuple[Bar, ...]
    first: str
    last: str
    highest: str
    text: str
    width: int = WIDTH
    height: int = HEIGHT


def bar_chart(*, title: str, unit: str, bars: Sequence[tuple[date, int]]) -> BarChart:
    """Return the chart of counts per unit ("day", "week", "month")."""
    most = max(count for _, count in bars)
    slot = WIDTH / len(bars)
    name = month if unit == "month" else day
    first, last = name(bars[0][0]), name(bars[-1][0])
    peak = max(bars, key=lambda bar: bar[1])
    return BarChart(
        bars=tuple(_bar(index, count, slot, most) for index, (_, count) in enumerate(bars) if count),
        first=first,
        last=last,
        highest=gettext(_HIGHEST[unit]).format(n=number(most)),
        text=gettext(_TEXTS[unit]).format(
            title=title,
            all=number(sum(count for _, count in bars)),
            first=first,
            last=last,
            most=number(most),
            peak=name(peak[0]),
        ),
    )


def _bar(index: int, count: int, slot: float, most: int) -> Bar:
    height = max(_LEAST, HEIGHT * count / most)
    return Bar(
        x=round(index * slot + slot * _GAP / 2, 2),
        y=round(HEIGHT - height, 2),
        width=round(slot * (1 - _GAP), 2),
        height=round(height, 2),
    )


def share_bar(value: int, most: int, width: int = 100) -> float:
    """Return the length of a bar of `value` beside one of `most`: never zero for one record."""
    return round(max(1.0, width * value / most), 1) if value else 0.0
