"""An erasure undone by its log: everything as it was, or nothing where something came meanwhile."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from dsar.bundle.sealing import SealError, SealKey, new_key
from dsar.datamap.model import DataMap
from dsar.fulfilment.erasing.erase import Erasure
from dsar.fulfilment.erasing.keeper import Together
from dsar.fulfilment.erasing.sorting import Sorted
from dsar.fulfilment.ledger.history import State, read_deeds
from dsar.fulfilment.ledger.ledger import Ledger
from dsar.fulfilment.ledger.recording import Recorder
from dsar.fulfilment.restoring.log import RestorationLog
from dsar.fulfilment.restoring.restore import NotRestorableError, Restoration
from dsar.fulfilment.restoring.sealed import read_sealed, write_sealed
from dsar.storage import Storage, open_storage
from dsar.stores.base import Changing
from tests.datamap.maps import load_text
from tests.fulfilment.erasing.test_erasing import MAP, SERVERS, TABLES, erasure, rows, run
from tests.fulfilment.ledger.test_recording import CASE, HASHES
from tests.stores.sql_servers import SqlServer, make_server

#: What no map declares: a column, and a table that refers to nothing.
BESIDE = "alter table people add column password varchar(20); update people set password = 'secret-canary' where id = 1"
TABLES_SEEN = ("people", "addresses", "orders", "visits", "consents", "invoices", "teams")


@pytest.fixture(params=SERVERS)
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SqlServer]:
    with make_server(request, tmp_path) as server:
        run(server, TABLES)
        run(server, BESIDE)
        yield server


@pytest.fixture
def data_map(tmp_path: Path) -> DataMap:
    return load_text(tmp_path, MAP)


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path / "ledger.jsonl")


@pytest.fixture
def storage(tmp_path: Path) -> Storage:
    return open_storage(f"file://{tmp_path}/storage")


@pytest.fixture(scope="module")
def key() -> SealKey:
    return new_key()


@pytest.fixture
def log(storage: Storage, key: SealKey) -> RestorationLog:
    return RestorationLog(storage, "restoration/R-1", key=key)


def now() -> datetime:
    return datetime.now(UTC)


def everything(server: SqlServer) -> dict[str, Sequence[Any]]:
    return {name: sorted(map(str, rows(server, f"select * from {name}"))) for name in TABLES_SEEN}  # noqa: S608


def erase(server: SqlServer, data_map: DataMap, ledger: Ledger, log: RestorationLog) -> None:
    recorder = Recorder(ledger, CASE, data_map=data_map, hashes=HASHES, clock=now)
    work = Erasure(erasure(server, data_map)._work, keeper=Together([log, recorder]))
    assert work.execute(fingerprint=work.preview().fingerprint).failure == ""


def restoration(server: SqlServer, data_map: DataMap, ledger: Ledger, log: RestorationLog) -> Restoration:
    open_store = erasure(server, data_map)._work.open_store
    return Restoration(log, CASE, data_map=data_map, open_store=open_store, ledger=ledger)


def test_everything_is_as_it_was(
    server: SqlServer, data_map: DataMap, ledger: Ledger, log: RestorationLog, tmp_path: Path
) -> None:
    before = everything(server)
    erase(server, data_map, ledger, log)
    assert everything(server) != before
    files = [file.read_bytes() for file in (tmp_path / "storage").rglob("*") if file.is_file()]
    assert len(files) == 6
    assert not any(b"canary" in content or b"ann@" in content.lower() for content in files)

    work = restoration(server, data_map, ledger, log)
    assert work.datasets() == ["shop"]
    tried = work.preview(["shop"])
    assert everything(server) != before, "a preview takes everything back"
    done = work.execute(["shop"], clock=now)
    assert everything(server) == before
    assert (done.failure, done.rows, done.there, done.fields, done.left) == (
        "",
        {("shop", "people"): 1, ("shop", "orders"): 2, ("shop", "visits"): 2, ("shop", "teams"): 1},
        {("shop", "people"): 0, ("shop", "orders"): 0, ("shop", "visits"): 0, ("shop", "teams"): 0},
        {("shop", "consents"): 4},
        {("shop", "consents"): 0},
    )
    assert tried == done
    assert read_deeds(ledger.lines())[CASE, "shop"].state is State.REVERTED
    assert work.datasets() == [], "what is restored is not restored again"


def test_a_key_taken_meanwhile_leaves_the_store_as_it_is(
    server: SqlServer, data_map: DataMap, ledger: Ledger, log: RestorationLog
) -> None:
    erase(server, data_map, ledger, log)
    run(server, "insert into orders values (2, 2, 1)")
    after = everything(server)
    with pytest.raises(NotRestorableError, match="shop:orders: a key is taken by another row meanwhile"):
        restoration(server, data_map, ledger, log).execute(["shop"], clock=now)
    assert everything(server) == after
    assert read_deeds(ledger.lines())[CASE, "shop"].state is State.APPLIED


def test_what_was_written_meanwhile_stays(
    server: SqlServer, data_map: DataMap, ledger: Ledger, log: RestorationLog
) -> None:
    erase(server, data_map, ledger, log)
    run(server, "update consents set note = 'new' where id = 1")
    done = restoration(server, data_map, ledger, log).execute(["shop"], clock=now)
    assert (done.fields["shop", "consents"], done.left["shop", "consents"]) == (3, 1)
    assert rows(server, "select * from consents where id = 1") == [(1, "ann@example.org", "new", "Bonn", "abc")]


def test_without_its_key_nothing_is_restored(
    server: SqlServer, data_map: DataMap, ledger: Ledger, log: RestorationLog, storage: Storage
) -> None:
    erase(server, data_map, ledger, log)
    after = everything(server)
    other = RestorationLog(storage, "restoration/R-1", key=new_key())
    with pytest.raises(NotRestorableError, match="could not be opened"):
        restoration(server, data_map, ledger, other).execute(["shop"], clock=now)
    assert everything(server) == after


def test_a_log_that_was_cut_restores_nothing(
    server: SqlServer, data_map: DataMap, ledger: Ledger, log: RestorationLog, tmp_path: Path
) -> None:
    run(server, "insert into visits select 1, 'a' from (select 1 as a union all select 2) x")
    for _ in range(9):
        run(server, "insert into visits select person_id, page from visits where person_id = 1")
    erase(server, data_map, ledger, log)
    after = everything(server)
    (file,) = [file for file in (tmp_path / "storage").rglob("*.age") if file.name == "0000.age"]
    os.truncate(file, file.stat().st_size - 20)
    with pytest.raises(NotRestorableError, match="could not be opened"):
        restoration(server, data_map, ledger, log).execute(["shop"], clock=now)
    assert everything(server) == after


class Failing(Recorder):
    """Fails once everything is kept, as a process that is killed then."""

    def before(self, dataset: str, found: Sequence[Sorted], changing: Changing) -> None:
        raise RuntimeError("killed")


def test_a_change_that_was_taken_back_left_nothing_to_restore(
    server: SqlServer, data_map: DataMap, ledger: Ledger, log: RestorationLog
) -> None:
    before = everything(server)
    failing = Failing(ledger, CASE, data_map=data_map, hashes=HASHES, clock=now)
    work = Erasure(erasure(server, data_map)._work, keeper=Together([log, failing]))
    with pytest.raises(RuntimeError, match="killed"):
        work.execute(fingerprint=work.preview().fingerprint)
    assert everything(server) == before
    assert read_deeds(ledger.lines())[CASE, "shop"].state is State.MEANT
    assert log.datasets() == ["shop"]
    with log.parts("shop") as parts:
        assert list(parts) == []
    assert not log.holds("shop"), "and no certificate may say so"
    erase(server, data_map, ledger, log)
    assert log.holds("shop")
    assert not log.holds("cache")
    log.after("cache")
    assert not log.holds("cache"), "a mark alone puts nothing back"
    restoration(server, data_map, ledger, log).execute(["shop"], clock=now)
    assert everything(server) == before


def test_where_the_log_cannot_be_written_nothing_is_erased(
    server: SqlServer, data_map: DataMap, ledger: Ledger, key: SealKey, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("no folder")
    log = RestorationLog(open_storage(f"file://{tmp_path}/file"), "restoration/R-1", key=key)
    before = everything(server)
    with pytest.raises(OSError, match="file"):
        erase(server, data_map, ledger, log)
    assert everything(server) == before


def test_a_sealed_file_tells_what_went_wrong_while_it_was_written(storage: Storage, key: SealKey) -> None:
    def failing() -> Iterator[Any]:
        yield [1]
        raise LookupError("this")

    with pytest.raises(LookupError, match="this"), storage.writing("a/b") as target:
        write_sealed(failing(), target, recipient=key.recipient)
    with storage.writing("a/b") as target:
        write_sealed(([number, "ä"] for number in range(20_000)), target, recipient=key.recipient)
    with storage.open("a/b") as source:
        found = list(read_sealed(source, identity=key.identity_string))
    assert found == [[number, "ä"] for number in range(20_000)]
    with storage.open("a/b") as source, pytest.raises(SealError):
        list(read_sealed(source, identity=new_key().identity_string))
