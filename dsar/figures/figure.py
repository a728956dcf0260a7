"""Counts of requests that can be added up: of a day, a week, a type, a law."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from fractions import Fraction
from typing import TypeVar

Part = TypeVar("Part")

#: In the place of a type: opt-outs of sharing that were no request, made on a page or by a browser's signal.
CHOICE = "choice"


@dataclass(slots=True)
class Figure:
    """What dsar.models.DailyFigure says of a day, of as many days as were added.

    `hours` and `reasons` are counts by their names; hours are texts, as JSON has them.
    """

    received: int = 0
    fulfilled: int = 0
    partly: int = 0
    nothing: int = 0
    denied: int = 0
    unconfirmed: int = 0
    withdrawn: int = 0
    in_time: int = 0
    seconds: int = 0
    hours: dict[str, int] = field(default_factory=dict)
    reasons: dict[str, int] = field(default_factory=dict)

    @property
    def closed(self) -> int:
        return self.fulfilled + self.denied + self.withdrawn

    @property
    def answered(self) -> int:
        """Those that somebody confirmed and the company answered: what times and shares are of."""
        return self.fulfilled + self.denied - self.unconfirmed

    @property
    def share_in_time(self) -> float | None:
        """The part of the answered that kept the house promise; None where nothing was answered."""
        return self.in_time / self.answered if self.answered else None

    @property
    def mean_days(self) -> float | None:
        return self.seconds / self.answered / 86_400 if self.answered else None

    def within(self, share: Fraction) -> int | None:
        """Return within how many hours this share of the answered was closed (nearest rank); None without any."""
        wanted, seen = share * sum(self.hours.values()), 0
        for hours in sorted(map(int, self.hours)):
            seen += self.hours[str(hours)]
            if seen >= wanted:
                return hours
        return None

    def add(self, other: Figure) -> None:
        """Add another: a year of them is tens of thousands, so this is spelt out."""
        self.received += other.received
        self.fulfilled += other.fulfilled
        self.partly += other.partly
        self.nothing += other.nothing
        self.denied += other.denied
        self.unconfirmed += other.unconfirmed
        self.withdrawn += other.withdrawn
        self.in_time += other.in_time
        self.seconds += other.seconds
        for counts, more in ((self.hours, other.hours), (self.reasons, other.reasons)):
            for name, count in more.items():
                counts[name] = counts.get(name, 0) + count


NUMBERS = tuple(item.name for item in fields(Figure) if item.name not in ("hours", "reasons"))
HALF, MOST = Fraction(1, 2), Fraction(19, 20)


def total(figures: Iterable[Figure]) -> Figure:
    """Return the sum of figures."""
    summed = Figure()
    for figure in figures:
        summed.add(figure)
    return summed


def summed_by(figures: Iterable[tuple[Part, Figure]]) -> dict[Part, Figure]:
    """Return the figures added up by what they are part of."""
    found: dict[Part, Figure] = {}
    for part, figure in figures:
        found.setdefault(part, Figure()).add(figure)
    return found
