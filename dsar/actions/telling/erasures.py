"""Who is told of one erasure and of what: worked out before it is closed, written in the transaction that closes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from accounts.models import OutgoingEmail
from dsar.actions.erasing.result import Result
from dsar.actions.telling import notices
from dsar.actions.telling.tellings import Telling, who_has_got
from dsar.certificate.facts import RecipientTold
from dsar.emails import recipients as recipient_emails
from dsar.models import NoticeChannel, NoticeKind, SubjectRequest
from dsar.wording import N_

_HOW: Mapping[NoticeChannel, str] = {
    NoticeChannel.EMAIL: N_("By email, with a link to confirm it"),
    NoticeChannel.WEBHOOK: N_("By a signed message to their web address, tried for four days"),
}


def whom_to_tell(subject_request: SubjectRequest, result: Result) -> tuple[Telling, ...]:
    """Return who had got data of a dataset that lost any. Raises what `who_has_got` raises."""
    return who_has_got(subject_request, {key for key, part in result.done.items() if part.to_do})


def as_facts(tellings: Sequence[Telling], *, now: datetime) -> tuple[RecipientTold, ...]:
    """Return what a certificate of this very moment says of them: receipts come later."""
    return tuple(RecipientTold(item.recipient.name, _HOW[item.channel], now) for item in tellings)


def write(subject_request: SubjectRequest, tellings: Sequence[Telling], *, erased_at: datetime, now: datetime) -> None:
    """Write the notices in the caller's transaction. Raises BadHeaderError."""

    def email(item: Telling, receipt_path: str) -> OutgoingEmail:
        return recipient_emails.recipient_notice(
            subject_request,
            to=item.recipient.email,
            receipt_path=receipt_path,
            erased=item.titles,
            identifier=", ".join(item.identifiers),
            erased_at=erased_at,
            now=now,
        )

    message = notices.Message(NoticeKind.ERASURE, erased_at, email, _data)
    notices.write(subject_request, tellings, message, now=now)


def _data(item: Telling) -> dict[str, Any]:
    return {"erased": list(item.titles), "identifiers": list(item.identifiers)}
