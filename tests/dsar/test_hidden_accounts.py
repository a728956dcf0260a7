"""While a deletion can be taken back the account is hidden, and shown again as it was if it is taken back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings as site
from django.core.management import call_command
from pytest_django import Settings

from accounts.models import AuditEvent, OutgoingEmail, Tenant, User
from dsar.actions import intake, review, verification
from dsar.actions.erasing.steps import erase
from dsar.actions.fulfilment.leases import claim as claim_step
from dsar.actions.fulfilment.running import run_next
from dsar.actions.suspending import claims, running
from dsar.fulfilment.overtaken import OvertakenError
from dsar.fulfilment.stating import apply as applying
from dsar.models import ErasureOrder, Status, StepKind, StepState, SubjectRequest, Suspension, Visibility
from dsar.models.transitions import ImpossibleMoveError
from tests.dsar.conftest import StepClock, app_database, make_tenant
from tests.dsar.erasing import change, rows
from tests.dsar.suspending import ask, everything, hidden, make_hideable, map_of, pages_database
from tests.dsar.test_the_way_of_a_request import work
from tests.dsar.test_the_way_of_an_erasure import end_of_window, seen

pytestmark = pytest.mark.thorough

#: Ann's account, and the pages of her two addresses; one of them was hidden before.
HIDDEN = ([0], [1, 3, 4])


@pytest.fixture
def tenant(db: None) -> Iterator[Tenant]:
    yield from make_tenant()


@pytest.fixture(autouse=True)
def _hideable(tenant: Tenant, settings: Settings, tmp_path: Path) -> None:
    make_hideable(tenant)
    settings.DSAR_ERASURE_LEDGER = tmp_path / "ledger.jsonl"


@pytest.fixture
def before(tenant: Tenant) -> dict[str, list[tuple[object, ...]]]:
    return everything(tenant)


@pytest.fixture
def asked(tenant: Tenant, before: object, subject: User, reviewer: User, clock: StepClock) -> SubjectRequest:
    return ask(tenant, subject, clock())


@pytest.fixture
def suspended(asked: SubjectRequest, clock: StepClock) -> SubjectRequest:
    assert running.run_due(clock=clock) == 1
    return asked


def verbs(subject_request: SubjectRequest, prefix: str) -> list[tuple[str, dict[str, object]]]:
    events = AuditEvent.objects.filter(verb__startswith=prefix, target_id=str(subject_request.pk))
    return [(event.verb, event.facts) for event in events.order_by("sequence")]


def test_an_account_is_hidden_and_shown_again_as_it_was(
    tenant: Tenant, before: object, suspended: SubjectRequest, subject: User, clock: StepClock
) -> None:
    assert hidden(tenant) == HIDDEN
    row = Suspension.objects.get(subject_request=suspended)
    assert [item[:3] for item in row.report["hidden"]] == [["app", "people", 1], ["profiles", "pages", 3]]
    assert row.before is not None
    assert b"active" not in bytes(row.before)
    assert running.run_due(clock=clock) == 0
    review.withdraw(suspended, by=subject, now=clock())
    assert running.run_due(clock=clock) == 1
    assert everything(tenant) == before
    row = Suspension.objects.get()
    assert (row.wanted, row.report, row.before, row.done_at is not None) == (Visibility.SHOWN, {}, None, True)
    assert verbs(suspended, "erasure.account") == [
        ("erasure.account_hidden", {"rows": 4, "collections": 2}),
        ("erasure.account_shown", {"rows": 3, "left": 0, "gone": 0}),
    ]


def test_a_refusal_shows_it_again(
    tenant: Tenant, before: object, suspended: SubjectRequest, reviewer: User, clock: StepClock
) -> None:
    review.deny(suspended, reason="other", explanation="No.", by=reviewer, now=clock())
    running.run_due(clock=clock)
    assert everything(tenant) == before


def test_a_mailed_code_alone_hides_nobody(tenant: Tenant, before: object, clock: StepClock) -> None:
    """Whoever reads somebody's mail can ask for the deletion; the account's owner sees it, and nothing is hidden."""
    asked = ask(tenant, None, clock(), is_fresh=False)
    (code,) = (word for word in OutgoingEmail.objects.get(kind="verify_code").text.split() if word.isdigit())
    verification.confirm(asked, code=code, now=clock())
    asked.refresh_from_db()
    assert asked.status == Status.AWAITING_REVIEW
    assert not Suspension.objects.exists()
    assert running.run_due(clock=clock) == 0
    assert everything(tenant) == before


def test_an_old_session_hides_nobody(tenant: Tenant, before: object, subject: User, clock: StepClock) -> None:
    ask(tenant, subject, clock(), is_fresh=False)
    assert running.run_due(clock=clock) == 0
    assert everything(tenant) == before


def test_an_address_that_was_just_replaced_hides_nobody(
    tenant: Tenant, before: object, subject: User, clock: StepClock
) -> None:
    subject.email_changed_at = clock() - timedelta(hours=71)
    with pytest.raises(intake.FilingError, match="changed a short while ago"):
        ask(tenant, subject, clock())
    assert not SubjectRequest.objects.exists()
    assert running.run_due(clock=clock) == 0
    assert everything(tenant) == before


def test_what_was_approved_before_it_was_hidden_is_what_is_erased(
    tenant: Tenant, asked: SubjectRequest, reviewer: User, clock: StepClock
) -> None:
    """The preview was made first, the account hidden after: nobody has to look again for what the portal wrote."""
    work(clock)
    asked.refresh_from_db()
    fingerprint = seen(asked)
    running.run_due(clock=clock)
    assert hidden(tenant) == HIDDEN
    review.look_again(asked, by=reviewer, now=clock())
    work(clock)
    asked.refresh_from_db()
    assert seen(asked) == fingerprint
    review.approve(asked, by=reviewer, now=clock(), fingerprint=fingerprint)
    end_of_window(clock)
    work(clock)
    asked.refresh_from_db()
    assert asked.status == Status.FULFILLED
    assert rows(tenant, "select count(*) from people where id = 0") == [(0,)]
    row = asked.suspension
    row.refresh_from_db()
    assert (row.wanted, row.before) == (Visibility.OVER, None)
    assert running.run_due(clock=clock) == 0
    assert not verbs(asked, "erasure.changed_since")


def test_rows_that_stay_masked_are_not_written_over(
    tenant: Tenant, subject: User, reviewer: User, clock: StepClock
) -> None:
    """A row that an erasure has masked before is no account any more; hidden, it would be one to mask again."""
    path = map_of(tenant)
    text = path.read_text(encoding="utf-8")
    rule = "erasure: {action: mask, fields: {name: null, status: {strategy: fixed, value: gone}}}"
    path.write_text(text.replace("erasure: {action: delete}", rule, 1), encoding="utf-8")
    change(tenant, "insert into people values (7, 'ann@example.com', null, 1, '', 'gone', 1)")
    asked = ask(tenant, subject, clock())
    work(clock)
    asked.refresh_from_db()
    fingerprint = seen(asked)
    running.run_due(clock=clock)
    assert rows(tenant, "select id, status from people order by id") == [
        (0, "suspended"),
        (1, "active"),
        (2, "active"),
        (7, "gone"),
    ]
    review.look_again(asked, by=reviewer, now=clock())
    work(clock)
    asked.refresh_from_db()
    assert seen(asked) == fingerprint
    review.approve(asked, by=reviewer, now=clock(), fingerprint=fingerprint)
    end_of_window(clock)
    work(clock)
    asked.refresh_from_db()
    assert asked.status == Status.FULFILLED
    assert rows(tenant, "select status, name from people where id = 0") == [("gone", None)]


def test_a_store_that_is_down_is_tried_again_and_holds_up_nothing(
    tenant: Tenant,
    before: object,
    asked: SubjectRequest,
    subject: User,
    clock: StepClock,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("dsar.fulfilment.engine.WAITS", ())
    away = pages_database(tenant).rename(pages_database(tenant).with_suffix(".away"))
    waits = []
    for _ in range(3):
        assert running.run_due(clock=clock) == 0
        row = Suspension.objects.get()
        waits.append(round((row.not_before - clock.now).total_seconds()))
        clock.now = row.not_before
    assert waits == [5, 10, 20]
    assert [item[:3] for item in row.report["hidden"]] == [["app", "people", 1]]
    assert set(row.report["problems"]) == {"profiles"}
    assert rows(tenant, "select status from people where id = 0") == [("suspended",)], "the other store has it"
    assert "waits for profiles (try 3)" in caplog.text
    assert "ann" not in caplog.text
    since = row.report["hidden"][0][3]
    away.rename(pages_database(tenant))
    assert running.run_due(clock=clock) == 1
    assert hidden(tenant) == HIDDEN
    row.refresh_from_db()
    assert row.report["hidden"][0][3] == since
    assert row.report["problems"] == {}
    asked.refresh_from_db()
    away = pages_database(tenant).rename(away)
    review.withdraw(asked, by=subject, now=clock())
    assert running.run_due(clock=clock) == 0
    row.refresh_from_db()
    assert [item[:3] for item in row.report["hidden"]] == [["profiles", "pages", 3]]
    away.rename(pages_database(tenant))
    clock.now = row.not_before
    assert running.run_due(clock=clock) == 1
    assert everything(tenant) == before


@pytest.mark.parametrize("turn", range(5))
def test_who_takes_it_back_while_it_is_hidden_has_the_last_word(
    tenant: Tenant,
    before: object,
    asked: SubjectRequest,
    subject: User,
    clock: StepClock,
    monkeypatch: pytest.MonkeyPatch,
    turn: int,
) -> None:
    """Whenever it comes: before a store is written, just before its block ends, or after."""
    turns, real = iter(range(100)), claims.Claim.write

    def write(self: claims.Claim, **changes: object) -> None:
        if next(turns) == turn:
            review.withdraw(asked, by=subject, now=clock())
        real(self, **changes)

    monkeypatch.setattr(claims.Claim, "write", write)
    running.run_due(clock=clock)
    running.run_due(clock=clock)
    row = Suspension.objects.get()
    assert (row.wanted, row.done_at is not None) == (Visibility.SHOWN, True)
    assert everything(tenant) == before


def test_a_worker_that_was_taken_for_dead_has_its_hiding_undone(
    tenant: Tenant, before: object, asked: SubjectRequest, subject: User, clock: StepClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """It sleeps, with the store's block all but ended, until somebody else has shown what was not hidden yet."""
    real = applying._Applying.write
    late: list[bool] = []

    def write(self: applying._Applying, dataset, found):  # type: ignore[no-untyped-def]
        if dataset.key == "profiles" and not late:
            late.append(True)
            review.withdraw(asked, by=subject, now=clock())
            clock.now += timedelta(seconds=site.STEP_LEASE_SECONDS + 1)
            assert running.run_due(clock=clock) == 1, "another worker takes it"
            assert everything(tenant) == before
            change(tenant, "update people set status = 'suspended', visible = 0 where id = 0")  # the first's block ends
        return real(self, dataset, found)

    monkeypatch.setattr(applying._Applying, "write", write)
    running.run_due(clock=clock)
    assert late
    assert everything(tenant) == before


def test_who_asks_again_before_all_is_shown_stays_hidden(
    tenant: Tenant, before: object, suspended: SubjectRequest, subject: User, clock: StepClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """The first deletion was taken back while a store was down; the second one knows what stood there."""
    monkeypatch.setattr("dsar.fulfilment.engine.WAITS", ())
    away = pages_database(tenant).rename(pages_database(tenant).with_suffix(".away"))
    review.withdraw(suspended, by=subject, now=clock())
    running.run_due(clock=clock)
    assert rows(tenant, "select status from people where id = 0") == [("active",)]
    again = ask(tenant, subject, clock(), token="s2")
    away.rename(pages_database(tenant))
    clock.now += timedelta(hours=1)
    running.run_due(clock=clock)
    assert hidden(tenant) == HIDDEN
    first, second = Suspension.objects.order_by("pk")
    assert (first.wanted, first.before, second.wanted) == (Visibility.OVER, None, Visibility.HIDDEN)
    review.withdraw(again, by=subject, now=clock())
    running.run_due(clock=clock)
    assert everything(tenant) == before


def test_a_worker_that_died_is_followed_by_another(tenant: Tenant, asked: SubjectRequest, clock: StepClock) -> None:
    assert claims.claim(clock=clock) is not None  # and is never heard of again
    assert running.run_due(clock=clock) == 0
    clock.now += timedelta(seconds=site.STEP_LEASE_SECONDS + 1)
    assert running.run_due(clock=clock) == 1
    assert hidden(tenant) == HIDDEN


def test_what_is_being_erased_is_not_written_over(
    tenant: Tenant, asked: SubjectRequest, subject: User, reviewer: User, clock: StepClock
) -> None:
    """The hiding was slow: from the first change on it is over, and no word of the person's can bring it back."""
    work(clock)
    asked.refresh_from_db()
    review.approve(asked, by=reviewer, now=clock(), fingerprint=seen(asked))
    held = claims.claim(clock=clock)
    assert held is not None
    end_of_window(clock)
    while not asked.steps.filter(kind=StepKind.ERASE).exists():
        assert run_next(clock=clock)
    hold = claim_step(now=clock())
    assert hold is not None
    erase(hold, clock=clock)
    with pytest.raises(OvertakenError):
        held.check()
    held.give_way()
    row = Suspension.objects.get()
    assert (row.wanted, row.before, row.done_at is not None) == (Visibility.OVER, None, True)
    asked.refresh_from_db()
    with pytest.raises(ImpossibleMoveError, match="has begun"):
        review.withdraw(asked, by=subject, now=clock())
    row.refresh_from_db()
    assert row.wanted == Visibility.OVER


def test_whoever_undoes_an_erasure_is_told_what_is_still_hidden(
    tenant: Tenant, suspended: SubjectRequest, reviewer: User, clock: StepClock, capsys: pytest.CaptureFixture[str]
) -> None:
    work(clock)
    suspended.refresh_from_db()
    review.approve(suspended, by=reviewer, now=clock(), fingerprint=seen(suspended))
    clock.now = datetime.now(UTC)  # the command goes by the clock on the wall
    ErasureOrder.objects.update(undo_until=clock.now)
    suspended.steps.filter(state=StepState.READY).update(not_before=clock.now)
    work(clock)
    with pytest.raises(SystemExit) as caught:
        call_command("restore_erasure", suspended.reference, "--tenant", "acme")
    assert caught.value.code == 0
    assert rows(tenant, "select status from people where id = 0") == [("suspended",)]
    told = capsys.readouterr().out
    assert "app:people: 1 rows are hidden, as they were when they were taken" in told
    assert "profiles:pages: 3 rows are hidden" in told


def test_where_no_map_says_how_nothing_is_written(
    tenant: Tenant, before: object, subject: User, clock: StepClock
) -> None:
    path = map_of(tenant)
    text = path.read_text(encoding="utf-8").replace("suspend: {fields: {status: suspended, visible: false}}, ", "")
    path.write_text(text.replace('      suspend: {fields: {shown: "no"}}\n', ""), encoding="utf-8")
    asked = ask(tenant, subject, clock())
    assert running.run_due(clock=clock) == 1
    assert everything(tenant) == before
    assert verbs(asked, "erasure.account") == []


def test_a_map_that_is_broken_loses_nothing(tenant: Tenant, asked: SubjectRequest, clock: StepClock) -> None:
    whole = map_of(tenant).read_text(encoding="utf-8")
    map_of(tenant).write_text(whole.replace("visible: false", "visibel: false"), encoding="utf-8")
    assert running.run_due(clock=clock) == 0
    row = Suspension.objects.get()
    assert "undeclared field 'visibel'; did you mean 'visible'?" in row.report["problems"][running.WHOLE_MAP]
    map_of(tenant).write_text(whole, encoding="utf-8")
    clock.now = row.not_before
    assert running.run_due(clock=clock) == 1
    assert hidden(tenant) == HIDDEN


def test_a_row_and_what_it_settles_commit_together(
    tenant: Tenant, subject: User, clock: StepClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("dsar.queue.wake_for_suspensions", fails)
    with pytest.raises(RuntimeError):
        ask(tenant, subject, clock())
    assert (SubjectRequest.objects.count(), Suspension.objects.count()) == (0, 0)
    assert app_database(tenant).exists()
