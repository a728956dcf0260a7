"""Webhooks are sent, each by one worker at a time, and what the outbox has done with emails is written down."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

import httpx
from django.db import transaction
from django.db.models import Q, QuerySet

from dsar.actions.telling.signing import WebhookSecretError, headers_for, secret_named
from dsar.actions.trail import note
from dsar.datamap.model import Recipient
from dsar.datamap.problems import DataMapError
from dsar.emails.recipients import recipient_untold
from dsar.models import NoticeChannel, NoticeKind, RecipientNotice
from dsar.stores.base import StoreConfigError, StoreError
from dsar.stores.http.exchange import Exchange, TryAgainError
from dsar.stores.http.options import HttpOptions, read_options
from dsar.tenantmap import tenant_map

Clock = Callable[[], datetime]
logger = logging.getLogger(__name__)

MOST_ATTEMPTS = 24
_FIRST_WAIT, _LONGEST_WAIT = timedelta(seconds=30), timedelta(hours=6)
#: How long one attempt may take before another worker takes it up: more than the longest answer is waited for.
_LEASE = timedelta(minutes=5)
#: Seconds for each piece of an answer, ten times that for all of it; bytes of it. Nobody reads more than the status.
_MANNERS = {"timeout": 10, "max_bytes": 65_536}
_MOST_AT_ONCE = 50


class NotTakenError(Exception):
    """The recipient has not taken the message; why, without an address or what an answer says."""


def tell_due(*, clock: Clock) -> int:
    """Send what is due, and settle emails that have left or were refused; return how many recipients were reached.

    HTTP is spoken outside of any transaction. A worker that dies in between is followed by another, which sends the
    same message with the same id.
    """
    _settle_emails(now=clock())
    due = RecipientNotice.objects.filter(due_at__lte=clock()).order_by("due_at", "pk")
    notices = list(due.select_related("subject_request__tenant")[:_MOST_AT_ONCE])
    return sum(_tell(item, clock=clock) for item in notices if _claim(item, now=clock()))


def _claim(notice: RecipientNotice, *, now: datetime) -> bool:
    """Take it, unless another worker has since it was read."""
    unmoved = RecipientNotice.objects.filter(pk=notice.pk, attempts=notice.attempts, due_at__lte=now)
    notice.attempts += 1
    return unmoved.update(attempts=notice.attempts, due_at=now + _LEASE) == 1


def _tell(notice: RecipientNotice, *, clock: Clock) -> int:
    try:
        _send(notice, _recipient(notice), now=clock())
    except (NotTakenError, WebhookSecretError) as error:
        logger.warning("notice %s was not taken: %s", notice.pk, error)
        _try_later(notice, str(error), now=clock())
        return 0
    now = clock()
    return _settle(notice, "recipient.told", now=now, told_at=now, receipt_at=now, error="")


def _recipient(notice: RecipientNotice) -> Recipient:
    """Return the recipient as the data map names them now: an address that was wrong is mended there."""
    try:
        systems = tenant_map(notice.subject_request.tenant).platform.data_map.systems
    except (DataMapError, StoreConfigError) as error:
        raise NotTakenError("the data map cannot be read") from error
    for system in systems:
        for recipient in system.notify if system.key == notice.system else ():
            if recipient.name == notice.name and recipient.webhook:
                return recipient
    raise NotTakenError("the data map does not name them with a webhook any more")


def _send(notice: RecipientNotice, recipient: Recipient, *, now: datetime) -> None:
    """Send it once. Raises NotTakenError, WebhookSecretError."""
    body = notice.body.encode()
    message_id = f"{notice.subject_request.reference}.{notice.pk}"
    headers = headers_for(message_id=message_id, body=body, secret=secret_named(recipient.secret), now=now)
    status = _post(httpx.URL(recipient.webhook), headers, body)
    if 300 <= status < 400:
        raise NotTakenError("they redirect, which is not followed")
    if not 200 <= status < 300:
        raise NotTakenError(f"they answer {status}")


def _post(url: httpx.URL, headers: dict[str, str], body: bytes) -> int:
    exchange = Exchange(_options(url))
    try:
        return exchange.send("POST", url, headers, "their answer", body).status
    except TryAgainError as error:
        raise NotTakenError(error.reason) from error
    except StoreError as error:
        raise NotTakenError(str(error)) from error
    finally:
        exchange.close()


def _options(url: httpx.URL) -> HttpOptions:
    return read_options(str(url.copy_with(query=None)), _MANNERS)


def _try_later(notice: RecipientNotice, why: str, *, now: datetime) -> None:
    if notice.attempts >= MOST_ATTEMPTS:
        _give_up(notice, why, now=now)
        return
    wait = min(_FIRST_WAIT * 2 ** (notice.attempts - 1), _LONGEST_WAIT)
    _own(notice).update(due_at=now + wait, error=why[:200])


def _give_up(notice: RecipientNotice, why: str, *, now: datetime) -> None:
    """Write that they will not be told, and tell the team: nobody looks at a closed case by chance."""
    with transaction.atomic():
        if _settle(notice, "recipient.given_up", now=now, given_up_at=now, error=why[:200]):
            kind = NoticeKind(notice.kind)
            recipient_untold(notice.subject_request, kind=kind, name=notice.name, why=why, now=now)


def _own(notice: RecipientNotice) -> QuerySet[RecipientNotice]:
    """Return the row while it is this worker's: one whose lease ran out writes over nothing."""
    return RecipientNotice.objects.filter(pk=notice.pk, attempts=notice.attempts, told_at=None, given_up_at=None)


def _settle(notice: RecipientNotice, verb: str, *, now: datetime, **changes: object) -> int:
    """Write how it ended; what was to be sent, and with it what they know the person by, goes."""
    with transaction.atomic():
        settled = _own(notice).update(body="", due_at=None, **changes)
        if settled:
            facts = {"notice": notice.pk, "attempts": notice.attempts}
            note(notice.subject_request, verb, by=None, at=now, **facts)
    return settled


def _settle_emails(*, now: datetime) -> None:
    """Write down which messages have left, and which never will."""
    waiting = RecipientNotice.objects.filter(channel=NoticeChannel.EMAIL, told_at=None, given_up_at=None)
    under_way = Q(email__isnull=False, email__sent_at=None, email__refused_at=None)
    for notice in waiting.exclude(under_way).select_related("email", "subject_request__tenant")[:_MOST_AT_ONCE]:
        if notice.email and notice.email.sent_at:
            _settle(notice, "recipient.told", now=now, told_at=notice.email.sent_at)
        else:
            # The outbox forgets what no mail server has taken in 90 days.
            why = notice.email.last_error if notice.email else "none took it in 90 days"
            _give_up(notice, f"the mail server has not taken the message: {why}", now=now)
