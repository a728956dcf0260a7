"""When a queue will be empty, if everything goes on as it went."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Forecast:
    """`days` until nothing is open, 0 if nothing is; None: never at this pace, or nobody can tell (`days_seen` 0).

    `received` and `closed` are of a day, on average over `days_seen`.
    """

    days: int | None
    received: float
    closed: float
    days_seen: int

    @property
    def growth(self) -> float:
        """How many more are open after a week; below zero where the queue shrinks."""
        return 7 * (self.received - self.closed)


def forecast(*, open_now: int, received: int, closed: int, days_seen: int) -> Forecast:
    """Return what is to be expected of a queue, from what came and went in the last days."""
    if not days_seen:
        return Forecast(None if open_now else 0, 0.0, 0.0, 0)
    fewer = (closed - received) / days_seen
    if not open_now:
        days: int | None = 0
    else:
        days = math.ceil(open_now / fewer) if fewer > 0 else None
    return Forecast(days, received / days_seen, closed / days_seen, days_seen)
