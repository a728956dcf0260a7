"""A notice's row, and what is sent of it: written in the transaction that closes what it is about."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from accounts.models import OutgoingEmail
from dsar.actions.telling.tellings import Telling
from dsar.actions.trail import note
from dsar.models import NoticeChannel, NoticeKind, RecipientNotice, SubjectRequest
from dsar.queue import wake_teller

T = TypeVar("T", bound=Telling)
_TOKEN_BYTES = 20
#: What a webhook reads in `type`.
_EVENTS: Mapping[NoticeKind, str] = {
    NoticeKind.ERASURE: "erasure.completed",
    NoticeKind.CORRECTION: "correction.completed",
    NoticeKind.ERASURE_UNDONE: "erasure.undone",
    NoticeKind.RESTRICTION: "restriction.granted",
    NoticeKind.RESTRICTION_LIFTED: "restriction.lifted",
}


@dataclass(frozen=True)
class Message(Generic[T]):
    """What is said: `email` writes the message to one of them, with the page that confirms it; `data` is a webhook's.

    `at` (aware) is when what it tells of was done.
    """

    kind: NoticeKind
    at: datetime
    email: Callable[[T, str], OutgoingEmail]
    data: Callable[[T], Mapping[str, Any]]


def write(subject_request: SubjectRequest, tellings: Sequence[T], message: Message[T], *, now: datetime) -> None:
    """Write a row for each in the caller's transaction, and what is sent: emails to the outbox, the rest for workers.

    Raises BadHeaderError.
    """
    for item in tellings:
        if item.channel is NoticeChannel.EMAIL:
            token = secrets.token_urlsafe(_TOKEN_BYTES)
            sent: dict[str, Any] = {"email": message.email(item, f"/receipt/{token}/")}
            sent["token_hash"] = receipt_hash(token)
        else:
            sent = {"body": _body(subject_request, item, message), "due_at": now}
        RecipientNotice.objects.create(
            subject_request=subject_request,
            kind=message.kind,
            system=item.system,
            name=item.recipient.name,
            channel=item.channel,
            queued_at=now,
            left_out=item.left_out,
            purposes=list(item.purposes),
            **sent,
        )
    if tellings:
        note(subject_request, "recipients.to_be_told", by=None, at=now, kind=str(message.kind), count=len(tellings))
        wake_teller()


def receipt_hash(token: str) -> str:
    """Return the hash under which a token of 160 random bits is known: it needs no salt."""
    return hashlib.sha256(token.encode()).hexdigest()


def _body(subject_request: SubjectRequest, item: T, message: Message[T]) -> str:
    """Return what a webhook is sent, in the shape of the Standard Webhooks specification."""
    data = {
        "reference": subject_request.reference,
        "controller": subject_request.tenant.name,
        "recipient": item.recipient.name,
        **message.data(item),
    }
    return json.dumps({"type": _EVENTS[message.kind], "timestamp": message.at.isoformat(), "data": data})
