"""Many join keys: chunks of them, one statement a chunk and never one a row; one engine a process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import Integer, column, event, select, table, text

from dsar.datamap.model import Dataset
from dsar.stores.base import Alternative, Selection
from dsar.stores.sql import open_store
from dsar.stores.sql.engines import get_engine
from dsar.stores.sql.fetching import Reading
from tests.bundle.memory import traced
from tests.stores.maps import make_collection, make_dataset, make_field
from tests.stores.sql_servers import SQL_SERVERS, SqlServer, make_server

ROWS = 30_000
#: Values that one statement binds, by kind of server: what Chunks is held to here.
CHUNK = {"sqlite": 10_000, "postgresql": 50_000, "mariadb": 20_000}


@pytest.fixture(scope="module", params=SQL_SERVERS)
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqlServer]:
    with make_server(request, tmp_path_factory.mktemp("scale")) as server:
        with server.writer.begin() as connection:
            connection.execute(text("create table things (id integer primary key, word varchar(20))"))
            rows = [{"id": number, "word": f"w{number}"} for number in range(ROWS)]
            connection.execute(text("insert into things values (:id, :word)"), rows)
        yield server


def shop() -> Dataset:
    fields = (make_field("id", data_type="integer"), make_field("word", data_type="string"))
    return make_dataset(make_collection("things", *fields))


@contextmanager
def statements(url: str) -> Iterator[list[str]]:
    """Give the list of the statements that read the table within the block."""
    engine, said = get_engine(url, {}), list[str]()

    def keep(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        if "FROM things" in statement:
            said.append(statement)

    event.listen(engine, "before_cursor_execute", keep)
    try:
        yield said
    finally:
        event.remove(engine, "before_cursor_execute", keep)


def found(server: SqlServer, *alternatives: Alternative) -> tuple[int, int]:
    """Return how many rows are read, and by how many statements."""
    dataset = shop()
    with statements(server.url) as said, open_store(dataset, server.url, {}).snapshot() as snapshot:
        batches = snapshot.read(dataset.collection("things"), Selection(alternatives))
        return sum(len(batch) for batch in batches), len(said)


def chunks(server: SqlServer, values: int) -> int:
    return -(-values // CHUNK[server.kind])


@pytest.mark.thorough
def test_many_keys_take_a_statement_a_chunk(server: SqlServer) -> None:
    keys = Alternative(("id",), frozenset((number,) for number in range(ROWS)))
    rows, said = found(server, keys)
    # Of SQLite each number is asked as text, too.
    assert (rows, said) == (ROWS, chunks(server, ROWS * (2 if server.is_sqlite else 1)))


@pytest.mark.thorough
def test_many_keys_of_two_columns_take_a_statement_a_chunk(server: SqlServer) -> None:
    count = 12_000
    pairs = Alternative(("word", "id"), frozenset((f"w{number}", number) for number in range(count)))
    rows, said = found(server, pairs)
    assert rows == count
    assert said <= chunks(server, count * (4 if server.is_sqlite else 2)) + 1


@pytest.mark.slow
def test_a_million_keys_work_in_bounded_memory(server: SqlServer) -> None:
    keys = Alternative(("id",), frozenset((number,) for number in range(1_000_000)))
    with traced() as peak:
        rows, said = found(server, keys)
    assert rows == ROWS
    assert said == chunks(server, 1_000_000 * (2 if server.is_sqlite else 1))
    assert peak() < 1_500 * 1_000_000  # the keys themselves, their forms, and one statement


def test_one_engine_serves_every_store_of_an_address(server: SqlServer) -> None:
    stores = [open_store(shop(), server.url, {}) for _ in range(3)]
    assert len({id(store._engine) for store in stores}) == 1


@pytest.mark.parametrize("server", [item for item in SQL_SERVERS if "postgresql" in str(item)], indirect=True)
def test_cursors_that_were_read_do_not_pile_up(server: SqlServer) -> None:
    things = select(column("id", Integer)).select_from(table("things"))
    long, short = things.where(column("id", Integer) < 5_000), things.where(column("id", Integer) < 3)
    with get_engine(server.url, {}).begin() as connection:
        reading = Reading(connection)
        for _ in range(25):
            outer = reading.batches(long)
            first = next(outer)
            assert [len(batch) for batch in reading.batches(short)] == [3]  # while the other one is half read
            assert len(first) + sum(map(len, outer)) == 5_000
        assert connection.execute(text("select count(*) from pg_cursors")).scalar_one() < 40
