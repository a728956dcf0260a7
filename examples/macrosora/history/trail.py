"""The audit events of invented requests, appended to the tenant's chain like any others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from accounts.audit import Actor
from accounts.models import User
from dsar.actions.trail import note
from dsar.deadlines import reason_of
from dsar.models import RequestType, Status, SubjectRequest
from examples.macrosora.history.invented import Past


@dataclass(frozen=True, slots=True)
class Event:
    """What is recorded of a request; `by` None is the system, or somebody without an account."""

    at: datetime
    row: SubjectRequest
    verb: str
    by: Actor | None = None
    facts: dict[str, str | int | bool] = field(default_factory=dict)


def record_all(pairs: Iterable[tuple[SubjectRequest, Past]], *, by: User) -> None:
    """Record in the order of time how each was filed, confirmed and closed. Within a transaction and `together`."""
    events = [event for row, past in pairs for event in _events(row, past, Actor.staff(by))]
    for event in sorted(events, key=lambda event: event.at):
        note(event.row, event.verb, by=event.by, at=event.at, **event.facts)


def _events(row: SubjectRequest, past: Past, staff: Actor) -> Iterator[Event]:
    law_by = str(reason_of(residence=past.residence))
    yield Event(past.received_at, row, "request.filed", facts={"type": str(past.type), "law_by": law_by})
    if past.verified_at is not None:
        yield Event(past.verified_at, row, "request.verified", facts={"how": "code"})
    if past.closed_at is not None:
        yield from _end(row, past, past.closed_at, staff)


def _end(row: SubjectRequest, past: Past, at: datetime, staff: Actor) -> Iterator[Event]:
    by = staff if past.is_decided else None
    if past.status == Status.WITHDRAWN:
        yield Event(at, row, "request.withdrawn")
    elif past.status == Status.DENIED:
        yield Event(at, row, "request.denied", by, {"reason": str(past.denial_reason)})
    elif past.type == RequestType.ENQUIRY:
        yield Event(at, row, "request.answered", by)
    elif past.type == RequestType.OBJECTION:
        yield Event(at, row, "objection.settled")
    elif past.type in (RequestType.ERASURE, RequestType.RECTIFICATION):
        yield Event(at, row, "request.approved", by)
    else:
        if past.without:
            yield Event(at, row, "request.exception_recorded", by, {"dataset": past.without})
        yield Event(at, row, "bundle.released", by, {"outcome": str(past.outcome), "days": 7})
