"""Types that only PostgreSQL has: each arrives without loss, is found by equal values, and stops no other row."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import time

import pytest
from sqlalchemy import text

from dsar.stores.base import Alternative, Selection
from dsar.stores.sql import open_store
from dsar.values import Row, Value
from tests.stores.maps import make_collection, make_dataset, make_field
from tests.stores.sql_servers import SqlServer, new_database

pytestmark = pytest.mark.postgres

TYPES = (
    "create type mood as enum ('sad', 'ok')",
    "create type place as (street text, number integer)",
    "create domain positive as integer check (value >= 0)",
    "create domain born as date",
)


@pytest.fixture(scope="module")
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqlServer]:
    server = new_database(request, "postgresql", tmp_path_factory.mktemp("types"))
    with server.writer.begin() as connection:
        for statement in TYPES:
            connection.execute(text(statement))
    yield server
    server.writer.dispose()


def found(server: SqlServer, kind: str, literal: str, *, wanted: Value = 1, path: str = "id") -> list[Row]:
    """Return what is found in a table of one row whose column `it` holds the literal."""
    with server.writer.begin() as connection:
        connection.execute(text("drop table if exists things"))
        connection.execute(text(f"create table things (id integer, it {kind})"))
        connection.execute(text(f"insert into things values (1, {literal})"))  # noqa: S608 - of this file
    dataset = make_dataset(make_collection("things", make_field("id"), make_field("it")))
    store = open_store(dataset, server.url, {})
    selection = Selection((Alternative((path,), frozenset({(wanted,)})),))
    with store.snapshot() as snapshot:
        rows = [row for batch in snapshot.read(dataset.collection("things"), selection) for row in batch]
    store.close()
    return rows


@pytest.mark.parametrize(
    ("kind", "literal", "value"),
    [
        ("timetz", "'12:30:00+05:30'", time.fromisoformat("12:30:00+05:30")),
        ("timetz", "'24:00:00+00'", "24:00:00+00"),
        ("mood[]", "'{sad,ok,NULL}'", ["sad", "ok", None]),
        ("positive[]", "'{0,7}'", [0, 7]),
        ("born", "'infinity'", "infinity"),
        ("char(5)[]", "'{ab}'", ["ab"]),
        ("xml", "'<a>é</a>'", "<a>é</a>"),
        ("place", "row('Main, St', 5)", '("Main, St",5)'),
        ("place[]", "array[row('x', null)::place]", '{"(x,)"}'),
    ],
)
def test_a_value_arrives_without_loss(server: SqlServer, kind: str, literal: str, value: Value) -> None:
    assert found(server, kind, literal) == [{"id": 1, "it": value}]


@pytest.mark.parametrize(
    ("kind", "literal", "wanted"),
    [
        # Of another CHAR, filled up or not, and of a text.
        ("char(5)", "'ab'", "ab"),
        ("char(5)", "''", ""),
        ("inet", "'10.0.0.1'", "10.0.0.1"),
        ("inet", "'10.0.0.1/24'", "10.0.0.1/24"),
        ("inet", "'::1'", "::1"),
        ("cidr", "'10.0.0.0/8'", "10.0.0.0/8"),
        ("positive", "0", 0),
        ("mood", "'sad'", "sad"),
        ("mood[]", "'{ok,sad}'", "sad"),
    ],
)
def test_a_row_is_found_by_the_value_that_it_delivers(
    server: SqlServer, kind: str, literal: str, wanted: Value
) -> None:
    (row,) = found(server, kind, literal, wanted=wanted, path="it")
    assert wanted in (row["it"] if isinstance(row["it"], list) else [row["it"]])


def test_a_char_is_found_only_by_the_whole_of_it(server: SqlServer) -> None:
    assert found(server, "char(5)", "'abc'", wanted="ab", path="it") == []
