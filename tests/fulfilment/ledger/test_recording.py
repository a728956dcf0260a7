"""What an erasure leaves in the ledger: enough to find the rows again, and no value of the person's."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from dsar.datamap.model import DataMap
from dsar.fulfilment.engine import Work
from dsar.fulfilment.erasing.erase import Erasure, PlanChangedError
from dsar.fulfilment.ledger.hashing import KeyedHashes
from dsar.fulfilment.ledger.ledger import Case, Ledger
from dsar.fulfilment.ledger.recording import Recorder
from tests.datamap.maps import load_text
from tests.fulfilment.erasing.test_erasing import MAP, TABLES, erasure, rows, run
from tests.stores.sql_servers import SqlServer, make_server

CASE = Case("acme", "R-1")
HASHES = KeyedHashes(b"k" * 32)


@pytest.fixture(params=["sqlite"])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SqlServer]:
    with make_server(request, tmp_path) as server:
        run(server, TABLES)
        yield server


@pytest.fixture
def data_map(tmp_path: Path) -> DataMap:
    return load_text(tmp_path, MAP)


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path / "ledger.jsonl")


def recorded(server: SqlServer, data_map: DataMap, ledger: Ledger) -> Erasure:
    keeper = Recorder(ledger, CASE, data_map=data_map, hashes=HASHES, clock=lambda: datetime.now(UTC))
    work: Work = erasure(server, data_map)._work
    return Erasure(work, keeper=keeper)


def test_an_erasure_is_meant_before_it_is_done(
    server: SqlServer, data_map: DataMap, ledger: Ledger, tmp_path: Path
) -> None:
    work = recorded(server, data_map, ledger)
    started = datetime.now(UTC)
    assert work.execute(fingerprint=work.preview().fingerprint).failure == ""
    lines = list(ledger.lines())
    assert [line["kind"] for line in lines] == ["identity", *["erasure"] * 6, "applied"]
    assert {(line["collection"], *line["paths"]): line["action"] for line in lines if line["kind"] == "erasure"} == {
        ("people", "email"): "delete",
        ("orders", "person_id"): "delete",
        ("visits", "person_id"): "delete",
        ("consents", "email"): "mask",
        ("teams", "owner"): "delete",
        ("teams", "guest"): "delete",
    }
    assert {(line["tenant"], line["reference"]) for line in lines} == {("acme", "R-1")}
    (email,) = (line["hashes"] for line in lines if line.get("paths") == ["email"] and line["collection"] == "people")
    assert email == [HASHES.at(("shop", "people"), ("email",))(("ann@example.org",))]
    as_of, erased_at = (datetime.fromisoformat(lines[-1][name]) for name in ("as_of", "erased_at"))
    assert started - timedelta(seconds=1) <= as_of <= erased_at <= datetime.now(UTC)
    text = (tmp_path / "ledger.jsonl").read_text().lower()
    assert "ann" not in text
    assert "example" not in text


def test_an_erasure_that_is_stopped_is_meant_and_not_done(
    server: SqlServer, data_map: DataMap, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = recorded(server, data_map, ledger)
    preview = work.preview()
    run(server, "insert into orders values (9, 1, 1)")
    with pytest.raises(PlanChangedError):
        work.execute(fingerprint=preview.fingerprint)
    assert list(ledger.lines()) == [], "nothing was approved"


def test_without_a_ledger_nothing_is_erased(server: SqlServer, data_map: DataMap, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    work = recorded(server, data_map, Ledger(tmp_path / "folder"))
    with pytest.raises(IsADirectoryError):
        work.execute(fingerprint=work.preview().fingerprint)
    assert rows(server, "select count(*) from people") == [(2,)]


def test_hashes_tell_keys_and_places_apart() -> None:
    at = HASHES.at(("shop", "people"), ("id",))
    assert at(("1",)) == HASHES.at(("shop", "people"), ("id",))(("1",))
    others = [
        at(("2",)),
        at((("boolean", True),)),
        at((("bytes", b"1"),)),
        HASHES.at(("shop", "people"), ("no",))(("1",)),
        HASHES.at(("shop", "orders"), ("id",))(("1",)),
        HASHES.identity("id", "1"),
        KeyedHashes(b"j" * 32).at(("shop", "people"), ("id",))(("1",)),
        HASHES.at(("shop", "people"), ("id", "id"))(("1", "1")),
        HASHES.at(("shop", "people"), ("id",))(("\ud800",)),
        HASHES.at(("shop", "people"), ("id",))(("\ud801",)),
    ]
    assert len({at(("1",)), *others}) == len(others) + 1
    assert HASHES.key_id != KeyedHashes(b"j" * 32).key_id
