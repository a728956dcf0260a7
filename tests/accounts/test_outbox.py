"""Outgoing email: written with its cause, sent once, over real SMTP on loopback."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.core.mail.message import BadHeaderError
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from accounts import outbox
from accounts.models import OutgoingEmail, Tenant
from accounts.tasks import send_outbox
from tests.accounts.conftest import make_tenant
from tools.processes import free_port

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
OK = "250 OK"


class Mailbox:
    """What the SMTP server took; `answers` are its answers to the next messages, then it says OK."""

    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []
        self.answers: list[str] = []
        self.refused: dict[str, str] = {}
        self.talks = 0

    async def handle_EHLO(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        self.talks += 1
        session.host_name = hostname
        return responses

    async def handle_RCPT(  # noqa: N802  # aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address not in self.refused:
            envelope.rcpt_tos.append(address)
        return self.refused.get(address, OK)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        answer = self.answers.pop(0) if self.answers else OK
        if answer == OK:
            self.messages.append(message_from_bytes(envelope.original_content or b"", policy=policy.default))
        return answer


@pytest.fixture
def mailbox(settings: Settings) -> Iterator[Mailbox]:
    box = Mailbox()
    port = free_port()
    server = Controller(box, hostname="127.0.0.1", port=port)
    server.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    yield box
    server.stop()


def put(tenant: Tenant | None = None, to: str = "ada@example.com", **changes: str) -> OutgoingEmail:
    fields: dict[str, Any] = {
        "kind": "login_code",
        "subject": "Your code",
        "text": "BCDF-GHJK",
        "html": "<p>BCDF-GHJK</p>",
    } | changes
    return outbox.put(tenant=tenant, to=to, at=NOW, headers={"Auto-Submitted": "auto-generated"}, **fields)


def test_a_message_is_sent_as_it_was_written(mailbox: Mailbox) -> None:
    email = put(subject="Grüße", text="Liebe Ada", html="<p>Liebe Ada</p>")

    assert outbox.send_due(now=NOW) == 1

    [sent] = mailbox.messages
    assert (sent["To"], sent["Subject"], sent["Message-ID"]) == ("ada@example.com", "Grüße", email.message_id)
    assert sent["Auto-Submitted"] == "auto-generated"
    bodies = {part.get_content_type(): part.get_content().strip() for part in sent.walk() if not part.is_multipart()}
    assert bodies == {"text/plain": "Liebe Ada", "text/html": "<p>Liebe Ada</p>"}


def test_an_answer_goes_to_the_privacy_team(mailbox: Mailbox) -> None:
    tenant = Tenant.objects.create(slug="acme", name="Acme", contact_email="privacy@acme.example")
    put(tenant)
    put()
    assert outbox.send_due(now=NOW) == 2
    assert [sent["Reply-To"] for sent in mailbox.messages] == ["privacy@acme.example", None]


def test_once_sent_nothing_personal_stays(mailbox: Mailbox) -> None:
    put()
    outbox.send_due(now=NOW)
    email = OutgoingEmail.objects.get()
    assert email.sent_at == NOW
    assert [email.to, email.subject, email.text, email.html, email.headers, email.claim] == ["", "", "", "", {}, ""]


def test_a_message_is_sent_once(mailbox: Mailbox) -> None:
    put()
    assert [outbox.send_due(now=NOW), outbox.send_due(now=NOW + timedelta(days=1))] == [1, 0]
    assert len(mailbox.messages) == 1


def test_no_more_than_the_limit_go_at_once_and_the_oldest_first(mailbox: Mailbox) -> None:
    for number in range(3):
        put(subject=str(number))
    assert outbox.send_due(now=NOW, limit=2) == 2
    assert [message["Subject"] for message in mailbox.messages] == ["0", "1"]


def test_a_server_that_is_away_is_tried_again_later_and_less_and_less_often(
    settings: Settings, mailbox: Mailbox
) -> None:
    email = put()
    port, settings.EMAIL_PORT = settings.EMAIL_PORT, 1
    waits = []
    now = NOW
    for _ in range(12):
        assert outbox.send_due(now=now) == 0
        email.refresh_from_db()
        waits.append(email.due_at - now)
        now = email.due_at
    assert waits[:3] == [timedelta(seconds=15), timedelta(seconds=30), timedelta(seconds=60)]
    assert max(waits) == timedelta(hours=1)
    assert (email.attempts, email.last_error, email.to) == (12, "ConnectionRefusedError", "ada@example.com")

    settings.EMAIL_PORT = port
    assert outbox.send_due(now=now - timedelta(seconds=1)) == 0
    assert outbox.send_due(now=now) == 1
    assert mailbox.messages[0]["Message-ID"] == email.message_id


def test_a_refusal_for_now_is_tried_again(mailbox: Mailbox) -> None:
    mailbox.answers = ["451 greylisted"]
    put()
    assert outbox.send_due(now=NOW) == 0
    assert OutgoingEmail.objects.get().last_error == "SMTPDataError 451"
    assert outbox.send_due(now=NOW + timedelta(minutes=1)) == 1


def test_a_refusal_for_good_is_recorded_without_the_address_and_not_tried_again(mailbox: Mailbox) -> None:
    mailbox.refused = {"ada@example.com": "550 no such user ada@example.com"}
    put()
    put(to="grace@example.com")

    assert outbox.send_due(now=NOW) == 1
    assert outbox.send_due(now=NOW + timedelta(days=1)) == 0

    refused = OutgoingEmail.objects.get(sent_at=None)
    assert (refused.refused_at, refused.last_error) == (NOW, "SMTPRecipientsRefused 550")
    assert (refused.to, refused.text) == ("", "")


def test_a_message_that_another_sender_claimed_is_left_alone_until_its_lease_runs_out(mailbox: Mailbox) -> None:
    email = put()
    # What a sender leaves behind that was killed between claim and sending.
    OutgoingEmail.objects.filter(pk=email.pk).update(claim="dead", claimed_until=NOW + outbox.LEASE)
    assert outbox.send_due(now=NOW + outbox.LEASE - timedelta(seconds=1)) == 0
    assert outbox.send_due(now=NOW + outbox.LEASE) == 1


def test_a_sender_whose_lease_ran_out_changes_nothing(mailbox: Mailbox) -> None:
    email = put()
    taken = OutgoingEmail.objects.get()
    assert outbox._claim(taken, NOW)
    assert outbox.send_due(now=NOW + outbox.LEASE) == 1
    outbox._postpone(taken, OSError(), NOW)
    email.refresh_from_db()
    assert (email.sent_at, email.last_error) == (NOW + outbox.LEASE, "")


def test_a_message_that_another_sender_has_had_since_is_left_alone(mailbox: Mailbox) -> None:
    put()
    read, other = OutgoingEmail.objects.get(), OutgoingEmail.objects.get()
    assert outbox._claim(other, NOW)
    assert not outbox._claim(read, NOW + outbox.LEASE)


def test_a_batch_is_one_talk_with_the_server_and_goes_on_after_a_refusal(mailbox: Mailbox) -> None:
    for name in ("ada", "bob", "cem", "dia"):
        put(to=f"{name}@example.com")
    mailbox.answers = [OK, "451 later", OK, OK]
    assert outbox.send_due(now=NOW) == 3
    assert [message["To"] for message in mailbox.messages] == ["ada@example.com", "cem@example.com", "dia@example.com"]
    assert mailbox.talks == 2
    assert OutgoingEmail.objects.get(sent_at=None).to == "bob@example.com"


@pytest.mark.parametrize(
    "bad",
    [
        {"to": "ada@example.com\nBcc: all@example.com"},
        {"subject": "Hello\r\nBcc: all@example.com"},
        {"subject": "Hello\x00"},
    ],
)
def test_a_header_with_a_line_break_never_enters_the_queue(bad: dict[str, Any]) -> None:
    with pytest.raises(BadHeaderError):
        put(**bad)
    assert not OutgoingEmail.objects.exists()


def test_a_message_is_sent_or_refused_but_not_both() -> None:
    email = put()
    with pytest.raises(IntegrityError), transaction.atomic():
        OutgoingEmail.objects.filter(pk=email.pk).update(sent_at=NOW, refused_at=NOW)


def test_no_two_messages_share_an_id() -> None:
    email = put()
    with pytest.raises(IntegrityError), transaction.atomic():
        OutgoingEmail.objects.filter(pk=put().pk).update(message_id=email.message_id)


@pytest.mark.django_db(transaction=True)
def test_a_message_is_rolled_back_with_its_cause(mailbox: Mailbox) -> None:
    def put_and_fail() -> None:
        with transaction.atomic():
            put(make_tenant("acme", "acme.localhost"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        put_and_fail()
    assert not OutgoingEmail.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_the_sender_is_woken_after_the_commit_and_not_before(monkeypatch: pytest.MonkeyPatch) -> None:
    woken = []
    monkeypatch.setattr(send_outbox, "apply_async", lambda **options: woken.append(options))
    with transaction.atomic():
        put()
        assert woken == []
    assert len(woken) == 1


@pytest.mark.django_db(transaction=True)
def test_smtp_is_spoken_outside_any_transaction(mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    original = outbox._message

    def look(email: OutgoingEmail) -> Any:
        seen.append(connection.in_atomic_block)
        return original(email)

    monkeypatch.setattr(outbox, "_message", look)
    put()
    assert outbox.send_due(now=NOW) == 1
    assert seen == [False]


@pytest.mark.django_db(transaction=True)
def test_two_senders_at_once_send_no_message_twice(mailbox: Mailbox) -> None:
    ids = {put().message_id for _ in range(20)}
    start = threading.Barrier(2)
    counts: list[int] = []

    def send() -> None:
        start.wait()
        counts.append(outbox.send_due(now=NOW))
        connection.close()

    senders = [threading.Thread(target=send) for _ in range(2)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()

    assert sum(counts) == 20
    assert len(mailbox.messages) == 20
    assert {message["Message-ID"] for message in mailbox.messages} == ids


def test_the_task_sends_what_is_due(mailbox: Mailbox) -> None:
    put()
    assert send_outbox() == 1


def test_a_message_is_forgotten_after_ninety_days() -> None:
    old, young = put(), put()
    OutgoingEmail.objects.filter(pk=young.pk).update(created_at=NOW + timedelta(seconds=1))
    assert outbox.forget(now=NOW + outbox.KEPT) == 1
    assert list(OutgoingEmail.objects.all()) == [young]
    assert not OutgoingEmail.objects.filter(pk=old.pk).exists()


def test_many_messages_are_forgotten_some_at_a_time() -> None:
    for _ in range(5):
        put()
    with CaptureQueriesContext(connection) as captured:
        assert outbox.forget(now=NOW + outbox.KEPT, size=2) == 5
    assert sum(query["sql"].startswith("DELETE") for query in captured) == 3
