"""Who is told of one erasure and of what: worked out before it is closed, written in the transaction that closes it."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from dsar import erasure_emails
from dsar.actions.erasing.result import Result
from dsar.actions.erasing.work import known
from dsar.actions.telling.identifiers import MOST, TooManyIdentifiersError, identifiers_of
from dsar.actions.trail import note
from dsar.certificate.facts import RecipientTold
from dsar.datamap.graph import Graph
from dsar.datamap.model import DataMap, Recipient, System
from dsar.fulfilment.erasing.fate import Fate
from dsar.fulfilment.erasing.preview import Part
from dsar.fulfilment.joinkey import CollectionKey
from dsar.fulfilment.keys import KeySet
from dsar.models import NoticeChannel, RecipientNotice, SubjectRequest
from dsar.queue import wake_teller
from dsar.tenantmap import tenant_map

_TOKEN_BYTES = 20
TOO_MANY = f"More than {MOST} values of the identifier were found, so none was told."


@dataclass(frozen=True)
class Telling:
    """One recipient, the titles of what was erased of theirs, and what they know the person by, if they are told."""

    system: str
    recipient: Recipient
    erased: tuple[str, ...]
    identifiers: tuple[str, ...] = field(default=(), repr=False)
    error: str = ""

    @property
    def channel(self) -> NoticeChannel:
        return NoticeChannel.EMAIL if self.recipient.email else NoticeChannel.WEBHOOK


def whom_to_tell(subject_request: SubjectRequest, result: Result) -> tuple[Telling, ...]:
    """Return who is told of what was erased, by the data map as it is now.

    Raises DataMapError, KeyFileError, PayloadGoneError, SealError.
    """
    platform = tenant_map(subject_request.tenant).platform
    concerned = list(_concerned(platform.data_map, result.done))
    if not any(recipient.identifier for _, recipient, _ in concerned):
        return tuple(Telling(system.key, recipient, erased) for system, recipient, erased in concerned)
    search = known(subject_request)
    keys = search.keys if search else KeySet()
    return tuple(_identified(item, keys, platform.graph) for item in concerned)


def as_facts(tellings: Sequence[Telling], *, now: datetime) -> tuple[RecipientTold, ...]:
    """Return what a certificate of this very moment says of them: receipts come later."""
    return tuple(RecipientTold(item.recipient.name, _HOW[item.channel], now) for item in tellings)


def write(subject_request: SubjectRequest, tellings: Sequence[Telling], *, erased_at: datetime, now: datetime) -> None:
    """Write a row for each in the caller's transaction, and what is sent: emails to the outbox, the rest for workers.

    Raises BadHeaderError.
    """
    for item in tellings:
        if item.channel is NoticeChannel.EMAIL:
            _write_email(subject_request, item, erased_at=erased_at, now=now)
        else:
            body = _body(subject_request, item, erased_at=erased_at)
            _row(subject_request, item, now=now, body=body, due_at=now)
    if tellings:
        note(subject_request, "recipients.to_be_told", by=None, at=now, count=len(tellings))
        wake_teller()


def receipt_hash(token: str) -> str:
    """Return the hash under which a token of 160 random bits is known: it needs no salt."""
    return hashlib.sha256(token.encode()).hexdigest()


_HOW: Mapping[NoticeChannel, str] = {
    NoticeChannel.EMAIL: "By email, with a link to confirm it",
    NoticeChannel.WEBHOOK: "By a signed message to their web address, tried for four days",
}


def _concerned(
    data_map: DataMap, done: Mapping[CollectionKey, Part]
) -> Iterator[tuple[System, Recipient, tuple[str, ...]]]:
    """Yield those who had got data of a dataset that lost any, and the titles of the collections that did."""
    keys = {key for key, part in done.items() if part.count(Fate.DELETE, Fate.MASK)}
    changed = [item for item in data_map.collections() if item.key in keys]
    for system in data_map.systems:
        titles = tuple(dict.fromkeys(item.title or item.name for item in changed if item.dataset in system.datasets))
        for recipient in system.notify if titles else ():
            yield system, recipient, titles


def _identified(item: tuple[System, Recipient, tuple[str, ...]], keys: KeySet, graph: Graph) -> Telling:
    system, recipient, erased = item
    if recipient.identifier is None:
        return Telling(system.key, recipient, erased)
    try:
        found = identifiers_of(recipient.identifier, keys=keys, graph=graph)
    except TooManyIdentifiersError:
        return Telling(system.key, recipient, erased, error=TOO_MANY)
    return Telling(system.key, recipient, erased, found)


def _write_email(subject_request: SubjectRequest, item: Telling, *, erased_at: datetime, now: datetime) -> None:
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    email = erasure_emails.recipient_notice(
        subject_request,
        to=item.recipient.email,
        receipt_path=f"/receipt/{token}/",
        erased=item.erased,
        identifier=", ".join(item.identifiers),
        erased_at=erased_at,
        now=now,
    )
    _row(subject_request, item, now=now, email=email, token_hash=receipt_hash(token))


def _row(subject_request: SubjectRequest, item: Telling, *, now: datetime, **more: object) -> None:
    RecipientNotice.objects.create(
        subject_request=subject_request,
        system=item.system,
        name=item.recipient.name,
        channel=item.channel,
        queued_at=now,
        error=item.error,
        **more,
    )


def _body(subject_request: SubjectRequest, item: Telling, *, erased_at: datetime) -> str:
    """Return what a webhook is sent, in the shape of the Standard Webhooks specification."""
    data = {
        "reference": subject_request.reference,
        "controller": subject_request.tenant.name,
        "recipient": item.recipient.name,
        "erased": list(item.erased),
        "identifiers": list(item.identifiers),
    }
    return json.dumps({"type": "erasure.completed", "timestamp": erased_at.isoformat(), "data": data})
