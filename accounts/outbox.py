"""Outgoing email: rows written with what causes them, sent later, each by one sender at a time."""

from __future__ import annotations

import logging
import secrets
import smtplib
import time
from collections.abc import Mapping
from contextlib import closing, suppress
from datetime import datetime, timedelta
from email.utils import parseaddr

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.message import BadHeaderError
from django.db import transaction
from django.db.models import Q, QuerySet

from accounts.emails import has_control_characters
from accounts.models import OutgoingEmail, Tenant

__all__ = ["BATCH_SECONDS", "KEPT", "LEASE", "OutgoingEmail", "forget", "put", "send_due"]

logger = logging.getLogger(__name__)

#: How long a sender may be at one message before another takes it. More than a batch and one slow SMTP talk.
LEASE = timedelta(minutes=5)
#: A batch takes no new message after this many seconds, so that no lease runs out under a living sender.
BATCH_SECONDS = 60.0
#: How long the row of a message stays: what the portal's own data map tells people.
KEPT = timedelta(days=90)
FORGOTTEN_AT_ONCE = 2_000
_FIRST_WAIT = timedelta(seconds=15)
_LONGEST_WAIT = timedelta(hours=1)


def put(
    *,
    tenant: Tenant | None,
    kind: str,
    to: str,
    subject: str,
    text: str,
    html: str,
    at: datetime,
    headers: Mapping[str, str] | None = None,
    essential: bool = True,
) -> OutgoingEmail:
    """Write a message in the caller's transaction and return it; once that commits, the sender is woken.

    `at` is now, aware. `html` may be "". Raises BadHeaderError if the address, the subject or a header
    holds a line end or another control character: such a message would never leave the queue.
    """
    headers = dict(headers or {})
    if any(has_control_characters(value) for value in (to, subject, *headers, *headers.values())):
        raise BadHeaderError(f"a header of {kind} holds a control character")
    with transaction.atomic():
        email = OutgoingEmail.objects.create(
            tenant=tenant,
            kind=kind,
            to=to,
            subject=subject,
            text=text,
            html=html,
            headers=headers,
            essential=essential,
            message_id=_new_message_id(),
            created_at=at,
            due_at=at,
        )
        transaction.on_commit(_wake_sender)
    return email


def send_due(*, now: datetime, limit: int = 50) -> int:
    """Send up to `limit` messages that are due and return how many left. `now` is aware.

    Each is claimed by a conditional update before it is sent, and SMTP is spoken outside any
    transaction. What fails for a while is due again later; what the server refuses for good is marked so.
    """
    started = time.monotonic()
    sent = 0
    with closing(_Line()) as line:
        for email in list(_due(now).order_by("due_at", "pk")[:limit]):
            elapsed = time.monotonic() - started
            if elapsed > BATCH_SECONDS:
                break
            if _claim(email, now + timedelta(seconds=elapsed)):
                sent += _send(email, line, now)
    return sent


class _Line:
    """The connection to the mail server: one for a batch, and a new one after anything that went wrong."""

    def __init__(self) -> None:
        self._backend = get_connection()

    def send(self, message: EmailMultiAlternatives) -> None:
        """Send one message. Raises SMTPException and OSError."""
        message.connection = self._backend
        try:
            self._backend.open()  # nothing is done while it is open
            message.send()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        with suppress(smtplib.SMTPException):  # the server may have hung up first
            self._backend.close()


def forget(*, now: datetime, size: int = FORGOTTEN_AT_ONCE) -> int:
    """Delete messages older than KEPT, one that could never be sent too; return how many. `now` is aware.

    `size` rows at a time, each time in a transaction of its own: senders need not wait for all of them.
    """
    old = OutgoingEmail.objects.filter(created_at__lte=now - KEPT).order_by("pk")
    count = 0
    while keys := list(old.values_list("pk", flat=True)[:size]):
        count += OutgoingEmail.objects.filter(pk__in=keys).delete()[0]
    return count


def _due(now: datetime) -> QuerySet[OutgoingEmail]:
    unclaimed = Q(claimed_until=None) | Q(claimed_until__lte=now)
    waiting = OutgoingEmail.objects.filter(unclaimed, sent_at=None, refused_at=None, due_at__lte=now)
    return waiting.select_related("tenant")


def _claim(email: OutgoingEmail, now: datetime) -> bool:
    """Take the message for this sender unless another one has had it since it was read."""
    unmoved = _due(now).filter(pk=email.pk, attempts=email.attempts)
    email.claim, email.attempts = secrets.token_hex(16), email.attempts + 1
    return unmoved.update(claim=email.claim, claimed_until=now + LEASE, attempts=email.attempts) == 1


def _send(email: OutgoingEmail, line: _Line, now: datetime) -> int:
    try:
        line.send(_message(email))
    except (smtplib.SMTPException, OSError) as error:
        logger.warning("email %s (%s) was not sent: %s", email.pk, email.kind, _code(error))
        _refuse(email, error, now) if _is_permanent(error) else _postpone(email, error, now)
        return 0
    _release(email, sent_at=now, last_error="", **_BLANK)
    return 1


_BLANK = {"to": "", "subject": "", "text": "", "html": "", "headers": {}}


def _message(email: OutgoingEmail) -> EmailMultiAlternatives:
    headers = {**email.headers, "Message-ID": email.message_id}
    # Whoever answers a message reaches those who can help, not the portal's address.
    answers = [email.tenant.contact_email] if email.tenant else None
    message = EmailMultiAlternatives(email.subject, email.text, to=[email.to], headers=headers, reply_to=answers)
    if email.html:
        message.attach_alternative(email.html, "text/html")
    return message


def _refuse(email: OutgoingEmail, error: Exception, now: datetime) -> None:
    _release(email, refused_at=now, last_error=_code(error), **_BLANK)


def _postpone(email: OutgoingEmail, error: Exception, now: datetime) -> None:
    wait = min(_FIRST_WAIT * 2 ** min(email.attempts - 1, 10), _LONGEST_WAIT)
    _release(email, due_at=now + wait, last_error=_code(error))


def _release(email: OutgoingEmail, **changes: object) -> None:
    # By claim: a sender whose lease ran out must not overwrite what the next one found.
    OutgoingEmail.objects.filter(pk=email.pk, claim=email.claim).update(claim="", claimed_until=None, **changes)


def _is_permanent(error: Exception) -> bool:
    """Tell whether the server refused this very message for good (5xx, RFC 5321 section 4.2.1).

    A refused sign-in or greeting is our own set-up: the message waits until that is mended.
    """
    of_the_message = smtplib.SMTPRecipientsRefused | smtplib.SMTPDataError | smtplib.SMTPSenderRefused
    return isinstance(error, of_the_message) and all(code >= 500 for code in _smtp_codes(error))


def _code(error: Exception) -> str:
    """Name the error without the server's words, which repeat the address."""
    return " ".join([type(error).__name__, *map(str, _smtp_codes(error))])


def _smtp_codes(error: Exception) -> list[int]:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return [code for code, _ in error.recipients.values()]
    return [error.smtp_code] if isinstance(error, smtplib.SMTPResponseException) else []


def _new_message_id() -> str:
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
    return f"<{secrets.token_hex(16)}@{domain}>"


def _wake_sender() -> None:
    # The task imports this module.
    from accounts.tasks import wake

    wake()
