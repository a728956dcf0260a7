"""The engine by itself: all identities first, a store again where a later key adds to it, what a scope leaves out."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import orjson
import pytest

from dsar.bundle.contents import CollectionContents, CollectionState
from dsar.datamap.graph import build_graph
from dsar.datamap.model import DataMap, Origin
from dsar.fulfilment.engine import Engine, Work
from dsar.fulfilment.scope import Scope
from dsar.stores.base import Store
from dsar.stores.config import StoreConfig
from dsar.stores.registry import open_store
from dsar.values import Row
from tests.fulfilment.walking import load_text

MAP = """
dataset:
- fides_key: app
  collections:
  - name: people
    meta: {retention: {kind: account}, source: {path: people.jsonl, format: jsonl}}
    fields:
    - {name: id, fides_meta: {primary_key: true, data_type: integer}}
    - {name: email, fides_meta: {identity: email, data_type: string}}
    - {name: phone, fides_meta: {identity: phone, data_type: string}}
  - name: parcels
    meta: {retention: {kind: account}, source: {path: parcels.jsonl, format: jsonl}}
    fields:
    - {name: email, fides_meta: {identity: email, data_type: string}}
    - {name: person, fides_meta: {references: [{dataset: app, field: people.id, direction: from}]}}
  - name: guesses
    meta: {retention: {kind: account}, origin: inferred, source: {path: guesses.jsonl, format: jsonl}}
    fields:
    - {name: person, fides_meta: {references: [{dataset: app, field: people.id, direction: from}]}}
  - name: groups
    meta: {retention: {kind: account}, source: {path: groups.jsonl, format: jsonl}}
    fields:
    - name: members
      fides_meta:
        data_type: "integer[]"
        references:
        - {dataset: app, field: people.id, direction: from}
        - {dataset: archive, field: moves.alias, direction: from}
- fides_key: archive
  collections:
  - name: moves
    meta: {retention: {kind: account}}
    fields:
    - {name: now, fides_meta: {identity: email, data_type: string}}
    - {name: before, meta: {identity_source: email}}
    - {name: alias, fides_meta: {data_type: integer}}
"""


@pytest.fixture
def data_map(tmp_path: Path) -> DataMap:
    rows: dict[str, list[Row]] = {
        "people": [{"id": 0, "email": "ann@x", "phone": "7"}, {"id": 1, "email": "bob@x", "phone": "8"}],
        "parcels": [{"email": name, "person": 0} for name in ("ann@x", "older@x", "oldest@x", "bob@x")],
        "guesses": [{"person": 0}, {"person": 1}],
        "groups": [{"members": [0, 70, 9]}, {"members": [70]}, {"members": [9]}],
    }
    for name, found in rows.items():
        (tmp_path / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in found))
    with closing(sqlite3.connect(tmp_path / "archive.db")) as database, database:
        database.execute("create table moves(now text, before text, alias integer)")
        moves = [("ann@x", "older@x", 70), ("older@x", "oldest@x", None), ("bob@x", "bob.old@x", 9)]
        database.executemany("insert into moves values (?, ?, ?)", moves)
    return load_text(tmp_path, MAP)


@dataclass
class Run:
    """The engine after its run; its collections as a bundle tells of them, and the rows of those that have some."""

    engine: Engine
    items: dict[str, CollectionContents]
    rows: dict[str, list[Row]]


def run(data_map: DataMap, folder: Path, leaves_out: Origin | None = None) -> Run:

    def opened(dataset: str) -> Store:
        url = f"file://{folder}" if dataset == "app" else f"sqlite:///{folder}/archive.db"
        return open_store(data_map.dataset(dataset), StoreConfig(url, {}))

    identities = {"email": frozenset({"ann@x"})}
    work = Work(data_map, build_graph(data_map), identities, opened, Scope(data_map, leaves_out))
    with Engine(work) as engine:
        items = [item for store in engine.run() for item in store.collections]
        found = {item.collection.name: rows_of(item) for item in items if item.rows}
        assert found == {item.collection.name: rows_of(item) for item in items if item.rows}, "they can be read again"
        assert all(item.rows == len(rows_of(item)) for item in items)
        return Run(engine, {item.collection.name: item for item in items}, found)


def rows_of(item: CollectionContents) -> list[Row]:
    if item.open_blocks is None:
        return []
    with item.open_blocks() as blocks:
        return [orjson.loads(line) for line in b"".join(blocks).splitlines()]


def test_an_identity_that_another_led_to_is_known_before_anything_is_judged(data_map: DataMap, tmp_path: Path) -> None:
    """Three addresses one after the other: the parcels under each are hers, and would else be withheld."""
    done = run(data_map, tmp_path)
    engine, found = done.engine, done.rows
    assert engine.identities == {"email": frozenset({"ann@x", "older@x", "oldest@x"})}
    assert {(kind, value) for kind, value, _where in engine.unproven} == {("phone", "7")}
    assert [row["email"] for row in found["parcels"]] == ["ann@x", "older@x", "oldest@x"]
    assert len(found["moves"]) == 2


def test_elements_that_a_later_store_leads_to_stand_in_the_same_row(data_map: DataMap, tmp_path: Path) -> None:
    found = run(data_map, tmp_path).rows
    assert found["groups"] == [{"members": [0, 70]}, {"members": [70]}]
    assert found["people"] == [{"id": 0, "email": "ann@x", "phone": "7"}], "and what was read before is told once"


def test_a_collection_that_the_scope_leaves_out_is_excluded_with_its_reason(data_map: DataMap, tmp_path: Path) -> None:
    assert run(data_map, tmp_path).rows["guesses"] == [{"person": 0}]
    done = run(data_map, tmp_path, Origin.INFERRED)
    item = done.items["guesses"]
    assert "guesses" not in done.rows
    assert (item.state, item.rows) == (CollectionState.EXCLUDED, 0)
    assert "inferred" in item.reason
