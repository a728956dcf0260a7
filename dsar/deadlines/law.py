"""The law's clock, for every regime alike."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from dsar.deadlines.days import add_months, end_of, next_weekday
from dsar.deadlines.readings import ClockReading, Pause, TraceLine
from dsar.deadlines.regimes import Regime, Rule
from dsar.wording import N_


class NoExtensionError(ValueError):
    """This law knows no extension."""


@dataclass(frozen=True, slots=True)
class _Term:
    """A term as it runs out: its last day, how it came to that, and what was left when it stopped (None: it runs)."""

    due_at: datetime
    trace: tuple[TraceLine, ...]
    left_when_stopped: timedelta | None


def legal_clock(
    regime: Regime,
    *,
    received_at: datetime,
    zone: str,
    now: datetime,
    extended: bool = False,
    pauses: Sequence[Pause] = (),
) -> ClockReading:
    """Return the term of a law, in days of `zone`: that of receipt does not count, and the last runs to its end.

    `pauses` may be of every kind: only a clarification counts, and only where the law stops for one. While it stops,
    the fraction stands still and the date moves on day by day. The day of the question is taken out of the term, that
    of the answer is not (UK GDPR Article 12A(6) would allow it), so answered on the same day it stops nothing.
    Raises NoExtensionError.
    """
    received_at, now = received_at.astimezone(UTC), now.astimezone(UTC)
    stops = _stops(regime, pauses)
    term = _term(regime, received_at=received_at, zone=zone, now=now, extended=extended, stops=stops)
    unstopped = notice = term  # nearly every request has neither stops nor an extension: then all three are one
    if stops:
        unstopped = _term(regime, received_at=received_at, zone=zone, now=now, extended=extended, stops=())
    if extended:
        notice = _term(regime, received_at=received_at, zone=zone, now=now, extended=False, stops=stops)
    length = unstopped.due_at - received_at
    left = term.due_at - now if term.left_when_stopped is None else term.left_when_stopped
    return ClockReading(
        name=regime.key,
        started_at=received_at,
        due_at=term.due_at,
        fraction=max(0.0, (length - left) / length),
        paused=term.left_when_stopped is not None,
        trace=term.trace,
        duties=tuple(_duties(regime, received_at=received_at, zone=zone, notice_at=notice.due_at)),
    )


def register_until(regime: Regime, *, closed_at: datetime, zone: str) -> TraceLine:
    """Return until when the register remembers a request that was closed then, and by which rule."""
    last = regime.register.after(closed_at.astimezone(ZoneInfo(zone)).date())
    return TraceLine(end_of(last, zone), regime.register.text, regime.register.source)


def register_begins(regime: Regime, *, now: datetime, zone: str) -> datetime:
    """Return since when requests must have been closed that the register still remembers (`register_until`)."""
    today = now.astimezone(ZoneInfo(zone)).date()
    first = add_months(today, -regime.register.months)
    while regime.register.after(first) < today:  # the last day of a shorter month
        first += timedelta(days=1)
    return datetime.combine(first, time(), ZoneInfo(zone))


def _stops(regime: Regime, pauses: Sequence[Pause]) -> list[Pause]:
    """Return the pauses that this law stops for, in the order in which they began."""
    clarifications = [pause for pause in pauses if regime.stop and pause.is_clarification]
    return sorted(clarifications, key=lambda pause: pause.started_at)


def _term(
    regime: Regime, *, received_at: datetime, zone: str, now: datetime, extended: bool, stops: Sequence[Pause]
) -> _Term:
    end = regime.term.after(_day(received_at, zone))
    trace = [_line(regime.term, end, zone)]
    if extended:
        extension = _extension(regime)
        end = _both(regime.term, extension).after(_day(received_at, zone))
        trace.append(_line(extension, end, zone))
    left, counted = None, _day(received_at, zone)
    for stop in stops:
        if stop.started_at > end_of(end, zone):
            break  # what has run out does not run again because somebody asks, even where a weekend still gives a day
        until = max(counted, _day(stop.ended_at or now, zone))
        # Two questions at one time stop it once: each day is taken out once.
        days = max(0, (until - max(counted, _day(stop.started_at, zone))).days)
        end, counted = end + timedelta(days=days), until
        trace.append(TraceLine(end_of(end, zone), f"stopped for {_days(days)}: {stop.reason}", regime.stop))
        if stop.ended_at is None and left is None:
            left = end_of(_moved(regime, end - timedelta(days=days)), zone) - stop.started_at.astimezone(UTC)
    moved = _moved(regime, end)
    if moved != end:
        trace.append(TraceLine(end_of(moved, zone), f"{end:%A} moves to {moved:%A}", regime.weekend))
    return _Term(end_of(moved, zone), tuple(trace), left)


def _duties(regime: Regime, *, received_at: datetime, zone: str, notice_at: datetime) -> Iterator[TraceLine]:
    rule = regime.acknowledgement
    if rule is not None and rule.is_at_once:
        yield TraceLine(received_at, rule.text, rule.source)
    elif rule is not None:
        yield _line(rule, rule.after(_day(received_at, zone)), zone)
    if regime.extension is not None:
        yield TraceLine(notice_at, N_("an extension is told, with its reasons, by then"), regime.extension.source)


def _extension(regime: Regime) -> Rule:
    if regime.extension is None:
        raise NoExtensionError(f"{regime.label} knows no extension.")
    return regime.extension


def _both(term: Rule, extension: Rule) -> Rule:
    """Return the two as one: three months from receipt, not two from the end of a month that may be shorter."""
    return Rule("", "", months=term.months + extension.months, days=term.days + extension.days)


def _moved(regime: Regime, end: date) -> date:
    return next_weekday(end) if regime.weekend else end


def _day(moment: datetime, zone: str) -> date:
    return moment.astimezone(ZoneInfo(zone)).date()


def _line(rule: Rule, end: date, zone: str) -> TraceLine:
    return TraceLine(end_of(end, zone), rule.text, rule.source)


def _days(count: int) -> str:
    return "1 day" if count == 1 else f"{count} days"
