"""The traps of this field that concern collecting, one test each; the names are those of the traps.

Erasure's traps (masked columns skipped, array elements masked by index, rows of two people) come with erasure.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import event

from dsar.datamap.graph import build_graph
from dsar.datamap.taxonomy import matches
from dsar.fulfilment.keys import KeySet
from dsar.fulfilment.spool import Spool
from dsar.fulfilment.walk import WalkInput, seed_keys, walk
from dsar.stores.config import StoreConfig
from dsar.stores.registry import open_store
from dsar.stores.sql.engines import _engines, get_engine
from tests.bundle.memory import traced
from tests.fulfilment.walking import Walked, load_text, walk_all
from tests.stores.http_server import Service, by_page, running

ANN = {"email": frozenset({"ann@x"})}
MAP = """
dataset:
- fides_key: app
  collections:
  - name: people
    meta: {retention: {kind: account}}
    fields:
    - {name: id, fides_meta: {primary_key: true}}
    - {name: email, fides_meta: {identity: email, data_type: string}}
    - {name: boss, fides_meta: {references: [{dataset: app, field: people.id, direction: to}]}}
  - name: orders
    meta: {retention: {kind: account}}
    fields:
    - {name: shop}
    - {name: number}
    - {name: person, fides_meta: {references: [{dataset: app, field: people.id, direction: from}]}}
  - name: lines
    meta: {retention: {kind: account}}
    fields:
    - name: shop
      meta: {group: order}
      fides_meta: {references: [{dataset: app, field: orders.shop, direction: from}]}
    - name: number
      meta: {group: order}
      fides_meta: {references: [{dataset: app, field: orders.number, direction: from}]}
    - {name: what}
"""


def database(folder: Path, script: str) -> str:
    """Return the address of a new database that holds what the script writes."""
    file = folder / "app.sqlite3"
    with closing(sqlite3.connect(file)) as connection:
        connection.executescript(
            "create table people(id, email, boss); create table orders(shop, number, person);"
            "create table lines(shop, number, what);" + script
        )
    return f"sqlite:///{file}"


def walked(folder: Path, script: str, text: str = MAP) -> Walked:
    return walk_all(load_text(folder, text), {"app": database(folder, script)}, ANN)


@pytest.mark.parametrize("key", ["0", "''", "0.0"])
def test_1_falsy_join_values_are_values(key: str, tmp_path: Path) -> None:
    rows = "insert into people values (KEY, 'ann@x', null); insert into orders values (1, 1, KEY), (1, 2, 3);"
    assert [row["number"] for row in walked(tmp_path, rows.replace("KEY", key)).rows["orders"]] == [1]


@pytest.mark.parametrize("part", ["0", "''"])
def test_2_a_falsy_part_of_a_composite_key_stays_in_the_condition(part: str, tmp_path: Path) -> None:
    found = walked(
        tmp_path,
        "insert into people values (7, 'ann@x', null);"
        "insert into orders values (PART, 5, 7), (8, null, 7);"
        "insert into lines values (PART, 5, 'mine'), (9, 5, 'another shop'), (PART, 6, 'another order'),"
        "(8, 5, 'of no order'), (8, null, 'null joins nothing'), (null, 5, 'nor here');".replace("PART", part),
    )
    assert [row["what"] for row in found.rows["lines"]] == ["mine"]


def test_4_bytes_dates_and_strings_that_look_like_tags_arrive_as_they_are(tmp_path: Path) -> None:
    text = MAP + "    - {name: blob}\n    - {name: note}\n"
    tag = json.dumps({"$date": "2026-01-01", "__type__": "bytes"})
    found = walked(
        tmp_path,
        "alter table lines add blob blob; alter table lines add note text;"
        "insert into people values (1, 'ann@x', null); insert into orders values (1, 1, 1);"
        "insert into lines values (1, 1, 'x', x'00ff', 'TAG');".replace("TAG", tag),
        text,
    )
    lines = load_text(tmp_path, text).collection(("app", "lines"))
    with Spool(lambda _collection: ()) as spool:
        spool(lines, found.rows["lines"])
        ((_name, file),) = spool.files()
        assert json.loads(file.read()) == {"shop": 1, "number": 1, "what": "x", "blob": "AP8=", "note": tag}


def test_6_every_page_is_read(tmp_path: Path) -> None:
    text = """
    dataset:
    - fides_key: mail
      collections:
      - name: events
        meta:
          retention: {kind: account}
          source: {path: "/events", rows: data, query: {email: "{email}"}, paging: {kind: page, param: page}}
        fields:
        - {name: email, fides_meta: {identity: email, data_type: string}}
        - {name: number}
    """
    rows = [{"email": "ann@x", "number": number} for number in range(7)]
    with running(Service({"events": by_page(rows)})) as service:
        assert walk_all(load_text(tmp_path, text), {"mail": service.url}, ANN).rows["events"] == rows


def test_7_categories_match_by_segments_not_by_letters() -> None:
    assert matches("user.device.cookie", "user.device")
    assert not matches("user.device.cookie_id", "user.device.cookie")


def test_8_a_circle_that_loads_is_walked_to_its_end(tmp_path: Path) -> None:
    circle = MAP.replace(
        "{name: number}",
        "{name: number, fides_meta: {references: [{dataset: app, field: people.boss, direction: to}]}}",
        1,
    )
    found = walked(
        tmp_path,
        "insert into people values (1, 'ann@x', 2), (2, null, 3), (3, null, 1);"
        "insert into orders values (1, 2, 1), (1, 3, 2), (1, 9, 9);",
        circle,
    )
    assert sorted(row["id"] for row in found.rows["people"]) == [1, 2, 3]
    assert sorted(row["number"] for row in found.rows["orders"]) == [2, 3]


def heavy(folder: Path, count: int, size: int) -> str:
    """Return a database in which Ann has so many orders, and each a line of so many letters."""
    script = """
        create temp table n(i);
        with recursive m(i) as (select 1 union all select i + 1 from m where i < COUNT) insert into n select i from m;
        insert into people values (1, 'ann@x', null);
        insert into orders select i, i, 1 from n;
        insert into lines select i, i, printf('%.*c', SIZE, 'x') from n;
    """
    return database(folder, script.replace("COUNT", str(count)).replace("SIZE", str(size)))


def spooled(folder: Path, url: str) -> tuple[int, int]:
    """Return the rows that were walked into files, and the peak of memory in bytes."""
    data_map = load_text(folder, MAP)
    graph, dataset = build_graph(data_map), data_map.dataset("app")
    work = WalkInput(data_map, dataset, graph, ANN, seed_keys(graph, ANN), KeySet())
    with (
        open_store(dataset, StoreConfig(url, {})).snapshot() as snapshot,
        Spool(lambda _collection: ()) as spool,
        traced() as peak,
    ):
        result = walk(work, snapshot=snapshot, sink=spool)
        return sum(counts.rows for counts in result.counts.values()), peak()


def test_10_rows_stream_through_whatever_they_weigh(tmp_path: Path) -> None:
    """30 MB of rows; a batch of a thousand weighs 10 MB, and join keys may be kept."""
    rows, peak = spooled(tmp_path, heavy(tmp_path, 3_000, 10_000))
    assert rows == 6_001
    assert peak < 25_000_000


@contextmanager
def statements(url: str) -> Iterator[list[str]]:
    """Give the list of everything that the address's engine is told within the block."""
    engine, said = get_engine(url, {}), list[str]()

    def keep(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        said.append(statement)

    event.listen(engine, "before_cursor_execute", keep)
    try:
        yield said
    finally:
        event.remove(engine, "before_cursor_execute", keep)


def test_11_thousands_of_keys_are_asked_in_a_few_statements(tmp_path: Path) -> None:
    count = 17_000  # pairs: more values than SQLite takes in one statement
    url = heavy(tmp_path, count, 1)
    with statements(url) as said:
        found = walk_all(load_text(tmp_path, MAP), {"app": url}, ANN)
    assert len(found.rows["lines"]) == count
    assert len(said) < 40


def test_12_one_engine_serves_every_walk(tmp_path: Path) -> None:
    url = database(tmp_path, "insert into people values (1, 'ann@x', null);")
    data_map = load_text(tmp_path, MAP)
    before = len(_engines)
    for _ in range(3):
        walk_all(data_map, {"app": url}, ANN)
    assert len(_engines) == before + 1
    dataset = data_map.dataset("app")
    assert open_store(dataset, StoreConfig(url, {})) is open_store(dataset, StoreConfig(url, {}))
