"""What a clock answers: a date, and every step of the way to it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

WARNING_FRACTIONS = (0.5, 0.75, 0.9)


@dataclass(frozen=True, slots=True)
class Pause:
    """A time in which the person owed an answer; `ended_at` None while it lasts. Aware datetimes.

    `is_clarification`: the team asked which data is meant. Only that stops a law's clock, where that law says so.
    """

    started_at: datetime
    reason: str
    ended_at: datetime | None = None
    is_clarification: bool = False


@dataclass(frozen=True, slots=True)
class TraceLine:
    """One step of the reckoning: what was done, where that left the date, and by which rule."""

    at: datetime
    text: str
    source: str


@dataclass(frozen=True, slots=True)
class ClockReading:
    """A clock as it stands: `fraction` is the share of its time used up, 0.0 and up (over 1.0 is overdue).

    `name` is "house" or a key of REGIMES. `trace` leads to `due_at`; `duties` are what else is owed on the way,
    each with its own end: the acknowledgement, the notice of an extension.
    """

    name: str
    started_at: datetime
    due_at: datetime
    fraction: float
    paused: bool
    trace: tuple[TraceLine, ...]
    duties: tuple[TraceLine, ...] = ()

    def warnings(self) -> tuple[float, ...]:
        """Return the warning fractions that have been reached."""
        return tuple(share for share in WARNING_FRACTIONS if self.fraction >= share)
