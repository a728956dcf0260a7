"""Messages about messages: what was written is read after signing in, and never stands in a mail."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from accounts import languages
from accounts.models import User
from accounts.tenancy import tenant_url
from dsar.models import SubjectRequest
from dsar.sending import send, send_to_who_has_it


def message_from_team(subject_request: SubjectRequest, *, now: datetime) -> None:
    """The privacy team has written to the person."""
    _to_person(subject_request, "message_from_team", now=now)


def message_from_person(subject_request: SubjectRequest, *, is_answer: bool, now: datetime) -> None:
    """Tell who has the request that the person has written; `is_answer`: to their question, so the clocks go on."""
    send_to_who_has_it(subject_request, "message_from_person", now=now, context={"is_answer": is_answer})


def question_asked(subject_request: SubjectRequest, *, answer_by: datetime, now: datetime) -> None:
    """The team needs an answer; the clock stands still meanwhile, until `answer_by` at most."""
    _to_person(subject_request, "question_asked", now=now, answer_by=answer_by)


def question_reminder(subject_request: SubjectRequest, *, answer_by: datetime, now: datetime) -> None:
    """The team still waits for an answer."""
    _to_person(subject_request, "question_reminder", now=now, answer_by=answer_by)


def question_over(subject_request: SubjectRequest, *, is_unanswered: bool, now: datetime) -> None:
    """The person owes no answer any more: `is_unanswered`, its time is over; else the team does without."""
    _to_person(subject_request, "question_over", now=now, is_unanswered=is_unanswered)


def extended(subject_request: SubjectRequest, *, reason: str, legal_due_at: datetime, now: datetime) -> None:
    """The law's term is extended, why and until when (GDPR Article 12(3)); the house promise is not."""
    _to_person(subject_request, "extended", now=now, reason=reason, legal_due_at=legal_due_at)


def mentioned(subject_request: SubjectRequest, *, to: User, now: datetime) -> None:
    """Tell a member of the team that a note mentions them; what it says is read at the desk."""
    link = tenant_url(subject_request.tenant, f"/desk/{subject_request.reference}/")
    language = languages.of_account(to, subject_request.tenant)
    send(subject_request, "mentioned", to=to.email, language=language, link=f"{link}#notes", now=now, context={})


def _to_person(subject_request: SubjectRequest, name: str, *, now: datetime, **context: Any) -> None:
    link = tenant_url(subject_request.tenant, f"/requests/{subject_request.reference}/")
    send(
        subject_request,
        name,
        to=subject_request.email,
        language=subject_request.reads,
        link=f"{link}#conversation",
        now=now,
        context=context,
    )
