"""What part of their data a person asked for: all of it, unless they said less."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any


@dataclass(frozen=True, slots=True)
class Part:
    """`topics` are chapters of the report, none for all; the days are the first and the last, None for no limit.

    Days are those of `zone` (IANA), in which a moment belongs to a day.
    """

    topics: tuple[str, ...] = ()
    first_day: date | None = None
    last_day: date | None = None
    zone: str = "UTC"

    @property
    def is_dated(self) -> bool:
        return self.first_day is not None or self.last_day is not None

    @property
    def is_whole(self) -> bool:
        return not self.topics and not self.is_dated

    def document(self) -> dict[str, Any]:
        """Return it in types that JSON has."""
        days = {"first_day": self.first_day, "last_day": self.last_day}
        return {"topics": list(self.topics), **{name: day.isoformat() if day else None for name, day in days.items()}}


WHOLE = Part()


def read_part(document: dict[str, Any], *, zone: str) -> Part:
    """Return what `document` wrote; nothing written is everything."""
    first, last = document.get("first_day"), document.get("last_day")
    return Part(tuple(document.get("topics", ())), _day(first), _day(last), zone)


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
