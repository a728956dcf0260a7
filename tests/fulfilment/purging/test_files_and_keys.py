"""Rows of files and keys of Redis go by their age as rows of tables do: by the days of whose they are."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from redis import Redis

from dsar.datamap.graph import build_graph
from dsar.fulfilment.engine import Work
from dsar.fulfilment.purging.pace import Pace
from dsar.fulfilment.purging.people import Group
from dsar.fulfilment.purging.purge import Purge
from dsar.fulfilment.purging.report import Part, Report
from dsar.fulfilment.scope import Scope
from dsar.stores.ages import Age
from dsar.stores.config import StoreConfig
from dsar.stores.registry import close_all, open_store
from tests.datamap.maps import load_text
from tests.fulfilment.purging.shop import NOW, email

#: A database of the server that no other test uses.
PURGED = 12
FIELDS = """
    fields:
    - name: person_id
      fides_meta: {data_type: string, references: [{dataset: files, field: people.id, direction: from}]}
    - {name: at}
"""
MAP = f"""
dataset:
- fides_key: files
  collections:
  - name: people
    meta: {{retention: {{kind: account}}, source: {{path: "people/*.jsonl", format: jsonl}}}}
    fields:
    - {{name: id, fides_meta: {{primary_key: true, data_type: string}}}}
    - {{name: email, fides_meta: {{identity: email, data_type: string}}}}
  - name: lines
    meta:
      topic: Use
      retention: {{kind: processed, time_field: at, zone: UTC, days: 30}}
      source: {{path: "lines/*.jsonl", format: jsonl}}{FIELDS}
  - name: sheets
    meta:
      topic: Use
      retention: {{kind: processed, time_field: at, zone: UTC, days: 30}}
      source: {{path: "sheets/*.csv", format: csv}}{FIELDS}
  - name: columns
    meta:
      topic: Use
      retention: {{kind: processed, time_field: at, zone: UTC, days: 30}}
      source: {{path: "columns/*.parquet", format: parquet}}{FIELDS}
- fides_key: cache
  collections:
  - name: sessions
    meta:
      topic: Use
      retention: {{kind: processed, time_field: at, zone: UTC, days: 30}}
      source: {{key: "session:{{session}}", type: hash}}
    fields:
    - {{name: session, fides_meta: {{primary_key: true, data_type: string}}}}
    - name: person_id
      fides_meta: {{data_type: string, references: [{{dataset: files, field: people.id, direction: from}}]}}
    - {{name: at, fides_meta: {{data_type: string}}}}
"""
#: Whose, and how many days ago; None is no time.
ROWS = [("1", 31.0), ("1", 8.0), ("2", 31.0), ("2", 61.0), ("3", 29.0), ("3", 31.0), ("1", None), ("3", -1.0)]
ANN, BOB = Group(email("ann@example.org"), {"Use": 7}), Group(email("bob@example.org"), {"Use": 60})
STAY = [2, 4, 6, 7]


def rows() -> list[dict[str, Any]]:
    moments = [None if days is None else (NOW - timedelta(days=days)).isoformat() for _who, days in ROWS]
    return [{"person_id": who, "at": at} for (who, _days), at in zip(ROWS, moments, strict=True)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "files"
    for name in ("people", "lines", "sheets", "columns"):
        (root / name).mkdir(parents=True)
    people = [{"id": "1", "email": "Ann@example.org"}, {"id": "2", "email": "bob@example.org"}]
    (root / "people" / "all.jsonl").write_text("".join(json.dumps(row) + "\n" for row in people))
    for at, part in enumerate((rows()[:4], rows()[4:])):
        (root / "lines" / f"{at}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in part))
        sheet = ["person_id,at", *(f"{row['person_id']},{row['at'] or ''}" for row in part)]
        (root / "sheets" / f"{at}.csv").write_text("\n".join(sheet) + "\n")
        pq.write_table(pa.Table.from_pylist(part), root / "columns" / f"{at}.parquet")
    return root


@pytest.fixture
def client(redis_url: str) -> Iterator[Redis]:
    with Redis.from_url(f"{redis_url}/{PURGED}") as client:
        client.flushdb()
        for number, row in enumerate(rows()):
            client.hset(f"session:{number}", mapping={name: value or "" for name, value in row.items()})
        yield client
        client.flushdb()
    close_all()


@pytest.fixture
def purge(folder: Path, client: Redis, redis_url: str, tmp_path: Path) -> Purge:
    data_map = load_text(tmp_path, MAP)
    urls = {"files": f"file://{folder}", "cache": f"{redis_url}/{PURGED}"}
    work = Work(
        data_map,
        build_graph(data_map),
        {},
        lambda key: open_store(data_map.dataset(key), StoreConfig(urls[key], {})),
        Scope(data_map),
    )
    return Purge(work, now=NOW, people=[ANN, BOB])


def part(report: Report, name: str) -> Part:
    return next(item for item in report.parts if item.key[1] == name)


def lines(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for file in sorted(folder.glob("*.jsonl")) for line in file.read_text().splitlines()]


@pytest.mark.thorough
def test_rows_go_by_the_days_of_whose_they_are(purge: Purge, folder: Path, client: Redis) -> None:
    before = purge.report()
    report = purge.run(pace=Pace(sleep=lambda _seconds: None))
    kept = [rows()[number] for number in STAY]
    for name in ("lines", "sheets", "columns", "sessions"):
        told, found = part(before, name), part(report, name)
        assert (told.problem, told.overdue, found.problem, found.deleted, found.overdue) == ("", 4, "", 4, 0), name
        assert told.left is not None
        assert told.left.oldest == NOW - timedelta(days=61)
        assert told.left.odd == {Age.FUTURE: 1, Age.NO_MOMENT if name in ("sheets", "sessions") else Age.MISSING: 1}
    assert lines(folder / "lines") == kept
    assert [row for file in sorted((folder / "columns").iterdir()) for row in pq.read_table(file).to_pylist()] == kept
    left = [line for file in sorted((folder / "sheets").iterdir()) for line in file.read_text().splitlines()[1:]]
    assert left == [f"{row['person_id']},{row['at'] or ''}" for row in kept]
    assert sorted(client.keys()) == [f"session:{number}".encode() for number in STAY]


@pytest.mark.thorough
def test_a_key_that_two_collections_may_mean_stays(folder: Path, client: Redis, redis_url: str, tmp_path: Path) -> None:
    text = (
        MAP
        + """  - name: logins
    meta: {retention: {kind: account}, source: {key: "session:{login}", type: hash}}
    fields:
    - {name: login, fides_meta: {primary_key: true, data_type: string, identity: login}}
"""
    )
    data_map = load_text(tmp_path, text)
    urls = {"files": f"file://{folder}", "cache": f"{redis_url}/{PURGED}"}
    work = Work(
        data_map,
        build_graph(data_map),
        {},
        lambda key: open_store(data_map.dataset(key), StoreConfig(urls[key], {})),
        Scope(data_map),
    )
    report = Purge(work, now=NOW).run(pace=Pace(sleep=lambda _seconds: None))
    assert "its keys may be logins, too" in part(report, "sessions").problem
    assert len(client.keys()) == len(ROWS)
