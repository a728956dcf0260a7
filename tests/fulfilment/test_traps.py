"""The traps of this field that concern collecting, one test each; the names are those of the traps.

Three are erasure's (3: masked columns skipped, 9: array elements masked by index, 13: rows of two people). What they
mean for collecting is tried here; what they mean for erasing comes with it.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import event

from dsar.datamap.graph import build_graph
from dsar.datamap.model import Collection
from dsar.datamap.taxonomy import matches
from dsar.fulfilment.keys import KeySet
from dsar.fulfilment.spool import Spool
from dsar.fulfilment.walk import WalkInput, seed_keys, walk
from dsar.stores.base import Selection, Snapshot, StoreError, Undeclared
from dsar.stores.config import StoreConfig
from dsar.stores.registry import open_store
from dsar.stores.sql.engines import _engines, get_engine
from dsar.stores.sql.values import plain
from dsar.values import Row
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


class Changing:
    """A snapshot of a store that has none: each time it is read, the rows are as `change` makes them of the last."""

    def __init__(self, snapshot: Snapshot, change: Callable[[Row], Row]) -> None:
        self._snapshot, self._change, self.taken_at = snapshot, change, snapshot.taken_at
        self._times: Counter[str] = Counter()

    def read(self, collection: Collection, selection: Selection) -> Iterator[Sequence[Row]]:
        self._times[collection.name] += 1
        for batch in self._snapshot.read(collection, selection):
            yield [self._changed(row, self._times[collection.name]) for row in batch]

    def _changed(self, row: Row, times: int) -> Row:
        for _ in range(times - 1):
            row = self._change(row)
        return row

    def count(self, collection: Collection, selection: Selection) -> int:
        return self._snapshot.count(collection, selection)

    def undeclared(self) -> tuple[Undeclared, ...]:
        return self._snapshot.undeclared()


def test_3_a_value_of_a_type_that_nobody_knows_is_an_error_and_no_field_left_out(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="a value of type object, which is not known") as caught:
        plain({"inside": [object()]})
    assert not caught.value.retry
    people = load_text(tmp_path, MAP).collection(("app", "people"))
    with Spool(lambda _collection: ()) as spool, pytest.raises(TypeError, match="of type object"):
        spool(people, [{"id": 1, "boss": object()}])


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


def test_9_elements_are_told_by_their_value_not_by_where_they_stood(tmp_path: Path) -> None:
    """Rows with arrays are read twice; in a store without snapshots another's element may stand there by then."""
    text = """
    dataset:
    - fides_key: app
      collections:
      - name: lists
        meta: {retention: {kind: account}, source: {path: lists.jsonl, format: jsonl}}
        fields:
        - name: members
          fields:
          - {name: email, fides_meta: {identity: email, data_type: string}}
          - {name: seat}
    """
    (tmp_path / "lists.jsonl").write_text(
        '{"members": [{"email": "ann@x", "seat": 1}, {"email": "bob@x", "seat": 2}, {"email": "cle@x", "seat": 3}]}\n'
    )
    data_map, found = load_text(tmp_path, text), list[Row]()
    graph, dataset = build_graph(data_map), data_map.dataset("app")
    work = WalkInput(data_map, dataset, graph, ANN, seed_keys(graph, ANN), KeySet())
    with open_store(dataset, StoreConfig(f"file://{tmp_path}", {})).snapshot() as snapshot:
        changing = Changing(snapshot, lambda row: {"members": [*row["members"][1:], row["members"][0]]})
        walk(work, snapshot=changing, sink=lambda _collection, rows: found.extend(rows))
    assert found == [{"members": [{"email": "ann@x", "seat": 1}]}]


@pytest.mark.parametrize(("named", "delivered"), [("'ann@x'", 1), ("null", 0)], ids=["names me, too", "names nobody"])
def test_13_a_row_of_two_people_is_told_of_and_never_taken_for_one_persons(
    tmp_path: Path, named: str, delivered: int
) -> None:
    """As an address that two people live at: delivered where it names the person, else withheld, and counted."""
    text = MAP.replace("{kind: account}}", "{kind: account}, shared: withhold}").replace(
        "    - {name: what}", "    - {name: what, fides_meta: {identity: email, data_type: string}}"
    )
    found = walked(
        tmp_path,
        "insert into people values (1, 'ann@x', null), (2, 'bob@x', null);"
        "insert into orders values (1, 1, 1), (1, 1, 2);"
        "insert into lines values (1, 1, NAMED), (1, 1, 'bob@x');".replace("NAMED", named),
        text,
    )
    assert len(found.rows["lines"]) == delivered
    assert (found.withheld["lines"], found.withheld["orders"]) == (2 - delivered, 1)
    assert len(found.rows["people"]) == 1


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


@pytest.mark.thorough
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


@pytest.mark.thorough
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
