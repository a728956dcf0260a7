"""Writes one message to the outbox from its three templates, in the language and the time zone of whom it is for."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.template.loader import render_to_string
from django.utils import timezone, translation

from accounts import languages, outbox
from accounts.models import OutgoingEmail, Tenant, User
from accounts.tenancy import tenant_url
from dsar import queries
from dsar.models import SubjectRequest
from dsar.tenantmap import in_words_of


def send(
    subject_request: SubjectRequest,
    name: str,
    *,
    to: str,
    language: str,
    link: str,
    now: datetime,
    context: dict[str, Any],
) -> OutgoingEmail:
    """Write the message `name` in the caller's transaction and return it.

    `now` is aware; `link` is the one address it leads to.
    """
    told = {
        "subject_request": subject_request,
        "due_at": subject_request.due_at,
        "expected_at": subject_request.expected_at,
        **context,
    }
    return write(subject_request.tenant, name, to=to, language=language, link=link, now=now, context=told)


def write(
    tenant: Tenant, name: str, *, to: str, language: str, link: str, now: datetime, context: dict[str, Any]
) -> OutgoingEmail:
    """Write a message that is about no one request, as `send` does."""
    values = {"tenant": tenant, "link": link, **context}
    with translation.override(language), timezone.override(tenant.time_zone), in_words_of(tenant):
        # On one line. A no-break space stays, as French has it before a colon.
        subject = re.sub(r"[^\S\xa0]+", " ", render_to_string(f"emails/{name}.subject.txt", values)).strip()
        text = render_to_string(f"emails/{name}.txt", values)
        html = render_to_string(f"emails/{name}.html", values)
    return outbox.put(tenant=tenant, kind=name, to=to, subject=subject, text=text, html=html, at=now)


def send_to_team(subject_request: SubjectRequest, name: str, *, now: datetime, context: dict[str, Any]) -> None:
    """Write the message `name` to every reviewer of the tenant, each in their language; it leads to the case."""
    _send_to(queries.reviewers(subject_request.tenant), subject_request, name, now=now, context=context)


def send_to_who_has_it(subject_request: SubjectRequest, name: str, *, now: datetime, context: dict[str, Any]) -> None:
    """Write it to the reviewer who took the request; to all of them where nobody has, or who had works here no more."""
    reviewers = list(queries.reviewers(subject_request.tenant))
    has_it = [reviewer for reviewer in reviewers if reviewer.pk == subject_request.assigned_to_id]
    _send_to(has_it or reviewers, subject_request, name, now=now, context=context)


def _send_to(
    members: Iterable[User], subject_request: SubjectRequest, name: str, *, now: datetime, context: dict[str, Any]
) -> None:
    link = tenant_url(subject_request.tenant, f"/desk/{subject_request.reference}/")
    for member in members:
        language = languages.of_account(member, subject_request.tenant)
        send(subject_request, name, to=member.email, language=language, link=link, now=now, context=context)
