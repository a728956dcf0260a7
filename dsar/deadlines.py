"""When an answer is due: date arithmetic only. Pure; `now` is never read here.

Two clocks run for every request: the house promise (48 hours from receipt) and the law's. Each answers
with a reading that carries its own explanation, line by line, so that a person, a reviewer and an
auditor can follow it. Further regimes are further entries of `LEGAL_CLOCKS`.

Hours are reckoned in UTC: Python reckons two moments of one zone by its wall clock, which skips or repeats one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

HOUSE_PROMISE = timedelta(hours=48)
WARNING_FRACTIONS = (0.5, 0.75, 0.9)


@dataclass(frozen=True, slots=True)
class Pause:
    """A time in which the person owed an answer; `ended_at` None while it lasts. Aware datetimes."""

    started_at: datetime
    reason: str
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class TraceLine:
    """One step of the reckoning: what was done, where that left the date, and by which rule."""

    at: datetime
    text: str
    source: str


@dataclass(frozen=True, slots=True)
class ClockReading:
    """A clock as it stands: `fraction` is the share of its time used up, 0.0 and up (over 1.0 is overdue)."""

    name: str
    started_at: datetime
    due_at: datetime
    fraction: float
    paused: bool
    trace: tuple[TraceLine, ...]

    def warnings(self) -> tuple[float, ...]:
        """Return the warning fractions that have been reached."""
        return tuple(share for share in WARNING_FRACTIONS if self.fraction >= share)


def house_clock(*, received_at: datetime, pauses: Sequence[Pause], now: datetime) -> ClockReading:
    """Return the house promise: 48 hours from receipt, stopped while the person owes an answer.

    Source: the privacy policy ("Response time: Within 48 hours").
    """
    received_at, now = received_at.astimezone(UTC), now.astimezone(UTC)
    trace = [TraceLine(received_at + HOUSE_PROMISE, "48 hours from receipt", "privacy policy, Contact Us")]
    stopped = timedelta()
    for pause in pauses:
        length = max(timedelta(), _end_of_pause(pause, now) - max(pause.started_at.astimezone(UTC), received_at))
        stopped += length
        due = received_at + HOUSE_PROMISE + stopped
        trace.append(TraceLine(due, f"paused for {_hours(length)}: {pause.reason}", "house rule"))
    due_at = received_at + HOUSE_PROMISE + stopped
    running = now - received_at - stopped
    paused = any(pause.ended_at is None for pause in pauses)
    return ClockReading("house", received_at, due_at, max(0.0, running / HOUSE_PROMISE), paused, tuple(trace))


def gdpr_clock(*, received_at: datetime, zone: str, now: datetime, extended: bool = False) -> ClockReading:
    """Return the term of GDPR Article 12(3): one month from receipt, two more when extended.

    Counted as Regulation 1182/71 counts months: the day of receipt does not count, the term ends with the
    last hour of the day of the same number (or the month's last day), and a Saturday or Sunday moves it to
    Monday. Public holidays are not moved for, which can only make us early.
    """
    received_at, now = received_at.astimezone(UTC), now.astimezone(UTC)
    local = received_at.astimezone(ZoneInfo(zone))
    end = add_months(local.date(), 1)
    trace = [TraceLine(_end_of(end, zone), "one month from receipt", "GDPR Article 12(3)")]
    if extended:
        end = add_months(local.date(), 3)
        trace.append(TraceLine(_end_of(end, zone), "extended by two further months", "GDPR Article 12(3)"))
    working = _next_working_day(end)
    if working != end:
        trace.append(
            TraceLine(_end_of(working, zone), f"{end:%A} moves to {working:%A}", "Regulation 1182/71 Article 3(4)")
        )
    due_at = _end_of(working, zone)
    fraction = max(0.0, (now - received_at) / (due_at - received_at))
    return ClockReading("gdpr", received_at, due_at, fraction, paused=False, trace=tuple(trace))


LegalClock = Callable[..., ClockReading]
#: Regime -> its clock. Callers pass received_at, zone, now, extended by keyword.
LEGAL_CLOCKS: Mapping[str, LegalClock] = {"gdpr": gdpr_clock}


def add_months(day: date, months: int) -> date:
    """Return the same day so many months later, or that month's last day where it has no such day."""
    years, month = divmod(day.month - 1 + months, 12)
    first = date(day.year + years, month + 1, 1)
    following = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    return min(first + timedelta(days=day.day - 1), following - timedelta(days=1))


def _end_of_pause(pause: Pause, now: datetime) -> datetime:
    return pause.ended_at.astimezone(UTC) if pause.ended_at else now


def _next_working_day(day: date) -> date:
    return day + timedelta(days={5: 2, 6: 1}.get(day.weekday(), 0))


def _end_of(day: date, zone: str) -> datetime:
    return datetime.combine(day, time(23, 59, 59), ZoneInfo(zone))


def _hours(length: timedelta) -> str:
    hours, rest = divmod(int(length.total_seconds()), 3600)
    return f"{hours} h {rest // 60} min"
