"""What somebody switches on or off is written into the tenant's stores, and into nobody else's rows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings as site

from accounts.models import AuditEvent, Tenant, User
from dsar.actions import preferences
from dsar.actions.choosing import claims, running
from dsar.actions.unsubscribing import read_unsubscribe_token, unsubscribe_token
from dsar.fulfilment.choosing import choose as choosing
from dsar.fulfilment.choosing import tracing
from dsar.models import ChoiceWriting, Purpose, Suppression
from tests.dsar.choosing import NEWS, listed, lists_database, make_choosable, run, wanting
from tests.dsar.conftest import StepClock, account, app_database, make_tenant


class Nothing:
    """What no store can do."""


@pytest.fixture
def tenant(db: None) -> Iterator[Tenant]:
    yield from make_tenant()


@pytest.fixture(autouse=True)
def _choosable(tenant: Tenant) -> None:
    make_choosable(tenant)


def switch(tenant: Tenant, account: User, given: bool, now: datetime, purpose: Purpose = NEWS) -> None:
    assert preferences.change(tenant=tenant, account=account, purpose=purpose, given=given, now=now)


def leave(tenant: Tenant, email: str, now: datetime) -> None:
    token = unsubscribe_token(tenant=tenant, email=email, purpose=NEWS)
    assert preferences.unsubscribe(read_unsubscribe_token(token, tenant=tenant), now=now)


def test_a_choice_is_written_into_the_persons_own_rows(tenant: Tenant, subject: User, clock: StepClock) -> None:
    switch(tenant, subject, True, clock())
    assert running.run_due(clock=clock) == 1
    assert (wanting(tenant), listed(tenant)) == ([0], [1, 4, 5]), "neither another list, nor another's rows"
    switch(tenant, subject, False, clock())
    assert running.run_due(clock=clock) == 1
    assert (wanting(tenant), listed(tenant)) == ([], [5]), "a refusal is of the person's former address, too"
    event = AuditEvent.objects.filter(verb="preference.written").latest("sequence")
    assert event.facts == {"purpose": "product_news", "given": False, "rows": 3, "stores": 2}
    assert running.run_due(clock=clock) == 0


def test_a_consent_is_of_one_address_alone(tenant: Tenant, subject: User, clock: StepClock) -> None:
    run(lists_database(tenant), "update members set state = 'off'")
    switch(tenant, subject, True, clock())
    running.run_due(clock=clock)
    assert listed(tenant) == [1]


def test_a_purpose_that_no_store_holds_is_done_at_once(tenant: Tenant, subject: User, clock: StepClock) -> None:
    switch(tenant, subject, True, clock(), Purpose.TIPS)
    assert running.run_due(clock=clock) == 1
    assert (wanting(tenant), listed(tenant)) == ([], [4, 5])


def test_a_link_opts_out_by_the_account_that_has_the_address(tenant: Tenant, subject: User, clock: StepClock) -> None:
    run(lists_database(tenant), "update members set state = 'on'")
    leave(tenant, "ann@example.com", clock())
    running.run_due(clock=clock)
    assert listed(tenant) == [2, 3, 5]


def test_a_link_opts_out_an_address_that_only_a_store_knows(tenant: Tenant, clock: StepClock) -> None:
    leave(tenant, "EVE@example.com", clock())
    running.run_due(clock=clock)
    assert listed(tenant) == [4]
    assert "eve" not in str(list(ChoiceWriting.objects.values()))


def test_an_address_that_nobody_knows_is_over(tenant: Tenant, clock: StepClock) -> None:
    leave(tenant, "nobody@example.com", clock())
    assert running.run_due(clock=clock) == 1
    row = ChoiceWriting.objects.get()
    assert (row.done_at is not None, row.rows, row.error) == (True, 0, "")


def test_a_store_that_is_down_is_tried_again_and_holds_up_no_other(
    tenant: Tenant, subject: User, clock: StepClock, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dsar.fulfilment.engine.WAITS", ())
    database = lists_database(tenant)
    away = database.rename(database.with_suffix(".away"))
    switch(tenant, subject, True, clock())
    waits = []
    for _ in range(3):
        assert running.run_due(clock=clock) == 0
        row = ChoiceWriting.objects.get()
        waits.append(round((row.not_before - clock.now).total_seconds()))
        assert row.error.startswith("lists: ")
        assert running.run_due(clock=clock) == 0, "not before its time"
        clock.now = row.not_before
    assert waits == [5, 10, 20]
    assert wanting(tenant) == [0], "the other store has it"
    assert "waits for lists (try 3)" in caplog.text
    assert "ann" not in caplog.text
    away.rename(database)
    assert running.run_due(clock=clock) == 1
    assert listed(tenant) == [1, 4, 5]
    assert ChoiceWriting.objects.get().error == ""


@pytest.mark.parametrize("where", ["before a store is written", "once it is written"])
def test_a_refusal_that_comes_while_a_consent_is_written_wins(
    tenant: Tenant, subject: User, clock: StepClock, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    turn, real = iter(range(100)), claims.Claim.check

    def check(self: claims.Claim) -> None:
        if next(turn) == ("before a store is written", "once it is written").index(where):
            switch(tenant, subject, False, clock())
        real(self)

    monkeypatch.setattr(claims.Claim, "check", check)
    switch(tenant, subject, True, clock())
    assert running.run_due(clock=clock) == 1
    assert (wanting(tenant), listed(tenant)) == ([], [5])
    assert ChoiceWriting.objects.get().done_at is not None


def test_a_worker_that_was_taken_for_dead_has_its_consent_undone(
    tenant: Tenant, subject: User, clock: StepClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It sleeps, with the store's block all but ended, until somebody else has written the refusal."""
    switch(tenant, subject, True, clock())
    real = choosing._Writing.write
    late: list[bool] = []

    def write(self: choosing._Writing, dataset):  # type: ignore[no-untyped-def]
        if dataset.key == "app" and not late:
            late.append(True)
            switch(tenant, subject, False, clock())
            clock.now += timedelta(seconds=site.STEP_LEASE_SECONDS + 1)
            assert running.run_due(clock=clock) == 1, "another worker takes it, and finds nothing to refuse"
            run(
                app_database(tenant), "update people set wants_news = 1 where id = 0"
            )  # now the block of the first ends
        return real(self, dataset)

    monkeypatch.setattr(choosing._Writing, "write", write)
    running.run_due(clock=clock)
    assert (wanting(tenant), listed(tenant)) == ([], [5])


def test_a_worker_that_died_is_followed_by_another(tenant: Tenant, subject: User, clock: StepClock) -> None:
    switch(tenant, subject, True, clock())
    assert claims.claim(clock=clock) is not None  # and is never heard of again
    assert running.run_due(clock=clock) == 0
    clock.now += timedelta(seconds=site.STEP_LEASE_SECONDS + 1)
    assert running.run_due(clock=clock) == 1
    assert wanting(tenant) == [0]


def test_a_map_that_is_broken_loses_nothing(tenant: Tenant, subject: User, clock: StepClock) -> None:
    path = Path(site.TENANTS_DIR) / tenant.slug / "datamap" / "app.yml"
    whole = path.read_text("utf-8")
    path.write_text(whole.replace("field: wants_news", "field: wants_new"), encoding="utf-8")
    switch(tenant, subject, True, clock())
    assert running.run_due(clock=clock) == 0
    row = ChoiceWriting.objects.get()
    assert "undeclared field 'wants_new'; did you mean 'wants_news'?" in row.error
    path.write_text(whole, encoding="utf-8")
    clock.now = row.not_before
    assert running.run_due(clock=clock) == 1
    assert wanting(tenant) == [0]


def test_what_is_forgotten_is_not_written_any_more(tenant: Tenant, subject: User, clock: StepClock) -> None:
    switch(tenant, subject, False, clock())
    preferences.forget(tenant=tenant, email=subject.email, now=clock())
    assert ChoiceWriting.objects.count() == 0
    assert Suppression.objects.count() == 1


def test_who_asks_for_their_data_after_an_opt_out_is_looked_for_again(
    tenant: Tenant, clock: StepClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A store that cannot be read from end to end is asked by an address, once one is known."""
    monkeypatch.setattr(tracing, "Scanning", Nothing)
    leave(tenant, "eve@example.com", clock())
    running.run_due(clock=clock)
    assert ChoiceWriting.objects.get().error.endswith("nobody can look for one in: app, lists")
    assert listed(tenant) == [4, 5]
    preferences.adopt(tenant=tenant, account=account("eve@example.com"))
    assert running.run_due(clock=clock) == 1
    assert listed(tenant) == [4]
