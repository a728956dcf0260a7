"""Registers made by Hypothesis, and what happened in them counted the slow way: request by request, with the clocks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from accounts.models import Tenant
from dsar.deadlines import HOUSE_PROMISE, Pause, house_clock
from dsar.figures import Figure
from dsar.models import ClockPause, DenialReason, Outcome, RequestType, Status, SubjectRequest

#: About the day that 2024 had more, and about both days on which the clocks of Berlin jump.
STARTS = (datetime(2024, 2, 28, tzinfo=UTC), datetime(2026, 3, 28, tzinfo=UTC), datetime(2026, 10, 24, tzinfo=UTC))
ZONES = ("UTC", "Europe/Berlin", "Pacific/Kiritimati", "America/St_Johns")
_MINUTES = st.integers(0, 5 * 24 * 60)
_ENDS = ("open", "full", "partial", "none", "denied", "lapsed", "withdrawn")


@dataclass(frozen=True)
class Made:
    """One request of a register: minutes from the start of it, and pauses as (from, for) in minutes after receipt."""

    type: str
    regime: str
    received: int
    end: str
    took: int
    reason: str
    pauses: tuple[tuple[int, int], ...]


def pauses() -> st.SearchStrategy[tuple[tuple[int, int], ...]]:
    one = st.tuples(st.integers(0, 3000), st.integers(1, 3000))
    return st.lists(one, max_size=2).map(_in_turn)


def _in_turn(found: list[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """One after the other: two pauses are never open at once."""
    placed, begin = [], 0
    for gap, length in found:
        placed.append((begin + gap, length))
        begin += gap + length
    return tuple(placed)


REQUESTS = st.builds(
    Made,
    type=st.sampled_from([RequestType.ACCESS.value, RequestType.ERASURE.value, RequestType.OBJECTION.value]),
    regime=st.sampled_from(["gdpr", "ccpa"]),
    received=_MINUTES,
    end=st.sampled_from(_ENDS),
    took=st.one_of(st.integers(0, 10_000), st.sampled_from([60, 2880, 2881, 2879])),
    reason=st.sampled_from(DenialReason.values),
    pauses=pauses(),
)
REGISTERS = st.lists(REQUESTS, max_size=12)


def write(tenant: Tenant, start: datetime, register: Sequence[Made]) -> None:
    """Write the rows that actions would have written."""
    for number, made in enumerate(register):
        subject_request = SubjectRequest.objects.create(tenant=tenant, **columns(start, made, number))
        ClockPause.objects.bulk_create(
            ClockPause(
                subject_request=subject_request, reason="asked", started_at=pause.started_at, ended_at=pause.ended_at
            )
            for pause in stops(start, made)
        )


def columns(start: datetime, made: Made, number: int) -> dict[str, object]:
    received, closed = start + timedelta(minutes=made.received), closing(start, made)
    over = [pause for pause in stops(start, made) if pause.ended_at and pause.ended_at != closed]
    stopped = sum((pause.ended_at - pause.started_at for pause in over if pause.ended_at), timedelta())
    status, outcome = _status(made)
    return {
        "reference": f"R-{number:04}",
        "filing_token": str(number),
        "email": "ann@example.com",
        "type": made.type,
        "regime": made.regime,
        "status": status,
        "outcome": outcome,
        "denial_reason": made.reason if status == Status.DENIED else "",
        "received_at": received,
        "verified_at": None if made.end == "lapsed" else received,
        "due_at": received + HOUSE_PROMISE + stopped,
        "expected_at": received,
        "closed_at": closed,
    }


def _status(made: Made) -> tuple[Status, str]:
    if made.end in ("denied", "lapsed"):
        return Status.DENIED, ""
    plain = {"open": Status.AWAITING_REVIEW, "withdrawn": Status.WITHDRAWN}
    return (plain[made.end], "") if made.end in plain else (Status.FULFILLED, Outcome(made.end))


def closing(start: datetime, made: Made) -> datetime | None:
    return None if made.end == "open" else start + timedelta(minutes=made.received + made.took)


def stops(start: datetime, made: Made) -> list[Pause]:
    """Return the pauses that had begun before it was closed; closing ends the last."""
    received, closed, found = start + timedelta(minutes=made.received), closing(start, made), []
    for begin, length in made.pauses:
        from_at, to_at = received + timedelta(minutes=begin), received + timedelta(minutes=begin + length)
        if closed is None or from_at < closed:
            found.append(Pause(from_at, "asked", min(to_at, closed) if closed else to_at))
    return found


def recount(start: datetime, register: Sequence[Made], zone: ZoneInfo) -> Mapping[tuple[date, str, str], Figure]:
    """Return what happened, from what was made and the clocks' own reading: no SQL, no column of a row."""
    found: dict[tuple[date, str, str], Figure] = {}
    for made in register:
        received, closed = start + timedelta(minutes=made.received), closing(start, made)
        found.setdefault((received.astimezone(zone).date(), made.type, made.regime), Figure()).received += 1
        if closed:
            part = found.setdefault((closed.astimezone(zone).date(), made.type, made.regime), Figure())
            part.add(_closed(start, made, received, closed))
    return found


def _closed(start: datetime, made: Made, received: datetime, closed: datetime) -> Figure:
    if made.end == "withdrawn":
        return Figure(withdrawn=1)
    reasons = {made.reason: 1} if made.end in ("denied", "lapsed") else {}
    if made.end == "lapsed":
        return Figure(denied=1, unconfirmed=1, reasons=reasons)
    reading = house_clock(received_at=received, pauses=stops(start, made), now=closed)
    seconds = int((closed - received).total_seconds())
    return Figure(
        fulfilled=made.end != "denied",
        partly=made.end == "partial",
        nothing=made.end == "none",
        denied=made.end == "denied",
        in_time=reading.fraction <= 1,
        seconds=seconds,
        hours={str(-(-seconds // 3600)): 1},
        reasons=reasons,
    )
