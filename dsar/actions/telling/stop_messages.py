"""What recipients are told of stops: what stops or does no more, by its key and in words, and whom it is about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from accounts import languages
from accounts.models import OutgoingEmail
from dsar.actions.telling import notices
from dsar.actions.telling.stop_changes import StopTelling
from dsar.emails import recipients as recipient_emails
from dsar.models import NoticeKind, Purpose, Restriction, SubjectRequest
from dsar.restrictions import EVERYTHING

#: What a webhook reads for every use.
_EVERYTHING = "everything"
#: What is called otherwise on the person's own pages.
_WORDS: Mapping[str, Promise] = {
    EVERYTHING: gettext_lazy("Every use of the data"),
    Purpose.TRAINING: gettext_lazy("Training on the data"),
}


def write_begun(subject_request: SubjectRequest, tellings: Sequence[StopTelling], *, now: datetime) -> None:
    """Write that uses stop, in the caller's transaction. Raises BadHeaderError."""

    def email(item: StopTelling, receipt_path: str) -> OutgoingEmail:
        return recipient_emails.recipient_restricted(
            subject_request,
            to=item.recipient.email,
            receipt_path=receipt_path,
            stopped=_names(subject_request, item.rows),
            identifier=", ".join(item.identifiers),
            since=at,
            now=now,
        )

    def data(item: StopTelling) -> dict[str, Any]:
        return {"restricted": _uses(subject_request, item.rows), "identifiers": list(item.identifiers)}

    at = max((row.since for item in tellings for row in item.rows if row.since), default=now)
    notices.write(subject_request, tellings, notices.Message(NoticeKind.RESTRICTION, at, email, data), now=now)


def write_over(subject_request: SubjectRequest, tellings: Sequence[StopTelling], *, now: datetime) -> None:
    """Write that stops have ended, and which stay for another reason. As `write_begun`."""

    def email(item: StopTelling, receipt_path: str) -> OutgoingEmail:
        return recipient_emails.recipient_unrestricted(
            subject_request,
            to=item.recipient.email,
            receipt_path=receipt_path,
            lifted=_names(subject_request, item.rows),
            still=_names(subject_request, item.still),
            identifier=", ".join(item.identifiers),
            lifted_at=at,
            now=now,
        )

    def data(item: StopTelling) -> dict[str, Any]:
        return {
            "lifted": _uses(subject_request, item.rows),
            "still_restricted": _uses(subject_request, item.still),
            "identifiers": list(item.identifiers),
        }

    at = max((row.ended_at for item in tellings for row in item.rows if row.ended_at), default=now)
    notices.write(subject_request, tellings, notices.Message(NoticeKind.RESTRICTION_LIFTED, at, email, data), now=now)


def _uses(subject_request: SubjectRequest, rows: Sequence[Restriction]) -> list[dict[str, str]]:
    keys = [row.purpose if row.purpose != EVERYTHING else _EVERYTHING for row in rows]
    names = _names(subject_request, rows)
    return [{"purpose": key, "title": name} for key, name in zip(keys, names, strict=True)]


def _names(subject_request: SubjectRequest, rows: Iterable[Restriction]) -> list[str]:
    """Return what is stopped in the tenant's language."""
    with translation.override(languages.default(subject_request.tenant)):
        return [str(_WORDS.get(row.purpose, row.name)) for row in rows]
