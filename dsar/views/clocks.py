"""Clocks as pages show them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from dsar.deadlines import REGIMES, ClockReading, TraceLine
from dsar.views.moments import exactly, in_words
from dsar.wording import told

_NEAR, _OVER = 0.75, 1.0


@dataclass(frozen=True, slots=True)
class ClockView:
    """One clock: `fraction` of its time used up, `left` in words, `spoken` for screen readers."""

    label: str
    left: str
    fraction: float
    kind: str
    spoken: str
    due_at: datetime
    trace: tuple[TraceLine, ...]


def clock_view(reading: ClockReading, *, now: datetime, closed_at: datetime | None = None) -> ClockView:
    """Return how a reading is shown at `now`; a closed request's clock tells how long it took."""
    label = clock_label(reading.name)
    left = _left(reading, now=now, closed_at=closed_at)
    return ClockView(
        label=label,
        left=left,
        fraction=reading.fraction,
        kind=_kind(reading, closed=closed_at is not None),
        spoken=_("%(clock)s: %(left)s, due %(due)s") % {"clock": label, "left": left, "due": exactly(reading.due_at)},
        due_at=reading.due_at,
        trace=reading.trace,
    )


def clock_label(name: str) -> str:
    """Return what people call a clock of dsar.deadlines."""
    return _("48-hour promise") if name == "house" else told(REGIMES[name].label)


def _left(reading: ClockReading, *, now: datetime, closed_at: datetime | None) -> str:
    if closed_at is not None:
        return _("took %(time)s") % {"time": in_words(reading.started_at, now=closed_at)}
    if reading.paused:
        return _("paused")
    words = in_words(reading.due_at, now=now)
    if reading.due_at < now:
        return _("%(time)s over") % {"time": words}
    return _("%(time)s left") % {"time": words}


def _kind(reading: ClockReading, *, closed: bool) -> str:
    if reading.fraction > _OVER:
        return "bad"
    if closed:
        return "good"
    if reading.paused:
        return "paused"
    return "warn" if reading.fraction >= _NEAR else ""
