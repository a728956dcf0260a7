"""Those whom data had been passed to are told that uses of it stop, and that they stop no more: by a real server."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from accounts.models import OutgoingEmail, Tenant, User
from dsar.actions import intake, verification
from dsar.actions.erasing import forgetting
from dsar.actions.restricting import deciding, ending, running
from dsar.actions.retention.enforce import enforce
from dsar.actions.telling import stops
from dsar.actions.telling.sending import MOST_ATTEMPTS, tell_due
from dsar.actions.telling.standing import Standing, standing
from dsar.actions.telling.stop_changes import NOT_NEEDED
from dsar.actions.writing.claims import LONGEST_WAIT
from dsar.models import Purpose, RecipientNotice, RequestType, Status, StopWriting, SubjectRequest
from dsar.views.stop_stores import stop_stores, untold
from tests.dsar.choosing import lists_database, run
from tests.dsar.conftest import StepClock, app_database, make_tenant
from tests.dsar.stopping import ANN, EVERYTHING, stopped
from tests.dsar.stops_told import BEGUN, EVERY, KNOWN_BY, OVER, map_file, notices, said
from tests.dsar.telling import SPELT, VARIABLE, by_email, by_webhook, is_signed, say
from tests.dsar.test_stops_in_stores import make_markable
from tests.dsar.test_the_way_of_a_request import file_access
from tests.dsar.views.conftest import mailed_code
from tests.stores.http_server import Reply, Service
from tests.stores.http_server import running as serving

pytestmark = pytest.mark.thorough


@pytest.fixture
def tenant(db: None) -> Iterator[Tenant]:
    for tenant in make_tenant():
        make_markable(tenant)
        yield tenant


@pytest.fixture(autouse=True)
def _surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, SPELT)
    monkeypatch.setattr("dsar.fulfilment.engine.WAITS", ())


@pytest.fixture
def kontor() -> Iterator[Service]:
    with serving(Service({"erasures": lambda _asked: Reply(status=204, body=b"")})) as service:
        yield service


def test_a_webhook_hears_of_a_stop_and_of_its_end(
    tenant: Tenant, subject: User, reviewer: User, clock: StepClock, kontor: Service
) -> None:
    say(tenant, by_webhook(kontor.url, KNOWN_BY))
    filed = stopped(tenant, subject, reviewer, EVERYTHING, now=clock())
    assert running.run_due(clock=clock) == 1
    assert kontor.asked == [], "nothing is sent while the stores are marked"
    assert '"identifiers": ["0"]' in RecipientNotice.objects.get().body
    assert tell_due(clock=clock) == 1
    notice = RecipientNotice.objects.get()
    assert (notice.kind, notice.purposes, notice.body, notice.left_out) == (BEGUN, [EVERYTHING], "", "")
    assert notice.receipt_at is not None
    who = {"reference": filed.reference, "controller": "Acme", "recipient": "Kontor", "identifiers": ["0"]}
    assert said(kontor) == [("restriction.granted", who | {"restricted": [EVERY]})]
    ending.take_back(filed, by=subject, now=clock())
    running.run_due(clock=clock)
    assert tell_due(clock=clock) == 1
    assert said(kontor)[1:] == [("restriction.lifted", who | {"lifted": [EVERY], "still_restricted": []})]
    assert all(is_signed(asked) for asked in kontor.asked)
    StopWriting.objects.update(done_at=None)
    assert running.run_due(clock=clock) == 1
    assert notices() == [(BEGUN, "Kontor"), (OVER, "Kontor")], "each is told once"


def test_an_email_says_what_stops_and_of_whom_and_then_that_it_is_over(
    tenant: Tenant, subject: User, reviewer: User, clock: StepClock
) -> None:
    say(tenant, by_email(KNOWN_BY))
    filed = stopped(tenant, subject, reviewer, EVERYTHING, now=clock())
    running.run_due(clock=clock)
    message = OutgoingEmail.objects.get(kind="recipient_restricted")
    assert message.to == "dpo@postbox.example"
    assert "You know the person by: 0\n" in message.text
    assert "- Every use of the data\n" in message.text
    at = deciding.lift(filed, reason="Checked.", by=reviewer, now=clock())
    running.run_due(clock=clock)
    assert notices() == [(BEGUN, "Postbox")], "the person is told before it ends, others when it does"
    clock.now = at
    ending.end_due(now=clock())
    running.run_due(clock=clock)
    over = OutgoingEmail.objects.get(kind="recipient_unrestricted")
    assert "What it may be used for again:\n- Every use of the data\n" in over.text
    assert "stays stopped" not in over.text
    for one in (message, over):
        for secret in ("ann@", "Ann", "Checked"):
            assert secret not in one.subject + one.text + one.html


def test_what_stands_in_the_persons_own_rows_is_what_they_are_known_by(
    tenant: Tenant, subject: User, reviewer: User, clock: StepClock, kontor: Service
) -> None:
    say(tenant, by_webhook(kontor.url, ", identifier: lists.members.mail"))
    stopped(tenant, subject, reviewer, EVERYTHING, now=clock())
    running.run_due(clock=clock)
    tell_due(clock=clock)
    # A former address of hers leads there too; that of nobody else does.
    assert said(kontor)[0][1]["identifiers"] == ["Ann@example.com", "ann.old@example.com", "ann@example.com"]


def test_who_is_known_by_nothing_or_very_much_is_told_without(
    tenant: Tenant, subject: User, reviewer: User, clock: StepClock
) -> None:
    say(tenant, by_email(KNOWN_BY), "{name: Press, email: dpo@press.example, identifier: app.letters.id}")
    run(app_database(tenant), "delete from people where id = 0")
    many = (
        "with recursive n(i) as (select 100 union all select i + 1 from n where i < 200) "
        "insert into letters(id, email) select i, 'ann@example.com' from n"
    )
    run(app_database(tenant), many)
    stopped(tenant, subject, reviewer, EVERYTHING, now=clock())
    running.run_due(clock=clock)
    first, second = RecipientNotice.objects.order_by("pk")
    assert first.left_out == stops.NONE_FOUND
    assert "More than 100 values" in second.left_out
    texts = OutgoingEmail.objects.filter(kind="recipient_restricted").values_list("text", flat=True)
    assert not any("You know the person by" in text for text in texts)


def test_a_store_that_is_down_holds_up_those_alone_who_know_the_person_by_it(
    tenant: Tenant, subject: User, reviewer: User, clock: StepClock, kontor: Service
) -> None:
    say(tenant, by_email(), by_webhook(kontor.url, ", identifier: lists.members.mail"))
    away = lists_database(tenant).rename(lists_database(tenant).with_suffix(".away"))
    filed = stopped(tenant, subject, reviewer, Purpose.SHARING, now=clock())
    for attempt in range(30):
        assert running.run_due(clock=clock) == 0
        assert notices() == [(BEGUN, "Postbox")], attempt
        (why,) = untold(filed)
        assert why.startswith("lists")
        clock.now += LONGEST_WAIT
    lists_database(tenant).unlink(missing_ok=True)
    away.rename(lists_database(tenant))
    assert running.run_due(clock=clock) == 1
    assert notices() == [(BEGUN, "Postbox"), (BEGUN, "Kontor")]
    assert untold(filed) == []
    assert tell_due(clock=clock) == 1
    assert len(said(kontor)[0][1]["identifiers"]) == 3


def test_a_store_that_only_holds_a_mark_holds_up_nobody(
    tenant: Tenant, subject: User, reviewer: User, clock: StepClock
) -> None:
    say(tenant, by_email(KNOWN_BY))
    lists_database(tenant).unlink()
    filed = stopped(tenant, subject, reviewer, EVERYTHING, now=clock())
    for _attempt in range(2):
        assert running.run_due(clock=clock) == 0
        assert notices() == [(BEGUN, "Postbox")], "and once"
        clock.now += LONGEST_WAIT
    assert untold(filed) == []
    assert [item.progress.state for item in stop_stores(filed)] == ["waiting", "failed"]


def test_a_broken_map_loses_no_notice(tenant: Tenant, subject: User, reviewer: User, clock: StepClock) -> None:
    say(tenant, by_email())
    text = map_file(tenant).read_text("utf-8")
    stopped(tenant, subject, reviewer, EVERYTHING, now=clock())
    map_file(tenant).write_text("dataset: [", "utf-8")
    assert running.run_due(clock=clock) == 0
    map_file(tenant).write_text(text, "utf-8")
    clock.now += LONGEST_WAIT
    running.run_due(clock=clock)
    assert notices() == [(BEGUN, "Postbox")]


def test_who_heard_nothing_yet_hears_nothing_of_what_is_over(
    tenant: Tenant, subject: User, reviewer: User, clock: StepClock, kontor: Service
) -> None:
    say(tenant, by_webhook(kontor.url, KNOWN_BY))
    ending.take_back(stopped(tenant, subject, reviewer, EVERYTHING, now=clock()), by=subject, now=clock())
    running.run_due(clock=clock)
    assert notices() == [], "it was over before anybody looked"
    filed = stopped(tenant, subject, reviewer, EVERYTHING, now=clock())
    running.run_due(clock=clock)
    ending.take_back(filed, by=subject, now=clock())
    running.run_due(clock=clock)
    notice = RecipientNotice.objects.get()
    assert (notice.kind, notice.body, notice.due_at, notice.error) == (BEGUN, "", None, NOT_NEEDED)
    tell_due(clock=clock)
    assert kontor.asked == []


def test_who_may_have_heard_of_it_hears_of_its_end_and_not_of_its_begin_again(
    tenant: Tenant, subject: User, reviewer: User, clock: StepClock, kontor: Service
) -> None:
    say(tenant, by_webhook(kontor.url, KNOWN_BY))
    filed = stopped(tenant, subject, reviewer, EVERYTHING, now=clock())
    running.run_due(clock=clock)
    kontor.moods += [Reply({}, cut=0)]
    assert tell_due(clock=clock) == 0
    ending.take_back(filed, by=subject, now=clock())
    running.run_due(clock=clock)
    clock.now += timedelta(hours=7)
    assert tell_due(clock=clock) == 1
    assert [kind for kind, _ in said(kontor)] == ["restriction.granted", "restriction.lifted"]


def test_a_stop_that_ends_while_its_rows_are_read_is_not_told(
    tenant: Tenant, subject: User, reviewer: User, clock: StepClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    say(tenant, by_email(KNOWN_BY))
    filed = stopped(tenant, subject, reviewer, EVERYTHING, now=clock())
    rounds: list[int] = []

    def taken_back_after(*arguments: Any) -> Standing:
        found = standing(*arguments)
        rounds.append(1)
        ending.take_back(filed, by=subject, now=clock())
        return found

    monkeypatch.setattr(stops, "standing", taken_back_after)
    assert running.run_due(clock=clock) == 1
    assert rounds == [1]
    assert notices() == []


def test_an_erasure_calls_off_what_nobody_heard_yet(
    tenant: Tenant, subject: User, reviewer: User, clock: StepClock, kontor: Service
) -> None:
    say(tenant, by_webhook(kontor.url, KNOWN_BY))
    stopped(tenant, subject, reviewer, EVERYTHING, now=clock())
    running.run_due(clock=clock)
    erasure = file_access(tenant, subject, clock(), RequestType.ERASURE)
    SubjectRequest.objects.filter(pk=erasure.pk).update(status=Status.FULFILLED, closed_at=clock())
    forgetting.forget_person(erasure, now=clock())
    notice = RecipientNotice.objects.get()
    assert (notice.body, notice.due_at, notice.error) == ("", None, forgetting.ERASED_SINCE)
    running.run_due(clock=clock)
    tell_due(clock=clock)
    assert kontor.asked == []


def test_a_request_stays_until_others_are_told_of_its_end(
    tenant: Tenant, reviewer: User, clock: StepClock, settings: Settings, tmp_path: Path
) -> None:
    settings.STORAGE_URL, settings.CHECKPOINT_DIR = f"file://{tmp_path}/storage", tmp_path / "checkpoints"
    say(tenant, by_email(KNOWN_BY))
    filing = intake.Filing(
        RequestType.RESTRICTION, ANN, "x", question="Mine.", purposes=(Purpose.SHARING,), ground="claims"
    )
    filed = intake.file_request(tenant=tenant, filing=filing, account=None, now=clock())
    verification.confirm(filed, code=mailed_code(), now=clock())
    keys = [row.pk for row in filed.restrictions.all()]
    deciding.grant(filed, granted=keys, explanation="", by=reviewer, now=clock())
    running.run_due(clock=clock)
    clock.now = deciding.lift(filed, reason="Checked.", by=reviewer, now=clock())
    ending.end_due(now=clock())
    enforce(now=clock() + timedelta(days=100))
    running.run_due(clock=clock)
    message = OutgoingEmail.objects.get(kind="recipient_unrestricted")
    assert "You know the person by: 0\n" in message.text
    enforce(now=clock() + timedelta(days=100))
    filed.refresh_from_db()
    assert filed.email == "", "then it goes as every other"


def test_of_what_ends_in_parts_each_is_told_apart(
    tenant: Tenant, subject: User, reviewer: User, clock: StepClock, kontor: Service
) -> None:
    say(tenant, by_webhook(kontor.url))
    filed = stopped(tenant, subject, reviewer, Purpose.RESEARCH, Purpose.SHARING, now=clock())
    running.run_due(clock=clock)
    filed.restrictions.filter(purpose=Purpose.RESEARCH).update(ended_at=clock())
    StopWriting.objects.update(done_at=None)
    running.run_due(clock=clock)
    assert tell_due(clock=clock) == 2
    (_, begun), (_, over) = said(kontor)
    assert [use["purpose"] for use in begun["restricted"]] == ["research", "sharing"]
    assert ([use["purpose"] for use in over["lifted"]], over["still_restricted"]) == (["research"], [])


def test_a_notice_that_is_given_up_tells_the_team_of_what(
    tenant: Tenant, subject: User, reviewer: User, clock: StepClock, kontor: Service
) -> None:
    say(tenant, by_webhook(kontor.url))
    filed = stopped(tenant, subject, reviewer, EVERYTHING, now=clock())
    running.run_due(clock=clock)
    kontor.moods += [Reply(status=404)]
    RecipientNotice.objects.update(attempts=MOST_ATTEMPTS - 1)
    tell_due(clock=clock)
    assert "could not be told of a stop" in OutgoingEmail.objects.get(kind="recipient_untold").text
    ending.take_back(filed, by=subject, now=clock())
    running.run_due(clock=clock)
    assert notices() == [(BEGUN, "Kontor")], "who knows of no stop needs to hear of no end"
