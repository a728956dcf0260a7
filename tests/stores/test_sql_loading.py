"""Rows of an export into tables: parents first, what no export holds made up, all of it or nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from dsar.datamap.model import Collection, Dataset
from dsar.stores.base import Arriving, ForbiddenError, MadeUp, StoreError
from dsar.stores.sql import open_store
from dsar.values import Row
from tests.stores.maps import make_collection, make_dataset, make_field
from tests.stores.sql_servers import SQL_SERVERS, SqlServer, make_server

TABLES = (
    "create table people (id integer primary key, email varchar(50) not null unique, secret varchar(12) not null,"
    " visits integer not null, note varchar(20), level integer not null default 3)",
    "create table folders (id integer primary key, parent_id integer references folders (id),"
    " owner_id integer not null references people (id))",
    "create table files (folder_id integer not null references folders (id), name varchar(20) not null,"
    " primary key (folder_id, name))",
    "create table pages (folder_id integer not null, name varchar(20) not null, number integer not null,"
    " foreign key (folder_id, name) references files (folder_id, name))",
)
PEOPLE = make_collection("people", make_field("id", primary_key=True), make_field("email"), make_field("note"))
FOLDERS = make_collection("folders", make_field("id"), make_field("parent_id"), make_field("owner_id"))
FILES = make_collection("files", make_field("folder_id"), make_field("name"))
PAGES = make_collection("pages", make_field("folder_id"), make_field("name"), make_field("number"))
ANN = {"id": 1, "email": "ann@example.org", "note": ""}


@pytest.fixture(params=SQL_SERVERS)
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SqlServer]:
    with make_server(request, tmp_path) as server:
        with server.writer.begin() as connection:
            for table in TABLES:
                connection.execute(text(references_apart(table) if server.kind == "mariadb" else table))
        yield server


def references_apart(table: str) -> str:
    """Write foreign keys as MariaDB heeds them in every version: apart from the columns."""
    keys = {"folders": ["parent_id:folders", "owner_id:people"], "files": ["folder_id:folders"]}
    name = table.split()[2]
    for key in keys.get(name, ()):
        column, target = key.split(":")
        table = table.replace(f" references {target} (id)", "", 1)
        table = f"{table[:-1]}, foreign key ({column}) references {target} (id))"
    return table


def shop() -> Dataset:
    return make_dataset(PEOPLE, FOLDERS, FILES, PAGES)


def load(server: SqlServer, *rows: tuple[Collection, list[Row]]) -> Sequence[MadeUp]:
    store = open_store(shop(), server.url, {})
    try:
        with store.loading() as loading:
            return loading.load([arriving(*pair) for pair in rows])
    finally:
        store.close()


def arriving(collection: Collection, rows: list[Row]) -> Arriving:
    return Arriving(collection, lambda: iter([[dict(row) for row in rows]]))


def found(server: SqlServer, query: str) -> list[tuple[Any, ...]]:
    with server.writer.begin() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


def test_children_may_come_before_their_parents(server: SqlServer) -> None:
    folders: list[Row] = [{"id": 3, "parent_id": 2, "owner_id": 1}, {"id": 2, "parent_id": 4, "owner_id": 1}]
    folders += [{"id": 4, "parent_id": None, "owner_id": 1}, {"id": 5, "parent_id": 5, "owner_id": 1}]
    files = [{"folder_id": 3, "name": "a"}]
    pages = [{"folder_id": 3, "name": "a", "number": 0}] * 2
    made = load(server, (PAGES, pages), (FILES, files), (FOLDERS, folders), (PEOPLE, [ANN]))
    assert found(server, "select id, parent_id from folders order by id") == [(2, 4), (3, 2), (4, None), (5, 5)]
    assert found(server, "select * from pages") == [(3, "a", 0)] * 2, "rows without a key are kept as often as they are"
    assert {(item.place, item.column) for item in made} == {("people", "secret"), ("people", "visits")}


def test_what_has_to_be_there_is_made_up_and_told(server: SqlServer) -> None:
    bob = {"id": 2, "email": "bob@example.org"}
    assert load(server, (PEOPLE, [ANN, bob])) == [MadeUp("people", "secret", 2), MadeUp("people", "visits", 2)]
    rows = found(server, "select id, email, visits, note, level from people order by id")
    assert rows == [(1, "ann@example.org", 0, "", 3), (2, "bob@example.org", 0, None, 3)]
    secrets = [secret for (secret,) in found(server, "select secret from people")]
    assert {len(secret) for secret in secrets} == {12}
    assert len(set(secrets)) == 2, "nobody can know them, nor share one"


def test_a_row_that_is_named_and_not_there_has_a_stand_in(server: SqlServer) -> None:
    """The page's file, its folder and the folder's owner: all but their keys is made up."""
    made = load(
        server, (PAGES, [{"folder_id": 7, "name": "a", "number": 1}, {"folder_id": 7, "name": "a", "number": 2}])
    )
    assert [item for item in made if not item.column] == [
        MadeUp("files", "", 1),
        MadeUp("folders", "", 1),
        MadeUp("people", "", 1),
    ]
    assert found(server, "select folder_id, name from files") == [(7, "a")]
    assert found(server, "select id, parent_id from folders") == [(7, None)]
    assert len(found(server, "select id from people")) == 1


def test_a_row_that_is_there_needs_no_stand_in(server: SqlServer) -> None:
    load(server, (PEOPLE, [ANN]))
    made = load(server, (FOLDERS, [{"id": n, "parent_id": None, "owner_id": 1} for n in range(250)]))
    assert made == []
    assert found(server, "select count(*) from folders") == [(250,)]


@pytest.mark.parametrize(
    ("rows", "error", "said"),
    [
        ([ANN, ANN], ForbiddenError, "shop:people: the database refuses this"),
        ([ANN, {"id": 2, "email": None}], ForbiddenError, "shop:people: the database refuses this"),
        ([ANN, {"id": 2, "email": "x" * 51}], ForbiddenError, "shop:people: the database refuses this"),
        ([ANN, {"id": 2, "shoe": 1}], StoreError, "shop:people: the table has no column 'shoe'"),
    ],
)
def test_what_cannot_be_loaded_takes_everything_back(
    server: SqlServer, rows: list[Row], error: type[StoreError], said: str
) -> None:
    if server.is_sqlite and any(len(row.get("email") or "") > 50 for row in rows):
        return  # a length is nothing that SQLite heeds
    with pytest.raises(error, match=said) as raised:
        load(server, (PEOPLE, rows))
    assert "example.org" not in str(raised.value)
    assert found(server, "select count(*) from people") == [(0,)]


def test_what_is_infinite_stays_a_number_in_sqlite(tmp_path: Path) -> None:
    engine = make_sqlite(tmp_path)
    with engine.begin() as connection:
        connection.execute(text("create table sums (it real)"))
    sums = make_collection("sums", make_field("it"))
    store = open_store(make_dataset(sums), f"sqlite:///{tmp_path}/shop.db", {})
    rows: list[Row] = [{"it": "INF"}, {"it": "-INF"}, {"it": 0.1}, {"it": None}]
    with store.loading() as loading:
        loading.load([Arriving(sums, lambda: iter([rows]), {"it": frozenset({"float"})})])
    store.close()
    with engine.begin() as connection:
        assert list(connection.execute(text("select it from sums")).scalars()) == [
            float("inf"),
            float("-inf"),
            0.1,
            None,
        ]
    engine.dispose()


def test_texts_and_bytes_in_one_column_of_sqlite_cannot_be_told_apart(tmp_path: Path) -> None:
    server = SqlServer(f"sqlite:///{tmp_path}/shop.db", "", make_sqlite(tmp_path))
    row = Arriving(PEOPLE, lambda: iter([[ANN]]), {"note": frozenset({"bytes", "string"})})
    store = open_store(shop(), server.url, {})
    with pytest.raises(StoreError, match=r"shop:people\.note: it holds texts and bytes"), store.loading() as loading:
        loading.load([row])
    store.close()
    server.writer.dispose()


def make_sqlite(folder: Path) -> Any:
    from sqlalchemy import create_engine

    engine = create_engine(f"sqlite:///{folder}/shop.db")
    with engine.begin() as connection:
        for table in TABLES:
            connection.execute(text(table))
    return engine


def test_tables_that_name_each_other_are_told(tmp_path: Path) -> None:
    engine = make_sqlite(tmp_path)
    with engine.begin() as connection:
        connection.execute(text("create table a (id integer primary key, b integer references b (id))"))
        connection.execute(text("create table b (id integer primary key, a integer references a (id))"))
    engine.dispose()
    one = make_collection("a", make_field("id"))
    store = open_store(make_dataset(one), f"sqlite:///{tmp_path}/shop.db", {})
    with pytest.raises(StoreError, match="tables name each other in a circle: a, b"), store.loading() as loading:
        loading.load([Arriving(one, lambda: iter([[{"id": 1}]]))])
    store.close()
