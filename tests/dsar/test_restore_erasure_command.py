"""`manage.py restore_erasure` on a tenant's own stores, and what becomes of the log when its time is over."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from pytest_django import Settings

from accounts.models import Tenant
from dsar.fulfilment.engine import Work
from dsar.fulfilment.erasing.erase import Erasure
from dsar.fulfilment.erasing.keeper import Together
from dsar.fulfilment.ledger.history import State, read_deeds
from dsar.fulfilment.ledger.ledger import Case
from dsar.fulfilment.ledger.recording import Recorder
from dsar.fulfilment.scope import Scope
from dsar.ledgers import erasure_ledger, ledger_hashes
from dsar.restorations import (
    RestorationGoneError,
    expire_restorations,
    kept_restoration_log,
    new_restoration_log,
)
from dsar.tasks import expire_restorations as task
from dsar.tenantmap import tenant_map
from tests.dsar.conftest import MAP, app_database

ERASING = MAP.replace(
    "topic: Account, retention: {kind: account}}",
    "topic: Account, retention: {kind: account}, erasure: {action: delete}}",
).replace(
    "topic: Letters, retention: {kind: account}}",
    "topic: Letters, retention: {kind: account}, erasure: {action: mask, fields: {body: null}}}",
)


@pytest.fixture(autouse=True)
def _places(settings: Settings, tmp_path: Path) -> None:
    settings.DSAR_ERASURE_LEDGER = tmp_path / "ledger.jsonl"
    settings.DSAR_RESTORATION_KEYS = tmp_path / "keys"
    settings.STORAGE_URL = f"file://{tmp_path}/storage"


@pytest.fixture
def erasing(tenant: Tenant) -> Tenant:
    (app_database(tenant).parent / "datamap" / "app.yml").write_text(ERASING)
    return tenant


def rows(tenant: Tenant) -> list[Any]:
    with closing(sqlite3.connect(app_database(tenant))) as database:
        return [database.execute(f"select * from {name}").fetchall() for name in ("people", "old_emails", "letters")]  # noqa: S608


def change(tenant: Tenant, statement: str) -> None:
    with closing(sqlite3.connect(app_database(tenant))) as database, database:
        database.execute(statement)


def erase(tenant: Tenant, reference: str = "R-1", *, now: datetime | None = None) -> datetime:
    """Erase ann with all that is kept of it; return when the log's key goes."""
    found, now = tenant_map(tenant), now or datetime.now(UTC)
    identities = {"email": frozenset({"ann@example.com"})}
    log, ends_at = new_restoration_log(tenant, reference, now=now)
    recorder = Recorder(
        erasure_ledger(),
        Case(tenant.slug, reference),
        data_map=found.data_map,
        hashes=ledger_hashes(tenant),
        clock=lambda: datetime.now(UTC),
    )
    parameters = {"tenant": tenant.pk}
    work = Work(found.data_map, found.graph, identities, found.store, Scope(found.data_map), parameters)
    erasure = Erasure(work, keeper=Together([log, recorder]))
    assert erasure.execute(fingerprint=erasure.preview().fingerprint).failure == ""
    return ends_at


def restore(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        call_command("restore_erasure", *arguments)
    return int(ended.value.code or 0)


def test_an_erasure_is_undone(erasing: Tenant, capsys: pytest.CaptureFixture[str]) -> None:
    before = rows(erasing)
    erase(erasing)
    after = rows(erasing)
    assert after != before
    assert "CANARY-a" not in str(after)
    assert restore("R-1", "--tenant", "acme", "--dry-run") == 0
    assert "nothing was changed" in capsys.readouterr().out
    assert rows(erasing) == after
    assert restore("R-1", "--tenant", "acme") == 0
    told = capsys.readouterr().out
    assert "app:people: 1 rows put back" in told
    assert "app:letters: 2 fields written back" in told
    assert rows(erasing) == before
    assert read_deeds(erasure_ledger().lines())[Case("acme", "R-1"), "app"].state is State.REVERTED
    assert restore("R-1", "--tenant", "acme") == 3
    assert "restored already" in capsys.readouterr().err
    assert rows(erasing) == before


def test_what_came_meanwhile_stands_in_the_way(erasing: Tenant, capsys: pytest.CaptureFixture[str]) -> None:
    erase(erasing)
    change(erasing, "insert into people (id, email) values (0, 'new@example.com')")
    after = rows(erasing)
    assert restore("R-1", "--tenant", "acme") == 1
    assert "app:people: a key is taken by another row meanwhile (id)" in capsys.readouterr().err
    assert rows(erasing) == after


def test_fields_written_meanwhile_are_told(erasing: Tenant, capsys: pytest.CaptureFixture[str]) -> None:
    erase(erasing)
    change(erasing, "update letters set body = 'newer' where id = 1")
    assert restore("R-1", "--tenant", "acme") == 1
    assert "app:letters: 1 fields written back, 1 fields LEFT" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (("R-2", "--tenant", "acme"), 3, "R-2: nothing is kept of it"),
        (("../R-1", "--tenant", "acme"), 3, "nothing is kept of it"),
        (("R-1", "--tenant", "acmee"), 2, "there is no tenant 'acmee'"),
        (("R-1", "--tenant", "acme", "--dataset", "apps"), 2, "nothing is to be put back in 'apps'"),
    ],
)
def test_bad_input(
    erasing: Tenant, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], status: int, message: str
) -> None:
    erase(erasing)
    assert restore(*arguments) == status
    assert message in capsys.readouterr().err


def test_the_key_goes_when_its_time_is_over(erasing: Tenant, tmp_path: Path) -> None:
    now = datetime.now(UTC)
    ends_at = erase(erasing, "R-1", now=now)
    assert ends_at == now + timedelta(hours=72)
    (key,) = (tmp_path / "keys").rglob("*.json")
    assert key.stat().st_mode & 0o777 == 0o600
    assert "AGE-SECRET" not in key.read_text()
    assert expire_restorations(now=ends_at - timedelta(seconds=1)) == 0
    kept_restoration_log(erasing, "R-1", now=ends_at - timedelta(seconds=1))
    with pytest.raises(RestorationGoneError, match="could be put back until"):
        kept_restoration_log(erasing, "R-1", now=ends_at)
    with key.open("rb") as held:
        assert expire_restorations(now=ends_at) == 1
        assert held.read().strip(b"\0") == b"", "its blocks are written over"
    assert not list((tmp_path / "keys").rglob("*.json"))
    assert not [path for path in (tmp_path / "storage").rglob("*") if path.is_file()]
    assert restore("R-1", "--tenant", "acme") == 3


def test_an_erasure_taken_up_again_keeps_its_log_and_its_end(erasing: Tenant) -> None:
    before, now = rows(erasing), datetime.now(UTC)
    ends_at = erase(erasing, now=now)
    change(erasing, "insert into people (id, email) values (7, 'Ann@example.com')")
    assert erase(erasing, now=now + timedelta(hours=1)) == ends_at
    assert restore("R-1", "--tenant", "acme") == 0
    assert rows(erasing)[0] == [*before[0], (7, "Ann@example.com", None, None, None)]


def test_what_a_killed_process_left_goes(erasing: Tenant, tmp_path: Path) -> None:
    erase(erasing)
    (key,) = (tmp_path / "keys").rglob("*.json")
    key.write_bytes(b"\0" * 10)
    task()
    assert not key.exists()
    assert not [path for path in (tmp_path / "storage").rglob("*") if path.is_file()]
