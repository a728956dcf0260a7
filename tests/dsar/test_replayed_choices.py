"""A store that comes back from a backup holds what people chose since, before it is served."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from accounts.models import Tenant, User
from dsar.actions import preferences
from dsar.actions.choosing import running
from dsar.models import ChoiceWriting, Suppression
from tests.dsar.choosing import listed, lists_database, make_choosable, wanting
from tests.dsar.conftest import StepClock, app_database, make_tenant
from tests.dsar.test_choices_in_stores import leave, switch
from tests.dsar.test_replay_erasures_command import replay


@pytest.fixture
def tenant(db: None, settings: Any, tmp_path: Path) -> Iterator[Tenant]:
    settings.DSAR_ERASURE_LEDGER = tmp_path / "ledger.jsonl"
    yield from make_tenant()


@pytest.fixture(autouse=True)
def _choosable(tenant: Tenant) -> None:
    make_choosable(tenant)


class Backup:
    """Both databases as they were before anybody chose."""

    def __init__(self, tenant: Tenant, now: datetime) -> None:
        self.paths = (app_database(tenant), lists_database(tenant))
        self.taken_at = (now - timedelta(minutes=1)).isoformat()
        for path in self.paths:
            shutil.copy(path, path.with_suffix(".backup"))

    def restore(self) -> None:
        for path in self.paths:
            shutil.copy(path.with_suffix(".backup"), path)


def test_what_people_chose_since_is_in_the_stores_again(
    tenant: Tenant, subject: User, clock: StepClock, capsys: pytest.CaptureFixture[str]
) -> None:
    backup = Backup(tenant, clock())
    switch(tenant, subject, True, clock())
    leave(tenant, "EVE@example.com", clock())
    running.run_due(clock=clock)
    assert (wanting(tenant), listed(tenant)) == ([0], [1, 4])
    backup.restore()
    assert (wanting(tenant), listed(tenant)) == ([], [4, 5])
    assert replay(backup.taken_at, "--dry-run") == 0
    assert "acme: 2 choices to write into the stores again" in capsys.readouterr().out
    assert listed(tenant) == [4, 5]
    assert replay(backup.taken_at, "--dataset", "lists", "--dataset", "app") == 0
    told = capsys.readouterr()
    assert "acme: 2 choices written into the stores again" in told.out
    assert "@" not in told.out + told.err
    assert (wanting(tenant), listed(tenant)) == ([0], [1, 4])


def test_what_was_chosen_before_the_backup_is_left_alone(tenant: Tenant, subject: User, clock: StepClock) -> None:
    switch(tenant, subject, True, clock())
    running.run_due(clock=clock)
    before = list(ChoiceWriting.objects.values())
    clock.now += timedelta(hours=1)
    assert replay(clock.now.isoformat()) == 0
    assert list(ChoiceWriting.objects.values()) == before


def test_an_address_that_only_a_deleted_account_knew_stays_off(tenant: Tenant, clock: StepClock) -> None:
    backup = Backup(tenant, clock())
    leave(tenant, "eve@example.com", clock())
    running.run_due(clock=clock)
    preferences.forget(tenant=tenant, email="eve@example.com", now=clock())
    assert (ChoiceWriting.objects.count(), Suppression.objects.count()) == (0, 1)
    backup.restore()
    assert listed(tenant) == [4, 5]
    assert replay(backup.taken_at) == 0
    assert listed(tenant) == [4]
    assert ChoiceWriting.objects.count() == 0, "who is forgotten stays so"


def test_a_store_that_is_away_is_told(
    tenant: Tenant,
    subject: User,
    clock: StepClock,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("dsar.fulfilment.engine.WAITS", ())
    backup = Backup(tenant, clock())
    switch(tenant, subject, True, clock())
    running.run_due(clock=clock)
    lists_database(tenant).unlink()
    assert replay(backup.taken_at) == 1
    assert "IN THE WAY acme: lists:" in capsys.readouterr().err
