"""The contract on SQLite, PostgreSQL and MariaDB."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import JSON, Boolean, Column, Engine, Integer, MetaData, String, Table, event, text

from dsar.datamap.model import Dataset
from dsar.stores.base import Alternative, Average, Selection
from dsar.stores.sql import open_store
from dsar.stores.sql.store import SqlStore
from tests.stores.contract import *  # noqa: F403
from tests.stores.contract import World, by
from tests.stores.maps import (
    MEMBER_FIELDS,
    MEMBERS,
    PEOPLE,
    PEOPLE_FIELDS,
    VISIT_FIELDS,
    VISITS,
    make_collection,
    make_dataset,
    make_field,
)
from tests.stores.sql_servers import SQL_SERVERS, SqlServer, as_told, make_server


def shop() -> Dataset:
    return make_dataset(
        make_collection("people", *PEOPLE_FIELDS),
        make_collection("members", *MEMBER_FIELDS),
        make_collection("visits", *VISIT_FIELDS),
        make_collection("gone", *VISIT_FIELDS),
    )


def seed(engine: Engine) -> None:
    tables = MetaData()
    people = Table(
        "people",
        tables,
        Column("person_id", Integer, primary_key=True, autoincrement=False),
        Column("email", String(200)),
        Column("nickname", String(50)),
        Column("active", Boolean),
        Column("password", String(50)),
        Column("profile", JSON),
        Column("shoe_size", Integer),
    )
    members = Table(
        "members", tables, Column("org_id", Integer), Column("person_id", Integer), Column("role", String(20))
    )
    visits = Table("visits", tables, Column("person_id", Integer), Column("page", String(20)))
    Table("strangers", tables, Column("id", Integer))
    tables.create_all(engine)
    with engine.begin() as connection:
        connection.execute(people.insert(), PEOPLE)
        connection.execute(members.insert(), MEMBERS)
        connection.execute(visits.insert(), VISITS)


@pytest.fixture(scope="module", params=SQL_SERVERS)
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqlServer]:
    with make_server(request, tmp_path_factory.mktemp("sql")) as server:
        seed(server.writer)
        yield server


@pytest.fixture(scope="module")
def world(server: SqlServer) -> Iterator[World]:
    store = open_store(shop(), server.url, {})
    yield World(
        store=store,
        dataset=shop(),
        down=lambda: open_store(shop(), server.down_url, {"connect_timeout": 1}),
        watching=lambda: watching(store),
    )
    store.close()


@contextmanager
def watching(store: SqlStore, table: str = "people") -> Iterator[list[str]]:
    """Keep the statements about a table that SQLAlchemy hands to the driver."""
    sent: list[str] = []

    def keep(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        if f"FROM {table}" in statement:
            sent.append(as_told(statement))

    event.listen(store._engine, "before_cursor_execute", keep)
    try:
        yield sent
    finally:
        event.remove(store._engine, "before_cursor_execute", keep)


def test_a_row_inserted_meanwhile_is_not_seen(world: World, server: SqlServer) -> None:
    from dsar.stores.base import Selection
    from tests.stores.contract import by

    selection = Selection((by("person_id", 99),))
    visits = world.dataset.collection("visits")
    try:
        with world.store.snapshot() as snapshot:
            with server.writer.begin() as connection:
                connection.execute(text("INSERT INTO visits (person_id, page) VALUES (99, '/late')"))
            assert list(snapshot.read(visits, selection)) == []
        assert world.read("visits", by("person_id", 99)) == [{"person_id": 99, "page": "/late"}]
    finally:
        with server.writer.begin() as connection:
            connection.execute(text("DELETE FROM visits WHERE person_id = 99"))


def test_a_store_cannot_write(world: World) -> None:
    from sqlalchemy.exc import DBAPIError

    with world.store._engine.connect() as connection, world.store.snapshot() as snapshot:  # type: ignore[attr-defined]
        with pytest.raises(DBAPIError):
            snapshot._connection.execute(text("DELETE FROM visits"))  # type: ignore[attr-defined]
        assert connection.execute(text("SELECT count(*) FROM visits")).scalar_one() == len(VISITS)


def test_a_missing_sqlite_file_is_not_created(tmp_path: Path) -> None:
    from dsar.stores.base import StoreError

    with pytest.raises(StoreError), open_store(shop(), f"sqlite:///{tmp_path}/none.db", {}).snapshot():
        pass
    assert list(tmp_path.iterdir()) == []


def test_a_group_is_told_as_it_is_sent(world: World) -> None:
    told = world.told("members", ("org_id", "person_id"), ("role",))
    group = Alternative(("org_id", "person_id"), frozenset({(0, 0), (7, 1)}))
    assert isinstance(world.store, SqlStore)
    with watching(world.store, "members") as sent, world.store.snapshot() as snapshot:
        assert list(snapshot.read(world.dataset.collection("members"), Selection((group, by("role", "owner")))))
    assert sent == list(told.queries)


@pytest.mark.thorough
def test_the_database_estimates_what_a_key_finds(world: World, server: SqlServer) -> None:
    analyze = {"mariadb": "ANALYZE TABLE many"}.get(server.kind, "ANALYZE")
    with server.writer.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("CREATE TABLE many (person_id INTEGER, page VARCHAR(20))"))
        connection.execute(text("CREATE INDEX of_person ON many (person_id)"))
        rows = [{"person_id": at % 40, "page": str(at % 300)} for at in range(1200)]
        connection.execute(text("INSERT INTO many VALUES (:person_id, :page)"), rows)
        connection.execute(text(analyze))
    try:
        many = make_collection("many", *VISIT_FIELDS)
        with open_store(make_dataset(many), server.url, {}).snapshot() as snapshot:
            average = snapshot.rows_a_key(many, ("person_id",))
            assert average is not None
            assert (12 if server.kind == "mariadb" else 25) < average.rows < 35
            assert snapshot.rows_a_key(many, ("page",)) == _average(server.kind)
    finally:
        with server.writer.begin() as connection:
            connection.execute(text("DROP TABLE many"))


def _average(kind: str) -> Average:
    """Return what is told of 1,200 rows of 300 keys without an index."""
    by = "PostgreSQL's EXPLAIN" if kind == "postgresql" else "the average of 1,200 rows"
    return Average(4.0, by)


def test_a_whole_number_of_a_column_with_decimal_places_is_a_decimal_in_sqlite_too(tmp_path: Path) -> None:
    """SQLite keeps 5.00 as the integer 5: one column would be told in two types."""
    with closing(sqlite3.connect(tmp_path / "money.db")) as database:
        database.executescript(
            "create table people (id integer, money numeric(12, 2), number numeric(12));"
            "insert into people values (1, 5.00, 7), (1, 5.25, 8), (1, null, 9);"
        )
    people = make_collection("people", make_field("id"), make_field("money"), make_field("number"))
    with open_store(make_dataset(people), f"sqlite:///{tmp_path}/money.db", {}).snapshot() as snapshot:
        found = [row for batch in snapshot.read(people, Selection((by("id", 1),))) for row in batch]
    assert [(row["money"], row["number"]) for row in found] == [(Decimal(5), 7), (Decimal("5.25"), 8), (None, 9)]
    assert [type(row["money"]) for row in found] == [Decimal, Decimal, type(None)]
