"""The house promise: 48 hours from receipt."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from dsar.deadlines.readings import ClockReading, Pause, TraceLine
from dsar.wording import N_

HOUSE_PROMISE = timedelta(hours=48)


def house_clock(*, received_at: datetime, pauses: Sequence[Pause], now: datetime) -> ClockReading:
    """Return the house promise: 48 hours from receipt, stopped while the person owes an answer.

    Source: the privacy policy ("Response time: Within 48 hours").
    """
    received_at, now = received_at.astimezone(UTC), now.astimezone(UTC)
    trace = [TraceLine(received_at + HOUSE_PROMISE, N_("48 hours from receipt"), N_("privacy policy, Contact Us"))]
    stopped = timedelta()
    for pause in pauses:
        length = max(timedelta(), _end_of_pause(pause, now) - max(pause.started_at.astimezone(UTC), received_at))
        stopped += length
        due = received_at + HOUSE_PROMISE + stopped
        trace.append(TraceLine(due, f"paused for {_hours(length)}: {pause.reason}", N_("house rule")))
    due_at = received_at + HOUSE_PROMISE + stopped
    running = now - received_at - stopped
    paused = any(pause.ended_at is None for pause in pauses)
    return ClockReading("house", received_at, due_at, max(0.0, running / HOUSE_PROMISE), paused, tuple(trace))


def _end_of_pause(pause: Pause, now: datetime) -> datetime:
    return pause.ended_at.astimezone(UTC) if pause.ended_at else now


def _hours(length: timedelta) -> str:
    hours, rest = divmod(int(length.total_seconds()), 3600)
    return f"{hours} h {rest // 60} min"
