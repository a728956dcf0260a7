"""An erasure that goes on in other processes: each has the preview's document and the keys, and changes one store."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from dsar.datamap.graph import build_graph
from dsar.datamap.model import DataMap
from dsar.fulfilment.engine import Work
from dsar.fulfilment.erasing.erase import Erasure, PlanChangedError, Search
from dsar.fulfilment.erasing.fate import Fate
from dsar.fulfilment.erasing.preview import Preview
from dsar.fulfilment.scope import Scope
from dsar.stores.config import StoreConfig
from dsar.stores.registry import open_store
from tests.datamap.maps import load_text
from tests.fulfilment.erasing.test_erasing import MAP, TABLES

MAIL = """- fides_key: mail
  collections:
  - name: letters
    meta: {erasure: {action: delete}}
    fields:
    - {name: id, fides_meta: {primary_key: true, data_type: integer}}
    - name: person_id
      fides_meta: {data_type: integer, references: [{dataset: shop, field: people.id, direction: from}]}
"""
LETTERS = """
create table letters (id bigint primary key, person_id bigint not null);
insert into letters values (1, 1), (2, 1), (3, 2)
"""

CONSENTS = """
dataset:
- fides_key: shop
  collections:
  - name: people
    meta: {erasure: {action: delete}}
    fields:
    - {name: id, fides_meta: {primary_key: true, data_type: integer}}
    - {name: email, fides_meta: {identity: email, data_type: string}}
  - name: consents
    meta: {erasure: {action: mask, fields: {person: null}}}
    fields:
    - {name: id, fides_meta: {primary_key: true, data_type: integer}}
    - {name: person, fides_meta: {data_type: integer, references: [{dataset: shop, field: people.id, direction: from}]}}
    - {name: purpose}
"""


@pytest.fixture
def data_map(tmp_path: Path) -> DataMap:
    for name, statements in (("shop", TABLES), ("mail", LETTERS)):
        with sqlite3.connect(tmp_path / name) as database:
            database.executescript(statements)
        database.close()
    return load_text(tmp_path, MAP + MAIL)


def erasure(folder: Path, data_map: DataMap, known: Search | None = None) -> Erasure:
    def store(name: str):  # type: ignore[no-untyped-def]
        return open_store(data_map.dataset(name), StoreConfig(f"sqlite:///{folder}/{name}", {}))

    identities = {"email": frozenset({"ann@example.org"})}
    return Erasure(Work(data_map, build_graph(data_map), identities, store, Scope(data_map)), known=known)


def ids(folder: Path, dataset: str, table: str) -> list[int]:
    with sqlite3.connect(folder / dataset) as database:
        found = [row[0] for row in database.execute(f"select id from {table} order by id")]  # noqa: S608
    database.close()
    return found


def test_each_store_can_be_changed_by_another_process(tmp_path: Path, data_map: DataMap) -> None:
    first = erasure(tmp_path, data_map)
    preview = first.preview()
    known, document = Search(first.search.identities, first.search.keys), json.dumps(preview.document())

    told = Preview.read(json.loads(document))
    assert (told, told.fingerprint) == (preview, preview.fingerprint)
    assert told.changed_datasets() == ["mail", "shop"], "letters name people"

    erasure(tmp_path, data_map, known).change("shop", told.of("shop"))
    assert (ids(tmp_path, "shop", "people"), ids(tmp_path, "mail", "letters")) == ([2], [1, 2, 3])
    left = erasure(tmp_path, data_map, known).verify()
    assert left.count(Fate.DELETE) == 2, "what led to the letters is gone, but not forgotten"
    erasure(tmp_path, data_map, known).change("mail", told.of("mail"))
    assert ids(tmp_path, "mail", "letters") == [3]
    assert erasure(tmp_path, data_map, known).verify().count(Fate.DELETE, Fate.MASK) == 0


def test_what_was_done_before_is_not_done_twice(tmp_path: Path, data_map: DataMap) -> None:
    first = erasure(tmp_path, data_map)
    approved = first.preview().of("shop")
    first.change("shop", approved)
    with pytest.raises(PlanChangedError):
        first.change("shop", approved)
    first.change("shop", approved, again=True)
    with sqlite3.connect(tmp_path / "shop") as database:
        database.executescript("insert into orders values (7, 1, 1), (8, 1, 1), (9, 1, 1)")
    database.close()
    with pytest.raises(PlanChangedError):
        first.change("shop", approved, again=True)
    assert ids(tmp_path, "shop", "orders") == [3, 7, 8, 9], "more than was approved"


def test_a_record_that_stays_lets_go_of_the_account(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "shop") as database:
        database.executescript(
            "create table people (id integer primary key, email text);"
            "create table consents (id integer primary key, person integer references people (id), purpose text);"
            "insert into people values (1, 'ann@example.org'), (2, 'bob@example.org');"
            "insert into consents values (1, 1, 'news'), (2, 2, 'news')"
        )
    database.close()
    data_map = load_text(tmp_path, CONSENTS)
    work = erasure(tmp_path, data_map)
    preview = work.preview()
    assert preview.problems == ()
    assert work.execute(fingerprint=preview.fingerprint).failure == ""
    assert (ids(tmp_path, "shop", "people"), ids(tmp_path, "shop", "consents")) == ([2], [1, 2])
    with sqlite3.connect(tmp_path / "shop") as database:
        assert list(database.execute("select id, person from consents")) == [(1, None), (2, 2)]
    database.close()
    assert work.verify().count(Fate.DELETE, Fate.MASK) == 0


def test_nothing_can_be_told_of_a_search_that_was_not_made(tmp_path: Path, data_map: DataMap) -> None:
    with pytest.raises(ValueError, match="nothing has been looked for"):
        _ = erasure(tmp_path, data_map).search
