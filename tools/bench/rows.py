"""One line of the table: what was measured, against what, and whether the aim was met."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Measured:
    """`value` and `aim` are in one unit (seconds, MiB, a ratio); less is better. `told` holds the figures behind it."""

    work: str
    value: float
    aim: float
    unit: str
    told: str

    @property
    def is_met(self) -> bool:
        return self.value <= self.aim

    @property
    def is_missed_by_half(self) -> bool:
        return self.value > 1.5 * self.aim

    @property
    def verdict(self) -> str:
        return "met" if self.is_met else "MISSED BY HALF AGAIN" if self.is_missed_by_half else "missed"
