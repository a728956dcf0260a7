"""Erasures from a database and from files of every format in one go."""

from __future__ import annotations

import io
from pathlib import Path

import orjson
import pyarrow
import pytest
from pyarrow import parquet
from sqlalchemy import create_engine, text

from dsar.datamap.graph import build_graph
from dsar.datamap.model import DataMap
from dsar.fulfilment.engine import Work
from dsar.fulfilment.erasing.erase import Erasure, NotErasableError, PlanChangedError
from dsar.fulfilment.erasing.fate import Fate
from dsar.fulfilment.scope import Scope
from dsar.stores.base import Store
from dsar.stores.config import StoreConfig
from dsar.stores.registry import open_store
from tests.datamap.maps import load_text
from tests.stores.objects_world import alone  # noqa: F401 - a fixture

pytestmark = pytest.mark.usefixtures("alone")

MAP = """
dataset:
- fides_key: app
  collections:
  - name: people
    meta: {erasure: {action: delete}}
    fields:
    - {name: id, fides_meta: {primary_key: true, data_type: integer}}
    - {name: email, fides_meta: {identity: email, data_type: string}}
- fides_key: files
  collections:
  - name: calls
    meta: {erasure: {action: delete}, source: {path: "calls/*.jsonl", format: jsonl}}
    fields:
    - name: person_id
      fides_meta: {data_type: integer, references: [{dataset: app, field: people.id, direction: from}]}
    - {name: page}
  - name: archive
    meta: {erasure: {action: delete}, source: {path: "archive/{date}.parquet", format: parquet}}
    fields:
    - {name: date}
    - {name: id, fides_meta: {primary_key: true, data_type: string}}
    - name: person_id
      fides_meta: {data_type: integer, references: [{dataset: app, field: people.id, direction: from}]}
  - name: mailings
    meta: {erasure: {action: mask, fields: {email: hmac, name: {strategy: fixed, value: gone}}},
           source: {path: "mailings.csv", format: csv}}
    fields:
    - {name: id, fides_meta: {primary_key: true, data_type: integer}}
    - {name: email, fides_meta: {identity: email, data_type: string}}
    - {name: name}
  - name: settings
    meta: {erasure: {action: delete}, source: {path: "settings/{person_id}.json", format: json}}
    fields:
    - name: person_id
      fides_meta:
        {primary_key: true, data_type: string, references: [{dataset: app, field: people.id, direction: from}]}
    - {name: theme}
  - name: teams
    meta: {erasure: {action: delete, by: [owner]}, shared: deliver, source: {path: "teams.jsonl", format: jsonl}}
    fields:
    - {name: id, fides_meta: {primary_key: true, data_type: integer}}
    - {name: owner, fides_meta: {data_type: integer, references: [{dataset: app, field: people.id, direction: from}]}}
    - name: guests
      fides_meta: {data_type: "integer[]", references: [{dataset: app, field: people.id, direction: from}]}
"""
CALLS = [{"person_id": 1 + number % 2, "page": "home"} for number in range(6)]
TEAMS = [
    {"id": 1, "owner": 1, "guests": [2]},
    {"id": 2, "owner": 2, "guests": [1]},
    {"id": 3, "owner": 2, "guests": []},
]
MAILINGS = b"id,email,name\n1,Ann@example.org,Ann\n2,bob@example.org,Bob\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A database, and files of every format, of Ann (1) and Bob (2)."""
    with create_engine(f"sqlite:///{tmp_path}/app.sqlite3").begin() as connection:
        connection.execute(text("create table people (id integer primary key, email text)"))
        connection.execute(text("insert into people values (1, 'Ann@example.org'), (2, 'bob@example.org')"))
    files = tmp_path / "files"
    for name in ("calls", "archive", "settings"):
        (files / name).mkdir(parents=True)
    (files / "calls" / "a.jsonl").write_bytes(lines(CALLS))
    (files / "calls" / "bob.jsonl").write_bytes(lines([CALLS[1]]))
    (files / "teams.jsonl").write_bytes(lines(TEAMS))
    (files / "mailings.csv").write_bytes(MAILINGS)
    (files / "settings" / "1.json").write_bytes(b'{"theme": "dark"}')
    (files / "settings" / "2.json").write_bytes(b'{"theme": "light"}')
    sink = io.BytesIO()
    parquet.write_table(pyarrow.table({"id": ["a", "b", "c"], "person_id": [1, 2, 1]}), sink)
    (files / "archive" / "2026-01-01.parquet").write_bytes(sink.getvalue())
    return tmp_path


def lines(rows: list[dict[str, object]]) -> bytes:
    return b"".join(orjson.dumps(row) + b"\n" for row in rows)


def erasure(folder: Path, data_map: DataMap) -> Erasure:
    addresses = {"app": f"sqlite:///{folder}/app.sqlite3", "files": f"file://{folder}/files"}

    def opened(key: str) -> Store:
        return open_store(data_map.dataset(key), StoreConfig(addresses[key], {}))

    identities = {"email": frozenset({"ann@example.org"})}
    return Erasure(Work(data_map, build_graph(data_map), identities, opened, Scope(data_map)))


def contents(folder: Path) -> dict[str, bytes]:
    files = folder / "files"
    return {str(path.relative_to(files)): path.read_bytes() for path in files.rglob("*") if path.is_file()}


def test_everything_of_the_person_goes_from_files_too(folder: Path) -> None:
    work, before = erasure(folder, load_text(folder, MAP)), contents(folder)
    preview = work.preview()
    assert preview.problems == ()
    fates = {
        key[1]: {str(fate): count for (fate, _), count in part.rows.items()} for key, part in preview.parts.items()
    }
    assert fates == {
        "people": {"delete": 1},
        "calls": {"delete": 3},
        "archive": {"delete": 2},
        "mailings": {"mask": 1},
        "settings": {"delete": 1},
        "teams": {"delete": 1, "flagged": 1},
    }
    assert contents(folder) == before, "a preview changes nothing"
    erased = work.execute(fingerprint=preview.fingerprint)
    assert (erased.failure, len(erased.done)) == ("", 6)
    after = contents(folder)
    assert after["calls/a.jsonl"] == lines(CALLS[1::2])
    assert after["teams.jsonl"] == lines(TEAMS[1:])
    assert after["mailings.csv"].startswith(b"id,email,name\n1,erased-")
    assert after["mailings.csv"].endswith(b",gone\n2,bob@example.org,Bob\n")
    table = parquet.read_table(folder / "files" / "archive" / "2026-01-01.parquet", partitioning=None)
    assert table.to_pylist() == [{"id": "b", "person_id": 2}]
    assert after.keys() == before.keys() - {"settings/1.json"}
    for name in ("calls/bob.jsonl", "settings/2.json"):
        assert after[name] == before[name]
    proof = work.verify()
    assert (proof.count(Fate.DELETE, Fate.MASK), proof.problems) == (0, ())
    assert set(proof.parts) == {("files", "teams")}, "nobody finds the rest by the address that is gone"


def test_lines_that_came_since_are_looked_at_again(folder: Path) -> None:
    work = erasure(folder, load_text(folder, MAP))
    preview = work.preview()
    with (folder / "files" / "calls" / "a.jsonl").open("ab") as file:
        file.write(lines([CALLS[0]]))
    before = contents(folder)
    with pytest.raises(PlanChangedError):
        work.execute(fingerprint=preview.fingerprint)
    assert contents(folder) == before


@pytest.mark.parametrize(
    ("said", "instead", "told"),
    [
        ("name: {strategy: fixed, value: gone}", "name: null", "CSV knows no null: write 'fixed' with an empty text"),
        ("name: {strategy: fixed, value: gone}", "name: {strategy: fixed, value: 5}", "declare its type"),
        ('path: "teams.jsonl"', 'path: "calls/*.jsonl"', "holds rows of"),
        ("{name: page}", "{name: page, fides_meta: {primary_key: true}}", "rows would be changed where"),
    ],
    ids=["null in CSV", "number in CSV", "two collections of one file", "a key that is none"],
)
def test_what_cannot_be_done_is_told_before(folder: Path, said: str, instead: str, told: str) -> None:
    assert said in MAP
    work, before = erasure(folder, load_text(folder, MAP.replace(said, instead))), contents(folder)
    preview = work.preview()
    assert any(told in problem for problem in preview.problems), preview.problems
    with pytest.raises(NotErasableError):
        work.execute(fingerprint=preview.fingerprint)
    assert contents(folder) == before
