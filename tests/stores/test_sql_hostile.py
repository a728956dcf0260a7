"""Databases that fail, lie or change while they are read: a clear error, right about a retry, never half a result."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Column, Integer, MetaData, String, Table, make_url, text

from dsar.datamap.model import Dataset
from dsar.stores.base import Alternative, Selection, Snapshot, Store, StoreError
from dsar.stores.sql import fetching, open_store
from dsar.values import Row, Value
from tests.stores.maps import make_collection, make_dataset, make_field
from tests.stores.sql_servers import SQL_SERVERS, SqlServer, make_server

pytestmark = pytest.mark.thorough

NUMBERED = (make_field("id", data_type="integer"), make_field("word"))
MANY = 20_000
#: A view that has no end, one that takes long before its first row, and how to end the reader's connection.
ENDLESS = {
    "sqlite": "with recursive n(id) as (select 1 union all select 1 from n) select id, 'x' as word from n",
    "postgresql": "select 1 as id, 'x' as word from (select generate_series(1, 1000000000)) n",
    "mariadb": "select 1 as id, 'x' as word from seq_1_to_1000000000",
}
SLOW = {
    "sqlite": "with recursive n(id) as (select 1 union all select id + 1 from n) select 1 id, max(id) word from n",
    "postgresql": "select 1 as id, pg_sleep(30)::text as word",
    "mariadb": "select 1 as id, sleep(30) as word",
}


@pytest.fixture(scope="module", params=SQL_SERVERS)
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqlServer]:
    with make_server(request, tmp_path_factory.mktemp("hostile")) as server:
        run(server, "create table things (id integer, word varchar(100))")
        with server.writer.begin() as connection:
            rows = [{"id": 1, "word": f"{number} {'x' * 80}"} for number in range(MANY)]
            connection.execute(text("insert into things values (:id, :word)"), rows)
        yield server


def run(server: SqlServer, *statements: str) -> None:
    with server.writer.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))


def shop(*names: str) -> Dataset:
    return make_dataset(*(make_collection(name, *NUMBERED) for name in names))


def asked(value: Value = 1, path: str = "id") -> Selection:
    return Selection((Alternative((path,), frozenset({(value,)})),))


def read(store: Store, dataset: Dataset, name: str, selection: Selection | None = None) -> list[Row]:
    with store.snapshot() as snapshot:
        return rows_of(snapshot, dataset, name, selection)


def rows_of(snapshot: Snapshot, dataset: Dataset, name: str, selection: Selection | None = None) -> list[Row]:
    return [row for batch in snapshot.read(dataset.collection(name), selection or asked()) for row in batch]


class Late(ThreadPoolExecutor):
    """Begins a moment later."""

    def submit(self, do: Callable[[], Any], /, *_arguments: Any, **_named: Any) -> Future[Any]:
        def late() -> Any:
            time.sleep(0.2)
            return do()

        return super().submit(late)


def test_who_stops_reading_half_way_leaves_nothing_behind(server: SqlServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "ThreadPoolExecutor", Late)
    dataset = shop("things")
    store = open_store(dataset, server.url, {})
    try:
        with pytest.raises(KeyError):
            stop_half_way(store, dataset)
        assert len(read(store, dataset, "things")) == MANY
    finally:
        store.close()


def stop_half_way(store: Store, dataset: Dataset) -> None:
    with store.snapshot() as snapshot:
        batches = iter(snapshot.read(dataset.collection("things"), asked()))
        assert next(batches)
        raise KeyError


def test_a_result_without_end_is_ended(server: SqlServer) -> None:
    run(server, f"create view endless as {ENDLESS[server.kind]}")
    dataset = shop("endless", "things")
    store = open_store(dataset, server.url, {"max_rows": 30_000})
    try:
        with pytest.raises(StoreError, match=r"^shop:endless: more than 30000 rows.*raise max_rows$") as caught:
            read(store, dataset, "endless")
        assert not caught.value.retry
        assert len(read(store, dataset, "things")) == MANY, "and the next one is read"
    finally:
        store.close()


@pytest.mark.thorough
def test_a_statement_that_takes_too_long_is_ended(server: SqlServer) -> None:
    run(server, f"create view slow as {SLOW[server.kind]}")
    dataset = shop("slow", "things")
    store = open_store(dataset, server.url, {"statement_timeout": 1})
    try:
        with pytest.raises(StoreError, match=r"^shop:slow: .*longer than statement_timeout allows \(") as caught:
            read(store, dataset, "slow")
        assert caught.value.retry
        assert len(read(store, dataset, "things")) == MANY
    finally:
        store.close()


def test_a_connection_cut_in_the_middle_is_no_end_of_the_rows(server: SqlServer) -> None:
    if server.is_sqlite:
        return  # a file has no connection
    dataset = shop("things")
    store = open_store(dataset, server.url, {})
    try:
        with pytest.raises(StoreError) as caught, store.snapshot() as snapshot:
            read_and_cut(snapshot, dataset, server)
        assert caught.value.retry
        assert len(read(store, dataset, "things")) == MANY, "the next snapshot has a connection of its own"
    finally:
        store.close()


def read_and_cut(snapshot: Snapshot, dataset: Dataset, server: SqlServer) -> None:
    batches = iter(snapshot.read(dataset.collection("things"), asked()))
    assert len(next(batches)) < MANY
    cut_other_connections(server)
    for _batch in batches:
        pass


def cut_other_connections(server: SqlServer) -> None:
    with server.writer.begin() as connection:
        if server.kind == "postgresql":
            others = "select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid()"
            connection.execute(text(f"{others} and datname = current_database()"))
            return
        others = "select id from information_schema.processlist where id <> connection_id() and db = database()"
        for number in connection.execute(text(others)).scalars().all():
            connection.execute(text(f"kill {number}"))


def test_a_column_that_vanished_is_named_and_missed_until_it_is_back(server: SqlServer) -> None:
    run(server, "create table fading (id integer, word varchar(9))", "insert into fading values (1, 'x')")
    dataset = shop("fading")
    store = open_store(dataset, server.url, {})
    try:
        assert read(store, dataset, "fading") == [{"id": 1, "word": "x"}]
        run(server, "alter table fading drop column word")
        with pytest.raises(StoreError, match="shop:fading: no column 'word'") as caught:
            read(store, dataset, "fading")
        assert not caught.value.retry
        run(server, "alter table fading add column word varchar(9)")
        assert read(store, dataset, "fading") == [{"id": 1, "word": None}]
    finally:
        store.close()


def test_a_column_that_vanishes_between_the_look_and_the_reading_is_no_null(server: SqlServer) -> None:
    run(
        server,
        "create table steady (id integer, word varchar(9))",
        "create table short_lived (id integer, word varchar(9))",
        "insert into short_lived values (1, 'x')",
    )
    dataset = shop("steady", "short_lived")
    store = open_store(dataset, server.url, {})
    try:
        with store.snapshot() as snapshot:
            assert rows_of(snapshot, dataset, "steady") == []
            run(server, "alter table short_lived drop column word")
            if server.is_sqlite:  # whose snapshot holds the old table, too
                assert rows_of(snapshot, dataset, "short_lived") == [{"id": 1, "word": "x"}]
                return
            with pytest.raises(StoreError, match=r"^shop:short_lived: "):
                rows_of(snapshot, dataset, "short_lived")
    finally:
        store.close()


def test_a_view_that_broke_is_no_empty_table(server: SqlServer) -> None:
    run(server, "create table under (id integer, word varchar(9))", "create view over_it as select id, word from under")
    dataset = shop("over_it")
    store = open_store(dataset, server.url, {})
    try:
        assert read(store, dataset, "over_it") == []
        run(server, "drop table under" + (" cascade" if server.kind == "postgresql" else ""))
        with pytest.raises(StoreError, match="shop:over_it") as caught:
            read(store, dataset, "over_it")
        assert not caught.value.retry
    finally:
        run(server, "drop view if exists over_it")
        store.close()


def test_a_table_may_become_a_view(server: SqlServer) -> None:
    run(server, "create table moved (id integer, word varchar(9))", "insert into moved values (1, 'x'), (2, 'y')")
    dataset = shop("moved")
    store = open_store(dataset, server.url, {})
    try:
        before = read(store, dataset, "moved")
        run(server, "alter table moved rename to moved_rows", "create view moved as select * from moved_rows")
        assert read(store, dataset, "moved") == before == [{"id": 1, "word": "x"}]
    finally:
        store.close()


IDENTIFIERS = [
    'a"; drop table things; --',
    "a`; drop table things; --",
    "a'b",
    "100%",
    "%s %(id)s",
    "a:b",
    "new\nline",
    "back\\slash",
    "select",
    "{x}",
    "UPPER",
    "\u00fcber",
    "a b",
    "a]b",
]


@pytest.mark.parametrize("name", IDENTIFIERS, ids=ascii)
def test_a_name_is_a_name_whatever_it_holds(server: SqlServer, name: str) -> None:
    made = Table(name, MetaData(), Column(name, Integer), Column("word", String(9)))
    with server.writer.begin() as connection:
        made.create(connection)
        connection.execute(made.insert().values(**{name: 1, "word": "x"}))
    dataset = make_dataset(make_collection(name, make_field(name, data_type="integer"), make_field("word")))
    store = open_store(dataset, server.url, {})
    try:
        assert read(store, dataset, name, asked(1, name)) == [{name: 1, "word": "x"}]
        assert any(found.name == name and name in found.fields for found in store.introspect())
        with store.snapshot() as snapshot:
            assert snapshot.count(dataset.collection(name), asked(1, name)) == 1
            assert name not in {item.collection for item in snapshot.undeclared()}
    finally:
        store.close()


def test_two_reads_of_a_snapshot_see_the_same(server: SqlServer) -> None:
    run(
        server,
        "create table first (id integer, word varchar(9))",
        "create table second (id integer, word varchar(9))",
        "insert into first values (1, 'a')",
        "insert into second values (1, 'a')",
    )
    dataset = shop("first", "second")
    store = open_store(dataset, server.url, {})
    try:
        with store.snapshot() as snapshot:
            before = rows_of(snapshot, dataset, "first")
            run(server, "update first set word = 'b'", "delete from second", "insert into second values (1, 'late')")
            assert rows_of(snapshot, dataset, "first") == before == [{"id": 1, "word": "a"}]
            assert rows_of(snapshot, dataset, "second") == [{"id": 1, "word": "a"}]
        assert read(store, dataset, "second") == [{"id": 1, "word": "late"}]
    finally:
        store.close()


def test_what_may_not_be_read_is_no_empty_table(server: SqlServer) -> None:
    if server.is_sqlite:
        return  # a file has no accounts
    run(server, "create table closed (id integer, word varchar(9))", *READER[server.kind])
    dataset = shop("closed")
    store = open_store(dataset, server.url_of("reader"), {})
    try:
        with pytest.raises(StoreError, match=r"shop:closed: .*this account may( not)? read") as caught:
            read(store, dataset, "closed")
        assert not caught.value.retry
    finally:
        store.close()


def test_why_no_connection_is_had_is_said(server: SqlServer, tmp_path: Path) -> None:
    """In our own words: a driver's sentence names accounts and addresses."""
    said = {}
    for what, url in _wrong(server, tmp_path).items():
        store = open_store(shop("things"), url, {"connect_timeout": 2})
        with pytest.raises(StoreError) as caught:
            read(store, shop("things"), "things")
        store.close()
        said[what] = (str(caught.value).removeprefix("shop: ").partition(" (")[0], caught.value.retry)
    assert said == {what: REASONS[what] for what in said}


REASONS = {
    "nobody": ("nobody answers at its address", True),
    "database": ("there is no such database", False),
    "account": ("the account or its password is refused", False),
    "file": ("there is no such file, or it may not be read", True),
    "kind": ("the file is no SQLite database", False),
}


def _wrong(server: SqlServer, folder: Path) -> dict[str, str]:
    """Return addresses at which there is no database to be had."""
    if server.is_sqlite:
        (folder / "notes.db").write_text("no database at all, but long enough to look like one" * 40)
        return {"file": f"sqlite:///{folder}/none.db", "kind": f"sqlite:///{folder}/notes.db"}
    address = make_url(server.url)
    return {
        "nobody": server.down_url,
        "database": address.set(database="no_such").render_as_string(hide_password=False),
        "account": address.set(username="no_such", password="x").render_as_string(hide_password=False),
    }


READER = {
    "postgresql": ["create role reader login"],
    "mariadb": ["create user reader@localhost", "grant select on things to reader@localhost"],
}


def test_values_of_other_types_than_a_columns_are_kept(tmp_path: Path) -> None:
    """SQLite takes any value for any column."""
    with closing(sqlite3.connect(tmp_path / "odd.db")) as database, database:
        database.execute("create table odd (id integer, born date, price numeric, word text)")
        database.execute("insert into odd values ('one', 'unknown', 'free', x'ff00'), (1, 20260101, 1.5, 7)")
    dataset = make_dataset(make_collection("odd", *(make_field(name) for name in ("id", "born", "price", "word"))))
    store = open_store(dataset, f"sqlite:///{tmp_path}/odd.db", {})
    selection = Selection((Alternative(("id",), frozenset({("one",), (1,)})),))
    first, second = read(store, dataset, "odd", selection)
    assert first == {"id": "one", "born": "unknown", "price": "free", "word": b"\xff\x00"}
    assert (second["id"], second["born"], second["word"]) == (1, 20260101, "7")
    store.close()
