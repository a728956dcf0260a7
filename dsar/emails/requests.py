"""One function a message. Each writes an outbox row in the caller's transaction; three templates each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from accounts.tenancy import tenant_url
from dsar import queries
from dsar.deadlines import ClockReading
from dsar.models import DenialReason, Outcome, RequestType, SubjectRequest
from dsar.models.choices import STOP_TYPES
from dsar.sending import send, send_to_team

_MOST = 20  # names told in one message


def verify_code(subject_request: SubjectRequest, *, code: str, now: datetime) -> None:
    """The code that proves an address; good for ten minutes."""
    link = _link(subject_request, f"/requests/confirm/{subject_request.reference}/")
    _to_person(subject_request, "verify_code", now=now, link=link, code=code)


def verification_reminder(subject_request: SubjectRequest, *, closes_at: datetime, now: datetime) -> None:
    """The request waits for its code, and when it will be closed."""
    link = _link(subject_request, f"/requests/confirm/{subject_request.reference}/")
    _to_person(subject_request, "verification_reminder", now=now, link=link, closes_at=closes_at)


def acknowledgement(subject_request: SubjectRequest, *, now: datetime) -> None:
    """We have it, this is its reference, this is when to expect an answer; of a deletion, until when it is taken back.

    `now` is when the person has proven who asks: the time for taking a deletion back begins then.
    """
    is_erasure = subject_request.type == RequestType.ERASURE
    hours = queries.policy(subject_request.tenant).undo_hours if is_erasure else 0
    undo_until = now + timedelta(hours=hours) if hours else None
    _to_person(subject_request, "acknowledgement", now=now, is_erasure=is_erasure, undo_until=undo_until)


def ready(subject_request: SubjectRequest, *, expires_at: datetime, now: datetime) -> None:
    """The bundle can be fetched, after signing in, until it expires."""
    _to_person(subject_request, "ready", now=now, expires_at=expires_at)


def denied(subject_request: SubjectRequest, *, now: datetime) -> None:
    """Refused: the ground, the explanation, where to complain (GDPR Article 12(4))."""
    reason = DenialReason(subject_request.denial_reason).label
    _to_person(subject_request, "denied", now=now, reason_label=reason, explanation=subject_request.explanation)


def answered(subject_request: SubjectRequest, *, now: datetime) -> None:
    """The answer to a question."""
    _to_person(subject_request, "answered", now=now, answer=subject_request.answer)


def reviewed(subject_request: SubjectRequest, *, now: datetime) -> None:
    """What became of a decision that a person looked at again; where to complain, unless it was changed."""
    _to_person(
        subject_request,
        "reviewed",
        now=now,
        outcome_label=Outcome(subject_request.outcome).label if subject_request.outcome else "",
        answer=subject_request.answer,
        is_changed=subject_request.outcome == Outcome.CHANGED,
    )


def correction_asked(subject_request: SubjectRequest, *, now: datetime) -> None:
    """Everything was looked at: the person says what is wrong, and until then the clock stands still."""
    link = _link(subject_request, f"/requests/{subject_request.reference}/correct/")
    _to_person(subject_request, "correction_asked", now=now, link=link)


def corrected(
    subject_request: SubjectRequest, *, is_disputed: bool, recipients: Sequence[str] = (), now: datetime
) -> None:
    """What was approved is written and read back; why not the rest, and that the person's words stay beside it.

    `recipients` are the names of those who are told of it.
    """
    _to_person(
        subject_request,
        "corrected",
        now=now,
        explanation=subject_request.explanation,
        is_disputed=is_disputed,
        is_whole=subject_request.outcome == Outcome.FULL,
        recipients=recipients[:_MOST],
        more=max(0, len(recipients) - _MOST),
    )


def withdrawn(subject_request: SubjectRequest, *, now: datetime) -> None:
    """The person took the request back."""
    _to_person(subject_request, "withdrawn", now=now, is_stop=subject_request.type in STOP_TYPES)


def review_needed(subject_request: SubjectRequest, *, now: datetime) -> None:
    """Tell the team that a request waits for them."""
    send_to_team(subject_request, "review_needed", now=now, context={})


def clock_warning(subject_request: SubjectRequest, *, reading: ClockReading, percent: int, now: datetime) -> None:
    """Tell the team how much of a clock's time is used up."""
    context = {"reading": reading, "percent": percent}
    send_to_team(subject_request, "clock_warning", now=now, context=context)


def _to_person(subject_request: SubjectRequest, name: str, *, now: datetime, link: str = "", **context: Any) -> None:
    link = link or _link(subject_request, f"/requests/{subject_request.reference}/")
    send(
        subject_request,
        name,
        to=subject_request.email,
        language=subject_request.reads,
        link=link,
        now=now,
        context=context,
    )


def _link(subject_request: SubjectRequest, path: str) -> str:
    return tenant_url(subject_request.tenant, path)
