"""Rows taken whole and put back: every type without loss, and nothing over what came meanwhile."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from dsar.datamap.erasure import Mask, Strategy
from dsar.datamap.model import Collection, Dataset, Field
from dsar.stores.base import Alternative, Changing, ForbiddenError, Scanning, Selection
from dsar.stores.restorable import PutBack, RawRow, Restorable, WrittenBack
from dsar.stores.sql import open_store
from dsar.stores.sql.store import SqlStore
from tests.stores.maps import make_collection, make_dataset, make_field
from tests.stores.sql_servers import SqlServer, make_server

SERVERS = [
    "sqlite",
    pytest.param("postgresql", marks=[pytest.mark.postgres, pytest.mark.thorough]),
    pytest.param("mariadb", marks=[pytest.mark.mariadb, pytest.mark.thorough]),
]
TABLES = {
    "sqlite": """
create table things (id integer primary key, a text, b blob, c real, d, e text collate nocase, f numeric(20, 10),
  "g :x" text, h integer generated always as (id * 2) stored);
insert into things (id, a, b, c, d, e, f, "g :x") values
  (1, 'ä' || char(0) || 'x', x'00ff', 0.1, cast(x'ff41' as text), 'X', 0.1, null),
  (2, '', x'', 1e300, 7, '7', 9007199254740993, ''), (3, '2', '3', 2.0, 2.5, 'y', 'text', '[]'),
  (9, 'other', null, null, null, null, null, null)""",
    "postgresql": """
create type mood as enum ('good', 'it''s bad');
create domain short as varchar(5);
create table things (id bigint generated always as identity primary key, a text, b bytea, c double precision, d real,
  e numeric(40, 20), f timestamptz, g timestamp, h interval, i mood, j text[], k jsonb, l json, m uuid, n char(5),
  o int4range, p point, q bit(5), r inet, s short, "T :x" date, t boolean, u money, v int[][],
  w bigint generated always as (1 + 1) stored);
insert into things (a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, "T :x", t, u, v) values
  (E'ä\\'\\\\\\n', '\\x00ff', 0.1, 0.1, 1e-20, 'infinity', '4000-01-01 BC', '1 mon -3 days 04:05:06.7', 'it''s bad',
   array['a,b', null, '"'], '{"a": [1.10, null]}', '{"a":  1, "a": 2}', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', 'x',
   '[1,5)', '(1,2)', B'10101', '10.0.0.1/8', 'short', '2024-02-29', false, '12.34', array[[1,2],[3,4]]),
  ('', '', 'nan', '-infinity', 'nan', '2024-10-27 02:30:00+02', null, '0', 'good', '{}', 'null', '[]', null, '',
   'empty', null, null, '::1', '', 'infinity', true, null, null), (null, null, 1e-300, 3e38, 12345678901234567890, null,
   null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null),
  ('other', null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null,
   null, null, null, null);
update things set a = a""",
    "mariadb": """
create table things (id bigint auto_increment primary key, a longtext, b blob, c double, d float, e decimal(40, 20),
  f timestamp(6) null, g datetime(3), h time(2), i enum('good', 'bad'), j set('a', 'b'), k json, l year, m uuid,
  n char(5), o bit(5), p point, q binary(3), r inet6, s varchar(9) character set latin1, `T :x` date, u tinyint(1),
  v bigint unsigned, w bigint generated always as (`u` * 2) stored);
insert into things (a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, `T :x`, u, v) values
  ('ä''\\\\', x'00ff', 0.1, 0.1, 1e-20, '2024-03-31 02:30:00.123456', '1000-01-01 00:00:00.125', '-800:59:59.25', 'bad',
   'a,b', '{"a": [1.10, null]}', 1999, 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', 'x ', b'10101', point(1, 2), x'0a',
   '::1', 'é', '2024-02-29', 7, 18446744073709551615),
  ('', '', 1e300, 3.4e38, 12345678901234567890, null, null, null, 'good', '', '[]', null, null, '', null, null, null,
   null, '', null, null, 0), (null, null, null, null, null, null, null, null, null, null, null, null, null, null, null,
   null, null, null, null, null, null, null), ('other', null, null, null, null, null, null, null, null, null, null,
   null, null, null, null, null, null, null, null, null, null, null)""",
}
MORE = """
create table nodes (id bigint primary key, parent bigint, label varchar(80), place varchar(20), num bigint,
  unique (label), foreign key (parent) references nodes (id));
insert into nodes values (1, null, 'one', 'x', 5), (2, 1, 'two', 'y', 6), (3, 2, null, 'z', 7),
  (9, null, 'nine', '', 0);
create table loose (who bigint, what varchar(20));
insert into loose values (1, 'a'), (1, 'a'), (1, null), (2, 'a')
"""


@pytest.fixture(params=SERVERS)
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SqlServer]:
    with make_server(request, tmp_path) as server:
        run(server, TABLES[request.param])
        run(server, MORE)
        yield server


def run(server: SqlServer, statements: str) -> None:
    with server.writer.begin() as connection:
        for statement in statements.split(";"):
            connection.exec_driver_sql(statement.replace("%", "%%"))


def rows(server: SqlServer, statement: str) -> Sequence[Any]:
    with server.writer.connect() as connection:
        return [tuple(row) for row in connection.execute(text(statement))]


def number(name: str, *, primary: bool = False) -> Field:
    return make_field(name, data_type="integer", primary_key=primary)


DATASET: Dataset = make_dataset(
    make_collection("things", number("id", primary=True), make_field("a")),
    make_collection("nodes", number("id", primary=True), make_field("label"), make_field("place"), number("num")),
    make_collection("loose", number("who"), make_field("what")),
)


@pytest.fixture
def store(server: SqlServer) -> SqlStore:
    return open_store(DATASET, server.url, {})


def selection(path: str, *values: int) -> Selection:
    return Selection((Alternative((path,), frozenset((value,) for value in values)),))


def taken(changing: Changing, collection: Collection, chosen: Selection) -> list[Sequence[RawRow]]:
    assert isinstance(changing, Restorable)
    return [list(batch) for batch in changing.take(collection, chosen, {})]


def put_back(store: SqlStore, name: str, found: list[Sequence[RawRow]]) -> PutBack:
    with store.changing(commits=True) as changing:
        return changing.put_back(DATASET.collection(name), found)


def delete(store: SqlStore, name: str, path: str, *values: int) -> list[Sequence[RawRow]]:
    """Take rows and delete them, the last first: MariaDB checks each row of a statement by itself."""
    with store.changing(commits=True) as changing:
        found = taken(changing, DATASET.collection(name), selection(path, *values))
        for value in sorted(values, reverse=True):
            changing.delete(DATASET.collection(name), selection(path, value))
    return found


def whole(store: SqlStore, name: str, chosen: Selection) -> list[RawRow]:
    with store.changing(commits=False) as changing:
        return [row for batch in taken(changing, DATASET.collection(name), chosen) for row in batch]


READ = {
    "sqlite": 'select id, hex(a), hex(b), c, typeof(d), hex(d), hex(e), typeof(e), f, typeof(f), "g :x", h from things',
    "postgresql": "select things::text, w from things",
    "mariadb": "select id, hex(a), hex(b), c, cast(d as double), e, f, g, h, i, j, k, l, m, n, o, hex(p), q, r, hex(s),"
    " `T :x`, u, v, w from things",
}


def test_every_type_comes_back_as_it_was(server: SqlServer, store: SqlStore) -> None:
    before = rows(server, READ[server.kind].replace(":", r"\:"))
    found = delete(store, "things", "id", 1, 2, 3)
    assert len(rows(server, "select id from things")) == len(before) - 3
    assert put_back(store, "things", found) == PutBack(written=3)
    assert sorted(map(str, rows(server, READ[server.kind].replace(":", r"\:")))) == sorted(map(str, before))


def test_a_row_that_is_there_already_is_no_conflict(server: SqlServer, store: SqlStore) -> None:
    found = delete(store, "things", "id", 1, 2, 3)
    put_back(store, "things", found)
    run(server, "delete from things where id = 2")
    assert put_back(store, "things", found) == PutBack(written=1, there=2)


def test_a_key_that_was_taken_meanwhile_forbids_all(server: SqlServer, store: SqlStore) -> None:
    found = delete(store, "nodes", "id", 1, 2, 3)
    run(server, "insert into nodes values (2, null, 'another', 'q', 0)")
    with pytest.raises(ForbiddenError, match=r"nodes: a key is taken by another row meanwhile \(id\)"):
        put_back(store, "nodes", found)
    assert [row[0] for row in rows(server, "select id from nodes order by id")] == [2, 9]


def test_a_unique_value_that_was_taken_meanwhile_forbids_all(server: SqlServer, store: SqlStore) -> None:
    found = delete(store, "nodes", "id", 1, 2, 3)
    run(server, "update nodes set label = 'two' where id = 9")
    with pytest.raises(ForbiddenError, match="a unique value"):
        put_back(store, "nodes", found)
    assert [row[0] for row in rows(server, "select id from nodes order by id")] == [9]


def test_rows_that_name_each_other_come_in_their_order(server: SqlServer, store: SqlStore) -> None:
    found = delete(store, "nodes", "id", 1, 2, 3)
    backwards = [sorted((row for batch in found for row in batch), key=lambda row: str(row["id"]), reverse=True)]
    assert put_back(store, "nodes", [backwards[0]]) == PutBack(written=3)
    assert rows(server, "select id, parent from nodes order by id") == [(1, None), (2, 1), (3, 2), (9, None)]


def test_rows_without_a_key_come_back_as_often_as_they_were(server: SqlServer, store: SqlStore) -> None:
    found = delete(store, "loose", "who", 1)
    assert put_back(store, "loose", found) == PutBack(written=3)
    assert sorted(rows(server, "select who, what from loose"), key=str) == [(1, "a"), (1, "a"), (1, None), (2, "a")]


def test_a_collection_is_read_from_end_to_end(store: SqlStore) -> None:
    with store.snapshot() as snapshot:
        assert isinstance(snapshot, Scanning)
        found = [row for batch in snapshot.scan(DATASET.collection("nodes"), ["id", "label"]) for row in batch]
        assert sorted(found, key=str) == [
            {"id": 1, "label": "one"},
            {"id": 2, "label": "two"},
            {"id": 3, "label": None},
            {"id": 9, "label": "nine"},
        ]
        assert [len(batch) for batch in snapshot.scan(DATASET.collection("loose"), ["who"])] == [4]


def test_a_row_that_several_statements_find_is_taken_once(
    server: SqlServer, store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dsar.stores.sql.chunks._MOST_VALUES", {server.kind: 1})
    both = Selection((*selection("who", 1, 2).alternatives, Alternative(("what",), frozenset({("a",)}))))
    assert len(whole(store, "loose", both)) == 4


MASKS = {
    "label": Mask(Strategy.RANDOM),
    "place": Mask(Strategy.NULL),
    "num": Mask(Strategy.FIXED, 0),
}


def test_what_was_missing_is_not_missed(store: SqlStore) -> None:
    masks = {"label": Mask(Strategy.HMAC)}
    with store.changing(commits=True) as changing:
        found = taken(changing, DATASET.collection("nodes"), selection("id", 1, 2, 3))
        changing.mask(DATASET.collection("nodes"), selection("id", 1, 2, 3), masks, key=b"k" * 32)
        assert changing.write_back(DATASET.collection("nodes"), found, masks) == WrittenBack(written=2)


def test_masked_fields_are_written_back_where_nobody_wrote_since(server: SqlServer, store: SqlStore) -> None:
    chosen = selection("id", 1, 2, 3)
    with store.changing(commits=True) as changing:
        found = taken(changing, DATASET.collection("nodes"), chosen)
        changing.mask(DATASET.collection("nodes"), chosen, MASKS, key=b"k" * 32)
    run(server, "update nodes set label = 'new' where id = 1; update nodes set place = 'w', parent = 9 where id = 2")
    run(server, "update nodes set num = 1 where id = 3")
    with store.changing(commits=True) as changing:
        assert changing.write_back(DATASET.collection("nodes"), found, MASKS) == WrittenBack(written=6, left=3)
    assert rows(server, "select id, parent, label, place, num from nodes where id < 9 order by id") == [
        (1, None, "new", "x", 5),
        (2, 9, "two", "w", 6),
        (3, 2, None, "z", 1),
    ]
    assert rows(server, "select label, place, num from nodes where id = 9") == [("nine", "", 0)]
