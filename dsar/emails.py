"""One function a message. Each writes an outbox row in the caller's transaction; three templates each."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.template.loader import render_to_string
from django.utils import timezone, translation

from accounts import outbox
from accounts.models import Tenant
from accounts.tenancy import tenant_url
from dsar import queries
from dsar.deadlines import ClockReading
from dsar.models import DenialReason, Outcome, SubjectRequest


def verify_code(subject_request: SubjectRequest, *, code: str, now: datetime) -> None:
    """The code that proves an address; good for ten minutes."""
    link = _link(subject_request, f"/requests/confirm/{subject_request.reference}/")
    _to_person(subject_request, "verify_code", now=now, link=link, code=code)


def verification_reminder(subject_request: SubjectRequest, *, closes_at: datetime, now: datetime) -> None:
    """The request waits for its code, and when it will be closed."""
    link = _link(subject_request, f"/requests/confirm/{subject_request.reference}/")
    _to_person(subject_request, "verification_reminder", now=now, link=link, closes_at=closes_at)


def acknowledgement(subject_request: SubjectRequest, *, now: datetime) -> None:
    """We have it, this is its reference, and this is when to expect an answer."""
    _to_person(subject_request, "acknowledgement", now=now)


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
        outcome_label=subject_request.get_outcome_display(),
        answer=subject_request.answer,
        is_changed=subject_request.outcome == Outcome.CHANGED,
    )


def withdrawn(subject_request: SubjectRequest, *, now: datetime) -> None:
    """The person took the request back."""
    _to_person(subject_request, "withdrawn", now=now)


def review_needed(subject_request: SubjectRequest, *, now: datetime) -> None:
    """Tell the team that a request waits for them."""
    _to_team(subject_request, "review_needed", now=now)


def clock_warning(subject_request: SubjectRequest, *, reading: ClockReading, percent: int, now: datetime) -> None:
    """Tell the team how much of a clock's time is used up."""
    _to_team(subject_request, "clock_warning", now=now, reading=reading, percent=percent)


def _to_person(subject_request: SubjectRequest, name: str, *, now: datetime, link: str = "", **context: Any) -> None:
    tenant = subject_request.tenant
    link = link or _link(subject_request, f"/requests/{subject_request.reference}/")
    _send(
        subject_request,
        name,
        to=subject_request.email,
        language=subject_request.language,
        link=link,
        now=now,
        tenant=tenant,
        context=context,
    )


def _to_team(subject_request: SubjectRequest, name: str, *, now: datetime, **context: Any) -> None:
    tenant = subject_request.tenant
    link = _link(subject_request, f"/desk/{subject_request.reference}/")
    for reviewer in queries.reviewers(tenant):
        _send(
            subject_request,
            name,
            to=reviewer.email,
            language=reviewer.language,
            link=link,
            now=now,
            tenant=tenant,
            context=context,
        )


def _send(
    subject_request: SubjectRequest,
    name: str,
    *,
    to: str,
    language: str,
    link: str,
    now: datetime,
    tenant: Tenant,
    context: dict[str, Any],
) -> None:
    values = {
        "subject_request": subject_request,
        "tenant": tenant,
        "link": link,
        "due_at": subject_request.due_at,
        "expected_at": subject_request.expected_at,
        **context,
    }
    with translation.override(language), timezone.override(tenant.time_zone):
        subject = " ".join(render_to_string(f"emails/{name}.subject.txt", values).split())
        text = render_to_string(f"emails/{name}.txt", values)
        html = render_to_string(f"emails/{name}.html", values)
    outbox.put(tenant=tenant, kind=name, to=to, subject=subject, text=text, html=html, at=now)


def _link(subject_request: SubjectRequest, path: str) -> str:
    return tenant_url(subject_request.tenant, path)
