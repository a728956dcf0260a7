"""Those whom data had been passed to are told that it is corrected: by a real server, and through the outbox."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction

from accounts import outbox
from accounts.models import AuditEvent, OutgoingEmail, Tenant, User
from dsar.actions import review
from dsar.actions.correcting import deciding
from dsar.actions.erasing.forgetting import ERASED_SINCE, forget_person
from dsar.actions.telling.corrections import SEVERAL
from dsar.actions.telling.receipts import confirm
from dsar.actions.telling.sending import MOST_ATTEMPTS, tell_due
from dsar.models import NoticeKind, Outcome, RecipientNotice, RequestType, Status, SubjectRequest
from tests.dsar.conftest import StepClock
from tests.dsar.correcting import change_contacts, crm_database, make_correctable
from tests.dsar.seconding import decides_alone
from tests.dsar.telling import SPELT, VARIABLE, by_email, by_webhook, is_signed, say
from tests.dsar.test_telling import token_of, verbs
from tests.dsar.test_the_end_of_a_correction import give_up
from tests.dsar.test_the_way_of_a_correction import approve, seen
from tests.dsar.test_the_way_of_a_correction import say as propose
from tests.dsar.test_the_way_of_a_request import file_access, work
from tests.dsar.views.conftest import browser, second_factor
from tests.stores.http_server import Reply, Service, running

pytestmark = pytest.mark.thorough

KNOWN_BY = ", identifier: app.people.id"
VALUES = ", new_values: true"


@pytest.fixture(autouse=True)
def _correctable(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    make_correctable(tenant)
    monkeypatch.setenv(VARIABLE, SPELT)


@pytest.fixture
def kontor() -> Iterator[Service]:
    with running(Service({"erasures": lambda _asked: Reply(status=204, body=b"")})) as service:
        yield service


def corrected(
    tenant: Tenant,
    subject: User,
    reviewer: User,
    clock: StepClock,
    right: dict[str, str],
    lines: set[int] | None = None,
    why: str = "",
) -> SubjectRequest:
    """Take a correction through to its end."""
    asked = file_access(tenant, subject, clock(), RequestType.RECTIFICATION)
    work(clock)
    asked.refresh_from_db()
    propose(asked, subject, clock, right)
    approve(asked, reviewer, clock, lines, why)
    return asked


def told(kontor: Service, clock: StepClock) -> dict[str, Any]:
    """Send what is due; return what the one message says."""
    assert tell_due(clock=clock) == 1
    (asked,) = kontor.asked
    assert is_signed(asked)
    message: dict[str, Any] = json.loads(asked.body)
    assert message["type"] == "correction.completed"
    data: dict[str, Any] = message["data"]
    return data


def test_an_email_names_fields_and_no_value(tenant: Tenant, subject: User, reviewer: User, clock: StepClock) -> None:
    say(tenant, by_email(KNOWN_BY))
    asked = corrected(tenant, subject, reviewer, clock, {"Ann": "Anneliese"})
    message = OutgoingEmail.objects.get(kind="recipient_corrected")
    assert message.to == "dpo@postbox.example"
    assert "You know the person by: 0\n" in message.text
    assert "- Account: Name\n- Contacts: Full name\n" in message.text
    assert "Letters" not in message.text, "where it stayed"
    assert "ask privacy@acme.example" in message.text
    for secret in ("ann@", "Anneliese", "Annie"):
        assert secret not in message.subject + message.text + message.html
    person = OutgoingEmail.objects.get(kind="corrected")
    assert "told now that it is corrected:\n- Postbox\n" in person.text
    assert '<li dir="auto">Postbox</li>' in person.html
    outbox.send_due(now=clock())
    tell_due(clock=clock)
    notice = asked.recipient_notices.get()
    assert (notice.kind, notice.told_at is None, notice.receipt_at) == (NoticeKind.CORRECTION, False, None)
    confirm(token_of(message), tenant=tenant, now=clock())
    assert verbs(asked) == ["recipients.to_be_told", "recipient.told", "recipient.confirmed"]


def test_a_webhook_gets_values_only_where_the_map_asks_for_them(
    tenant: Tenant, subject: User, reviewer: User, clock: StepClock, kontor: Service
) -> None:
    say(tenant, by_webhook(kontor.url, KNOWN_BY))
    asked = corrected(tenant, subject, reviewer, clock, {"Ann": "Anneliese"})
    assert "Anneliese" not in asked.recipient_notices.get().body
    assert told(kontor, clock) == {
        "reference": asked.reference,
        "controller": "Acme",
        "recipient": "Kontor",
        "identifiers": ["0"],
        "corrected": [{"collection": "Account", "field": "name"}, {"collection": "Contacts", "field": "full_name"}],
    }


def test_whoever_asks_for_them_gets_the_new_values_and_they_are_blanked_then(
    tenant: Tenant, subject: User, reviewer: User, clock: StepClock, kontor: Service
) -> None:
    say(tenant, by_webhook(kontor.url, VALUES))
    asked = corrected(tenant, subject, reviewer, clock, {"Ann": "Anneliese", "30": ""}, why="")
    assert told(kontor, clock)["corrected"] == [
        {"collection": "Account", "field": "age", "value": None},
        {"collection": "Account", "field": "name", "value": "Anneliese"},
        {"collection": "Contacts", "field": "full_name", "value": "Anneliese"},
    ]
    notice = asked.recipient_notices.get()
    assert (notice.body, notice.due_at, notice.receipt_at is None) == ("", None, False)
    facts = [str(event.facts) for event in AuditEvent.objects.all()]
    assert not any("Anneliese" in fact for fact in facts)


def test_values_are_blanked_when_they_are_given_up(
    tenant: Tenant, subject: User, reviewer: User, clock: StepClock
) -> None:
    with running(Service()) as gone:
        pass
    say(tenant, by_webhook(gone.url, VALUES))
    asked = corrected(tenant, subject, reviewer, clock, {"Ann": "Anneliese"})
    RecipientNotice.objects.update(attempts=MOST_ATTEMPTS - 1)
    assert "Anneliese" in asked.recipient_notices.get().body
    tell_due(clock=clock)
    notice = asked.recipient_notices.get()
    assert (notice.body, notice.given_up_at is None) == ("", False)
    alarm = OutgoingEmail.objects.get(kind="recipient_untold")
    assert "told of a correction" in alarm.text
    assert "Anneliese" not in alarm.text


def test_of_a_field_with_several_new_values_none_is_told(
    tenant: Tenant, subject: User, reviewer: User, clock: StepClock, kontor: Service
) -> None:
    say(tenant, by_webhook(kontor.url, VALUES))
    asked = corrected(tenant, subject, reviewer, clock, {"Ann": "Anneliese", "Annie": "Anna"})
    assert told(kontor, clock)["corrected"] == [
        {"collection": "Account", "field": "name", "value": "Anneliese"},
        {"collection": "Contacts", "field": "full_name"},
    ]
    assert asked.recipient_notices.get().left_out == SEVERAL, "also when it was told"


def test_who_knows_the_person_by_what_was_corrected_is_told_the_old_value_and_the_new(
    tenant: Tenant, subject: User, reviewer: User, clock: StepClock, kontor: Service
) -> None:
    known_by = ", identifier: crm.contacts.full_name"
    say(tenant, by_webhook(kontor.url, known_by + VALUES), by_email(known_by))
    corrected(tenant, subject, reviewer, clock, {"Annie": "Anna"})
    data = told(kontor, clock)
    assert (data["identifiers"], data["new_identifiers"]) == (["Annie"], {"Annie": "Anna"})
    message = OutgoingEmail.objects.get(kind="recipient_corrected")
    assert "You know the person by: Annie\nThat was corrected as well" in message.text
    assert "Anna\n" not in message.text


def test_only_what_was_written_is_told(
    tenant: Tenant, subject: User, reviewer: User, clock: StepClock, kontor: Service
) -> None:
    say(tenant, by_webhook(kontor.url, VALUES))
    asked = corrected(tenant, subject, reviewer, clock, {"Ann": "Anneliese"}, lines={2}, why="A pen name.")
    assert asked.outcome == Outcome.PARTIAL
    assert [item["collection"] for item in told(kontor, clock)["corrected"]] == ["Contacts"]


def test_nobody_is_told_of_what_was_refused(tenant: Tenant, subject: User, reviewer: User, clock: StepClock) -> None:
    say(tenant, by_email())
    asked = file_access(tenant, subject, clock(), RequestType.RECTIFICATION)
    work(clock)
    asked.refresh_from_db()
    propose(asked, subject, clock, {"Ann": "Anneliese"})
    review.deny(asked, reason="other", explanation="We checked it.", by=reviewer, now=clock())
    assert not RecipientNotice.objects.exists()


def test_a_store_that_was_left_out_is_not_told_of(
    tenant: Tenant, subject: User, reviewer: User, clock: StepClock, kontor: Service
) -> None:
    say(tenant, by_webhook(kontor.url, VALUES))
    gone = crm_database(tenant)
    asked = file_access(tenant, subject, clock(), RequestType.RECTIFICATION)
    work(clock)
    asked.refresh_from_db()
    propose(asked, subject, clock, {"Ann": "Anneliese"})
    gone.rename(gone.with_suffix(".away"))
    approve(asked, reviewer, clock)
    give_up(clock)
    assert not RecipientNotice.objects.exists(), "before it is closed"
    asked.refresh_from_db()
    decides_alone(tenant)
    review.record_exception(asked, dataset="crm", reason="It was sold.", by=reviewer, now=clock())
    work(clock)
    assert [item["collection"] for item in told(kontor, clock)["corrected"]] == ["Account"]


def test_what_an_earlier_round_wrote_is_told_as_well(
    tenant: Tenant, subject: User, reviewer: User, clock: StepClock, kontor: Service
) -> None:
    say(tenant, by_webhook(kontor.url, VALUES))
    asked = file_access(tenant, subject, clock(), RequestType.RECTIFICATION)
    work(clock)
    asked.refresh_from_db()
    propose(asked, subject, clock, {"Ann": "Anneliese"})
    found = seen(asked)
    change_contacts(tenant, "insert into contacts values (7, 'ann@example.com', 'Ann')")
    chosen = {at for at, line in enumerate(found.lines) if line.can_be_written}
    deciding.approve(asked, lines=chosen, fingerprint=found.fingerprint, explanation="", by=reviewer, now=clock())
    work(clock)  # the first store is written, the second is given back: it has a row more
    asked.refresh_from_db()
    assert asked.status == Status.AWAITING_REVIEW
    approve(asked, reviewer, clock)
    assert asked.status == Status.FULFILLED
    assert [item["collection"] for item in told(kontor, clock)["corrected"]] == ["Account", "Contacts"]


def test_pages_list_them_to_the_person_and_the_team(
    tenant: Tenant, subject: User, reviewer: User, clock: StepClock
) -> None:
    say(tenant, by_email())
    asked = corrected(tenant, subject, reviewer, clock, {"Ann": "Anneliese"})
    for user, page in ((subject, f"/requests/{asked.reference}/"), (reviewer, f"/desk/{asked.reference}/")):
        text = browser(second_factor(user) if user == reviewer else user).get(page).content.decode()
        assert "Who is told that it is corrected" in text, page
        assert "Postbox" in text
        assert "Being told" in text
        assert "dpo@postbox.example" not in text
    link = f"/receipt/{token_of(OutgoingEmail.objects.get(kind='recipient_corrected'))}/"
    anonymous = browser()
    assert "has corrected personal data" in anonymous.get(link).content.decode()
    assert "Correct the data with you too" in anonymous.post(link).content.decode()
    assert "Correct the data with you too" in anonymous.post(link).content.decode(), "also the second time"


def test_what_waits_to_be_corrected_is_called_off_when_the_person_is_erased(
    tenant: Tenant, subject: User, reviewer: User, clock: StepClock, kontor: Service
) -> None:
    say(tenant, by_webhook(kontor.url, VALUES))
    asked = corrected(tenant, subject, reviewer, clock, {"Ann": "Anneliese"})
    assert "Anneliese" in asked.recipient_notices.get().body
    erasure = file_access(tenant, subject, clock(), RequestType.ERASURE, "e1")
    with transaction.atomic():
        forget_person(erasure, now=clock())
    notice = asked.recipient_notices.get()
    assert (notice.body, notice.due_at, notice.error) == ("", None, ERASED_SINCE)
    tell_due(clock=clock)
    assert kontor.asked == []
