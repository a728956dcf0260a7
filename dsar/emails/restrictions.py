"""The messages about stops of a use of data, one function each, as in dsar.emails; three templates each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from accounts.tenancy import tenant_url
from dsar.models import DenialReason, RequestType, Restriction, SubjectRequest
from dsar.sending import send


def restriction_taken(subject_request: SubjectRequest, *, stopped: Sequence[Restriction], now: datetime) -> None:
    """An objection is here: what is switched off, and what is stopped while it is looked at (Article 18(1)(d))."""
    _send(subject_request, "restriction_taken", now=now, stopped=stopped)


def restriction_granted(
    subject_request: SubjectRequest,
    *,
    granted: Sequence[Restriction],
    refused: Sequence[Restriction],
    lifting_at: datetime | None,
    now: datetime,
) -> None:
    """What is stopped from now on, what is not and why, and when that goes on again."""
    _send(subject_request, "restriction_granted", now=now, granted=granted, refused=refused, lifting_at=lifting_at)


def restriction_refused(
    subject_request: SubjectRequest, *, refused: Sequence[Restriction], lifting_at: datetime | None, now: datetime
) -> None:
    """Nothing is stopped, on which ground and why, where to complain (Article 12(4)), and when a stop so far ends."""
    reason = DenialReason(subject_request.denial_reason).label
    _send(subject_request, "restriction_refused", now=now, refused=refused, lifting_at=lifting_at, reason_label=reason)


def restriction_lifting(
    subject_request: SubjectRequest, *, lifted: Sequence[Restriction], lifting_at: datetime, reason: str, now: datetime
) -> None:
    """A stop will end, when and why: before it does (Article 18(3))."""
    _send(subject_request, "restriction_lifting", now=now, lifted=lifted, lifting_at=lifting_at, reason=reason)


def restriction_kept(subject_request: SubjectRequest, *, kept: Sequence[Restriction], now: datetime) -> None:
    """A stop that was to end goes on after all."""
    _send(subject_request, "restriction_kept", now=now, kept=kept)


def restriction_lifted(
    subject_request: SubjectRequest, *, lifted: Sequence[Restriction], is_own_wish: bool, now: datetime
) -> None:
    """A stop has ended; `is_own_wish`: the person took it back."""
    _send(subject_request, "restriction_lifted", now=now, lifted=lifted, is_own_wish=is_own_wish)


def _send(subject_request: SubjectRequest, name: str, *, now: datetime, **context: Any) -> None:
    rows = ("stopped", "granted", "refused", "lifted", "kept")
    with translation.override(subject_request.reads):
        named = {key: _names(value) if key in rows else value for key, value in context.items()}
    send(
        subject_request,
        name,
        to=_address(subject_request),
        language=subject_request.reads,
        link=tenant_url(subject_request.tenant, f"/requests/{subject_request.reference}/"),
        now=now,
        context={**named, "is_objection": subject_request.type == RequestType.OBJECTION},
    )


def _names(rows: Iterable[Restriction]) -> list[str]:
    return [row.name or _("Every use of your data") for row in rows]


def _address(subject_request: SubjectRequest) -> str:
    """Return where the person is reached now: a stop may last longer than they keep an address."""
    account = subject_request.account
    return account.email if account is not None else subject_request.email
