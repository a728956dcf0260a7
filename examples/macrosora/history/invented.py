"""What people who do not exist asked for in the last weeks, and what became of it. Nothing here touches a database."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random
from typing import TypeVar

from dsar.models import DenialReason, Outcome, RequestType, Status

Kind = TypeVar("Kind")
#: Texts of closed requests go after 90 days: none of these is so old on the day it is written.
DAYS = 88
LAPSE = timedelta(days=14)
_TYPES = {
    RequestType.ACCESS: 42,
    RequestType.ERASURE: 20,
    RequestType.PORTABILITY: 10,
    RequestType.ENQUIRY: 12,
    RequestType.OBJECTION: 9,
    RequestType.RECTIFICATION: 7,
}
_PLACES = {"eu": 46, "california": 22, "uk": 12, "brazil": 5, "canada": 5, "": 10}
#: Requests on each day of the week, on average.
_WEEK = (2.3, 2.1, 1.9, 1.8, 1.4, 0.6, 0.5)
_DENIALS = (
    DenialReason.CLAIM_NOT_COVERED,
    DenialReason.NO_MATCH,
    DenialReason.SUSPECTED_FRAUD,
    DenialReason.TOO_MANY_REQUESTS,
)
_NEVER_DENIED = frozenset({RequestType.OBJECTION, RequestType.PORTABILITY, RequestType.ENQUIRY})
_DECIDED = frozenset({RequestType.ACCESS, RequestType.ERASURE, RequestType.RECTIFICATION, RequestType.ENQUIRY})


@dataclass(frozen=True, slots=True)
class Past:
    """One request. `verified_at` None: nobody ever confirmed it; `closed_at` None: it is open.

    `without` is a store that it was released without.
    """

    number: int
    type: RequestType
    residence: str
    received_at: datetime
    verified_at: datetime | None
    closed_at: datetime | None
    status: Status
    outcome: str = ""
    denial_reason: str = ""
    without: str = ""

    @property
    def email(self) -> str:
        """The address under which it was filed; what was erased is nobody's any more."""
        is_gone = self.type == RequestType.ERASURE and self.status == Status.FULFILLED
        return "" if is_gone else f"demo-{self.number:03}@history.example"

    @property
    def is_decided(self) -> bool:
        """Whether the team has decided it."""
        is_ours = self.status in (Status.FULFILLED, Status.DENIED) and self.verified_at is not None
        return is_ours and (self.type in _DECIDED or self.status == Status.DENIED)


def invented(*, now: datetime, seed: int) -> list[Past]:
    """Return requests of the last weeks, the oldest first; the same for the same moment and seed."""
    chance = Random(f"{seed}:history")
    moments = sorted(_moments(chance, now))
    closed = [_past(chance, number, received, now) for number, received in enumerate(moments, start=1)]
    return [past for past in closed if past is not None] + list(_open(now, len(moments)))


def _moments(chance: Random, now: datetime) -> Iterator[datetime]:
    """Yield when requests came in: most in daylight, few at the week's end, and more of late than at first."""
    for ago in range(1, DAYS + 1):
        day = now - timedelta(days=ago)
        for _ in range(_how_many(chance, _WEEK[day.weekday()] * (1.15 - 0.3 * ago / DAYS))):
            hour = min(23.9, max(0.1, chance.gauss(13, 4)))
            yield day.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(hours=hour)


def _how_many(chance: Random, mean: float) -> int:
    """Return a count that is so large on average."""
    return sum(chance.random() < mean / 6 for _ in range(6))


def _past(chance: Random, number: int, received: datetime, now: datetime) -> Past | None:
    """Return one request as it ended; None if it would not have ended by now."""
    kind, place = _pick(chance, _TYPES), _pick(chance, _PLACES)
    if kind != RequestType.OBJECTION and chance.random() < 0.05 and received + LAPSE < now:
        reason = DenialReason.INSUF_VERIFICATION
        return Past(number, kind, place, received, None, received + LAPSE, Status.DENIED, denial_reason=reason)
    waited = (
        timedelta() if kind == RequestType.OBJECTION else timedelta(minutes=min(2000.0, chance.expovariate(1 / 35)))
    )
    verified = received + waited
    closed = verified + _length(chance, kind)
    if closed > now - timedelta(minutes=5):
        return None
    return _ended(chance, Past(number, kind, place, received, verified, closed, Status.FULFILLED))


def _length(chance: Random, kind: RequestType) -> timedelta:
    """Return how long it took: an opt-out at once, a deletion not before a day, the rest some hours, a few too long."""
    if kind == RequestType.OBJECTION:
        return timedelta(seconds=chance.uniform(1, 4))
    if kind == RequestType.PORTABILITY:
        return timedelta(minutes=chance.uniform(2, 20))
    least = 24.1 if kind == RequestType.ERASURE else 0.2
    late = chance.uniform(28, 52) if chance.random() < 0.05 else 0.0
    return timedelta(hours=least + min(22.0, chance.lognormvariate(1.6, 0.8)) + late)


def _ended(chance: Random, past: Past) -> Past:
    """Return the request with what became of it."""
    luck = chance.random()
    if past.type != RequestType.OBJECTION and luck < 0.04:
        return replace(past, status=Status.WITHDRAWN)
    if past.type not in _NEVER_DENIED and luck < 0.1:
        return replace(past, status=Status.DENIED, denial_reason=chance.choice(_DENIALS))
    without = "mail" if past.type == RequestType.ACCESS and chance.random() < 0.04 else ""
    if without or (past.type == RequestType.ERASURE and chance.random() < 0.3):
        return replace(past, outcome=Outcome.PARTIAL, without=without)
    is_nothing = past.type == RequestType.ACCESS and chance.random() < 0.06
    return replace(past, outcome=Outcome.NONE if is_nothing else Outcome.FULL)


def _open(now: datetime, last: int) -> Iterator[Past]:
    """Yield what waits in the queue: questions, one of them soon due, and people who have not confirmed yet."""
    for number, (hours, confirmed) in enumerate(
        ((44, True), (27, True), (9, True), (2, True), (30, False), (5, False)), 1
    ):
        received = now - timedelta(hours=hours)
        verified = received + timedelta(minutes=4 * number) if confirmed else None
        status = Status.AWAITING_REVIEW if confirmed else Status.AWAITING_VERIFICATION
        kind = RequestType.ENQUIRY if confirmed else RequestType.ACCESS
        yield Past(last + number, kind, "eu" if number % 2 else "california", received, verified, None, status)


def _pick(chance: Random, weights: dict[Kind, int]) -> Kind:
    return chance.choices(list(weights), weights=list(weights.values()))[0]
