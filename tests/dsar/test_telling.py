"""Those whom data had been passed to are told that it is erased: by a real server, and through the outbox."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings as site
from django.core import mail
from django.db import IntegrityError, connection
from pytest_django import Settings

from accounts import outbox
from accounts.models import AuditEvent, OutgoingEmail, Tenant, User
from dsar.actions.telling.receipts import ConfirmedBeforeError, NoSuchNoticeError, confirm
from dsar.actions.telling.sending import MOST_ATTEMPTS, tell_due
from dsar.models import Outcome, RecipientNotice, Status, SubjectRequest
from tests.dsar.conftest import StepClock
from tests.dsar.erasing import change, make_erasable
from tests.dsar.telling import SPELT, VARIABLE, by_email, by_webhook, erase_ann, is_signed, say
from tests.dsar.test_the_way_of_an_erasure import certificate_of
from tests.stores.http_server import Reply, Service, running

pytestmark = pytest.mark.thorough

KNOWN_BY = ", identifier: app.people.id"


@pytest.fixture(autouse=True)
def _erasable(tenant: Tenant, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_erasable(tenant)
    settings.DSAR_ERASURE_LEDGER = tmp_path / "ledger.jsonl"
    monkeypatch.setenv(VARIABLE, SPELT)


@pytest.fixture
def kontor() -> Iterator[Service]:
    with running(Service({"erasures": lambda _asked: Reply(status=204, body=b"")})) as service:
        yield service


def token_of(message: OutgoingEmail) -> str:
    found = re.search(r"/receipt/([\w-]+)/", message.text)
    assert found is not None
    return found[1]


def verbs(subject_request: SubjectRequest) -> list[str]:
    events = AuditEvent.objects.filter(target_id=str(subject_request.pk)).order_by("sequence")
    return [event.verb for event in events if event.verb.startswith("recipient")]


def test_an_email_is_told_and_confirmed(tenant: Tenant, subject: User, reviewer: User, clock: StepClock) -> None:
    say(tenant, by_email(KNOWN_BY))
    erased = erase_ann(tenant, subject, reviewer, clock)
    notice = erased.recipient_notices.get()
    message = OutgoingEmail.objects.get(kind="recipient_notice")
    token = token_of(message)
    assert (notice.name, notice.channel, notice.told_at, notice.error) == ("Postbox", "email", None, "")
    assert message.to == "dpo@postbox.example"
    assert "You know the person by: 0\n" in message.text, "that of Ann, and of nobody else"
    assert "- Account\n- Old addresses\n- Letters\n" in message.text
    assert "Invoices" not in message.text, "which are kept"
    assert token not in notice.token_hash
    for secret in ("ann@", "Ann", "ann.old"):
        assert secret not in message.subject + message.text + message.html
    assert tell_due(clock=clock) == 0
    outbox.send_due(now=clock())
    assert [item.to for item in mail.outbox if "Erase" in item.subject] == [["dpo@postbox.example"]]
    assert tell_due(clock=clock) == 0, "by email nobody is reached here"
    told = erased.recipient_notices.get()
    assert told.told_at == OutgoingEmail.objects.get(kind="recipient_notice").sent_at
    assert told.receipt_at is None
    confirm(token, tenant=tenant, now=clock())
    with pytest.raises(ConfirmedBeforeError) as caught:
        confirm(token, tenant=tenant, now=clock())
    assert caught.value.at == erased.recipient_notices.get().receipt_at
    assert verbs(erased) == ["recipients.to_be_told", "recipient.told", "recipient.confirmed"]


def test_a_token_opens_nothing_of_another_company(
    tenant: Tenant, subject: User, reviewer: User, clock: StepClock
) -> None:
    say(tenant, by_email())
    erase_ann(tenant, subject, reviewer, clock)
    token = token_of(OutgoingEmail.objects.get(kind="recipient_notice"))
    other = Tenant.objects.create(slug="other", name="Other", contact_email="privacy@other.example")
    for company, said in ((other, token), (tenant, token[:-1]), (tenant, ""), (tenant, "x" * 300)):
        with pytest.raises(NoSuchNoticeError):
            confirm(said, tenant=company, now=clock())
    assert RecipientNotice.objects.get().receipt_at is None


def test_a_webhook_is_signed_and_its_2xx_is_the_receipt(
    tenant: Tenant, subject: User, reviewer: User, clock: StepClock, kontor: Service
) -> None:
    say(tenant, by_webhook(kontor.url, KNOWN_BY))
    erased = erase_ann(tenant, subject, reviewer, clock)
    assert kontor.asked == [], "nothing is sent in the transaction that closes"
    assert tell_due(clock=clock) == 1
    (asked,) = kontor.asked
    notice = erased.recipient_notices.get()
    assert (asked.method, asked.target) == ("POST", "/erasures?key=1")
    assert is_signed(asked)
    assert asked.headers["idempotency-key"] == asked.headers["webhook-id"] == f"{erased.reference}.{notice.pk}"
    assert abs(int(asked.headers["webhook-timestamp"]) - clock().timestamp()) < 5
    assert json.loads(asked.body)["data"] == {
        "reference": erased.reference,
        "controller": "Acme",
        "recipient": "Kontor",
        "erased": ["Account", "Old addresses", "Letters"],
        "identifiers": ["0"],
    }
    assert (notice.body, notice.due_at, notice.error) == ("", None, "")
    assert notice.told_at == notice.receipt_at is not None
    assert tell_due(clock=clock) == 0
    assert len(kontor.asked) == 1
    assert verbs(erased) == ["recipients.to_be_told", "recipient.told"]


def test_what_is_not_taken_is_sent_again_the_same_with_the_same_id(
    tenant: Tenant, subject: User, reviewer: User, clock: StepClock, kontor: Service
) -> None:
    say(tenant, by_webhook(kontor.url))
    elsewhere = {"Location": f"{kontor.url}/elsewhere"}
    kontor.moods += [Reply(status=500), Reply(status=404), Reply(status=307, headers=elsewhere), Reply({}, cut=0)]
    erased = erase_ann(tenant, subject, reviewer, clock)
    told = []
    for wait in (30, 60, 120, 240):
        assert tell_due(clock=clock) == 0
        told.append(erased.recipient_notices.get().error)
        clock.now += timedelta(seconds=wait - 1)
        assert tell_due(clock=clock) == 0, "not before its time"
        clock.now += timedelta(seconds=1)
    assert tell_due(clock=clock) == 1
    assert told[:3] == ["the service answers 500", "they answer 404", "they redirect, which is not followed"]
    assert len(kontor.asked) == 5
    assert {asked.target for asked in kontor.asked} == {"/erasures?key=1"}, "a redirect is not followed"
    assert len({(asked.body, asked.headers["webhook-id"]) for asked in kontor.asked}) == 1
    assert all(is_signed(asked) for asked in kontor.asked)
    assert len({asked.headers["webhook-timestamp"] for asked in kontor.asked}) == 5
    assert kontor.url not in "".join(told)


def test_nobody_who_is_never_there_is_tried_for_ever(
    tenant: Tenant, subject: User, reviewer: User, clock: StepClock
) -> None:
    with running(Service()) as gone:
        pass
    say(tenant, by_webhook(gone.url, KNOWN_BY))
    erased = erase_ann(tenant, subject, reviewer, clock)
    began = clock()
    for attempt in range(MOST_ATTEMPTS):
        assert '"identifiers": ["0"]' in erased.recipient_notices.get().body, attempt
        tell_due(clock=clock)
        clock.now += timedelta(hours=6)
    notice = erased.recipient_notices.get()
    assert (notice.attempts, notice.body, notice.due_at) == (MOST_ATTEMPTS, "", None)
    assert notice.given_up_at is not None
    assert notice.error == "ConnectError"
    assert notice.told_at is notice.receipt_at is None
    assert notice.given_up_at - began < timedelta(days=7)
    assert verbs(erased)[-1] == "recipient.given_up"
    alarm = OutgoingEmail.objects.get(kind="recipient_untold")
    assert alarm.to == reviewer.email
    assert "Kontor: ConnectError" in alarm.text
    assert tell_due(clock=clock) == 0


def test_an_address_that_was_wrong_is_mended_in_the_map(
    tenant: Tenant, subject: User, reviewer: User, clock: StepClock, kontor: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    say(tenant, by_webhook("http://127.0.0.1:9"))
    monkeypatch.delenv(VARIABLE)
    erased = erase_ann(tenant, subject, reviewer, clock)
    tell_due(clock=clock)
    assert erased.recipient_notices.get().error == f"the environment variable {VARIABLE} is not set"
    monkeypatch.setenv(VARIABLE, "whsec_c2hvcnQ=")
    clock.now += timedelta(minutes=1)
    tell_due(clock=clock)
    assert "is no secret of a webhook" in erased.recipient_notices.get().error
    assert "c2hvcnQ" not in erased.recipient_notices.get().error
    monkeypatch.setenv(VARIABLE, SPELT)
    file = Path(site.TENANTS_DIR) / "acme" / "datamap" / "app.yml"
    file.write_text(file.read_text("utf-8").replace("127.0.0.1:9/", kontor.url.removeprefix("http://") + "/"), "utf-8")
    clock.now += timedelta(minutes=2)
    assert tell_due(clock=clock) == 1
    assert erased.recipient_notices.get().error == ""


def test_a_recipient_who_is_gone_from_the_map_is_not_told(
    tenant: Tenant, subject: User, reviewer: User, clock: StepClock, kontor: Service
) -> None:
    say(tenant, by_webhook(kontor.url))
    erased = erase_ann(tenant, subject, reviewer, clock)
    file = Path(site.TENANTS_DIR) / "acme" / "datamap" / "app.yml"
    file.write_text(file.read_text("utf-8").replace("name: Kontor", "name: Another"), "utf-8")
    assert tell_due(clock=clock) == 0
    assert kontor.asked == []
    assert "does not name them" in erased.recipient_notices.get().error


def test_two_workers_send_it_once(
    tenant: Tenant, subject: User, reviewer: User, clock: StepClock, kontor: Service
) -> None:
    say(tenant, by_webhook(kontor.url))
    erase_ann(tenant, subject, reviewer, clock)

    def answer(_asked: object) -> Reply:
        with closing(connection):  # of this thread
            tell_due(clock=clock)  # another worker, while this one waits for the answer
        return Reply(status=200)

    kontor.resources["erasures"] = answer
    assert tell_due(clock=clock) == 1
    assert len(kontor.asked) == 1


def test_nobody_is_told_of_what_was_not_erased(tenant: Tenant, subject: User, reviewer: User, clock: StepClock) -> None:
    say(tenant, by_email())
    change(tenant, "delete from people where id = 0")
    change(tenant, "delete from old_emails where id = 1")
    change(tenant, "delete from letters where id < 3")
    erased = erase_ann(tenant, subject, reviewer, clock)
    assert (erased.status, erased.outcome) == (Status.FULFILLED, Outcome.PARTIAL), "invoices alone were there"
    assert not RecipientNotice.objects.exists()
    assert not OutgoingEmail.objects.filter(kind="recipient_notice").exists()


def test_the_certificate_and_the_last_message_name_them(
    tenant: Tenant, subject: User, reviewer: User, clock: StepClock, kontor: Service
) -> None:
    say(tenant, by_email(KNOWN_BY), by_webhook(kontor.url))
    erased = erase_ann(tenant, subject, reviewer, clock)
    told = json.loads(certificate_of(erased, clock))["recipients"]
    assert [(item["name"], item["receipt"]) for item in told] == [("Postbox", ""), ("Kontor", "")]
    assert told[0]["how"] == "By email, with a link to confirm it"
    assert all(item["told_at"] for item in told)
    last = OutgoingEmail.objects.get(kind="erasure_done")
    assert "are told now that it is erased:\n- Postbox\n- Kontor\n" in last.text
    assert '<li dir="auto">Kontor</li>' in last.html


def test_a_recipient_who_is_the_person_is_told_all_the_same(
    tenant: Tenant, subject: User, reviewer: User, clock: StepClock
) -> None:
    say(tenant, "{name: Ann herself, email: ann@example.com}")
    erase_ann(tenant, subject, reviewer, clock)
    assert OutgoingEmail.objects.get(kind="recipient_notice").to == "ann@example.com"


def test_a_message_that_the_mail_server_refuses_is_given_up(
    tenant: Tenant, subject: User, reviewer: User, clock: StepClock
) -> None:
    say(tenant, by_email())
    erased = erase_ann(tenant, subject, reviewer, clock)
    OutgoingEmail.objects.filter(kind="recipient_notice").update(refused_at=clock(), last_error="Refused 550")
    tell_due(clock=clock)
    notice = erased.recipient_notices.get()
    assert notice.given_up_at is not None
    assert notice.error == "the mail server has not taken the message: Refused 550"


def test_a_message_that_never_left_is_not_taken_for_told(
    tenant: Tenant, subject: User, reviewer: User, clock: StepClock
) -> None:
    say(tenant, by_email())
    erased = erase_ann(tenant, subject, reviewer, clock)
    clock.now += outbox.KEPT
    outbox.forget(now=clock())
    tell_due(clock=clock)
    notice = erased.recipient_notices.get()
    assert (notice.told_at, notice.given_up_at is None) == (None, False)


def test_of_very_many_values_none_is_told(tenant: Tenant, subject: User, reviewer: User, clock: StepClock) -> None:
    say(tenant, by_email(KNOWN_BY))
    change(
        tenant,
        "with recursive n(i) as (select 100 union all select i + 1 from n where i < 201) "
        "insert into people(id, email) select i, 'ann@example.com' from n",
    )
    erased = erase_ann(tenant, subject, reviewer, clock)
    assert "More than 100 values" in erased.recipient_notices.get().left_out
    assert "You know the person by" not in OutgoingEmail.objects.get(kind="recipient_notice").text


@pytest.mark.parametrize("what", ["body", "due_at"])
def test_what_was_told_holds_nothing_to_send(
    what: str, tenant: Tenant, subject: User, reviewer: User, clock: StepClock
) -> None:
    say(tenant, by_email())
    erase_ann(tenant, subject, reviewer, clock)
    changes = {"told_at": clock(), what: "0" if what == "body" else clock()}
    with pytest.raises(IntegrityError, match="settled_notice_holds_nothing"):
        RecipientNotice.objects.update(**changes)
