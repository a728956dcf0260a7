"""Erased rows that are there again are found in files and keys too, and nothing is read more often than it must be."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as site
from redis import Redis

from accounts.models import OutgoingEmail, Tenant, User
from dsar.actions import review
from dsar.actions.erasing import watching
from dsar.ledgers import erasure_ledger
from dsar.models import StepState
from dsar.stores.objects.changing import disk
from tests.dsar.conftest import StepClock
from tests.dsar.erasing import make_erasable
from tests.dsar.test_the_way_of_a_request import work
from tests.dsar.test_the_way_of_an_erasure import ask, seen

#: A database of the server that no other test uses.
OWN = 9
MORE = """
- fides_key: logs
  name: Logs
  collections:
  - name: lines
    meta:
      title: Lines
      topic: Letters
      retention: {kind: account}
      erasure: {action: delete}
      source: {path: "lines/*.jsonl", format: jsonl}
    fields:
    - {name: email, data_categories: [user.contact.email], fides_meta: {identity: email, data_type: string}}
- fides_key: cache
  name: Cache
  collections:
  - name: sessions
    meta:
      title: Sessions
      topic: Letters
      retention: {kind: account}
      erasure: {action: delete}
      source: {key: "session:{id}", type: hash}
    fields:
    - {name: id, data_categories: [user.unique_id], fides_meta: {primary_key: true, data_type: string}}
    - {name: email, data_categories: [user.contact.email], fides_meta: {identity: email, data_type: string}}
system:"""
ANN, BOB = b'{"email": "ann@example.com"}\n', b'{"email": "bob@example.com"}\n'


@pytest.fixture
def client(redis_url: str) -> Iterator[Redis]:
    with Redis.from_url(f"{redis_url}/{OWN}") as client:
        client.flushdb()
        yield client


@pytest.fixture
def folder(
    tenant: Tenant, client: Redis, redis_url: str, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """A tenant with files and keys beside its database; return the files' folder."""
    monkeypatch.setattr(disk, "_SETTLED", 0.0)
    settings.DSAR_ERASURE_LEDGER = tmp_path / "ledger.jsonl"
    make_erasable(tenant)
    own = Path(site.TENANTS_DIR) / tenant.slug
    path = own / "datamap" / "app.yml"
    text = path.read_text("utf-8").replace("\nsystem:", MORE, 1)
    path.write_text(text.replace("references: [app]", "references: [app, logs, cache]"), encoding="utf-8")
    stores = f"app: sqlite:///app.sqlite3\nlogs: file://{tmp_path}/logs\ncache: {redis_url}/{OWN}\n"
    (own / "stores.yml").write_text(stores, encoding="utf-8")
    (tmp_path / "logs" / "lines").mkdir(parents=True)
    (tmp_path / "logs" / "lines" / "1.jsonl").write_bytes(ANN + BOB)
    client.hset("session:1", "email", "ann@example.com")
    return tmp_path / "logs" / "lines"


@pytest.fixture
def erased(folder: Path, tenant: Tenant, subject: User, reviewer: User, clock: StepClock) -> StepClock:
    """Ann is erased; return the clock."""
    asked = ask(tenant, subject, clock())
    work(clock)
    asked.refresh_from_db()
    review.approve(asked, by=reviewer, now=clock(), fingerprint=seen(asked))
    clock.now += timedelta(hours=25)
    work(clock)
    assert not asked.steps.exclude(state=StepState.DONE).exists()
    return clock


def looks() -> list[tuple[str, bool]]:
    lines = (line for line in erasure_ledger().lines() if line["kind"] == "looked" and not line["found"])
    return [(line["collection"], line["whole"]) for line in lines]


def test_rows_in_files_and_keys_are_found_by_one_reading_a_day(erased: StepClock, folder: Path, client: Redis) -> None:
    assert (folder / "1.jsonl").read_bytes() == BOB
    assert client.dbsize() == 0
    assert watching.watch(clock=erased) == 0
    first = looks()
    assert {name for name, _whole in first} >= {"logs:lines", "cache:sessions", "app:people"}
    assert all(whole for _name, whole in first)
    (folder / "2.jsonl").write_bytes(BOB + ANN)
    client.hset("session:2", "email", "Ann@example.com")
    assert watching.watch(clock=erased) == 0
    assert looks() == first, "nothing is read twice a day"
    for _ in range(2):
        erased.now += timedelta(days=1)
        assert watching.watch(clock=erased) == 1
        alarm = OutgoingEmail.objects.filter(kind="erasure_reappeared").latest("pk")
        assert "Lines" in alarm.text
        assert "Sessions" in alarm.text
        assert "ann@" not in alarm.text.lower()


def test_old_files_are_read_once_a_week_only(erased: StepClock, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # The test's clock is behind that of the files, which nobody can set: here it is ahead.
    monkeypatch.setattr(watching, "_MARGIN", erased.now - datetime.now(UTC) - timedelta(days=40))
    assert watching.watch(clock=erased) == 0
    erased.now += timedelta(days=2)
    # One that was there before, for all that the system says of it, and was moved here.
    (folder / "1.jsonl").write_bytes(BOB + ANN)
    assert watching.watch(clock=erased) == 0
    assert looks()[-1][1] is False
    erased.now += timedelta(days=6)
    assert watching.watch(clock=erased) == 1
    erased.now += timedelta(days=1)
    assert watching.watch(clock=erased) == 1, "what is still there is told every day"


def test_a_turn_that_is_long_leaves_the_rest_to_the_next(erased: StepClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "_TURN", timedelta(0))
    assert watching.watch(clock=erased) == 0
    assert looks() == []
    monkeypatch.setattr(watching, "_TURN", timedelta(minutes=10))
    watching.watch(clock=erased)
    assert len(looks()) >= 3


@pytest.mark.thorough
def test_a_store_that_is_away_is_looked_at_in_the_next_turn(
    erased: StepClock, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    away = folder.parent.rename(folder.parent.with_name("away"))
    assert watching.watch(clock=erased) == 0
    assert "erased rows are not looked for everywhere: logs:lines" in caplog.text
    assert "logs:lines" not in dict(looks())
    away.rename(folder.parent)
    assert watching.watch(clock=erased) == 0
    assert "logs:lines" in dict(looks())
