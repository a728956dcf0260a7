"""What PostgreSQL says of tables is remembered, and asked for anew as soon as anything about them is another."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import event, text

from dsar.stores.base import Alternative, Selection, StoreError, Undeclared
from dsar.stores.sql import open_store
from dsar.stores.sql.engines import get_engine
from dsar.stores.sql.remembering import Memory
from dsar.values import Value
from tests.stores.maps import make_collection, make_dataset, make_field
from tests.stores.sql_servers import SqlServer, new_database

pytestmark = pytest.mark.postgres

NAMES = ("people", "calls")
CHANGES = {
    "a column more": "ALTER TABLE people ADD COLUMN note text",
    "a column less": "ALTER TABLE people DROP COLUMN age",
    "another type": "ALTER TABLE people ALTER COLUMN name TYPE varchar(90)",
    "another order of texts": 'ALTER TABLE people ALTER COLUMN name TYPE text COLLATE "C"',
    "another name of a column": "ALTER TABLE people RENAME COLUMN age TO years",
    "another key": "ALTER TABLE people DROP CONSTRAINT people_pkey CASCADE",
    "an index more": "CREATE INDEX ON people (name)",
    "an index less": "DROP INDEX people_age",
    "a trigger": "CREATE TRIGGER nothing BEFORE DELETE ON people EXECUTE FUNCTION suppress_redundant_updates_trigger()",
    "a rule": "CREATE RULE nothing AS ON DELETE TO people DO INSTEAD NOTHING",
    "a child": "CREATE TABLE more () INHERITS (people)",
    "who refers to it": "CREATE TABLE letters (person bigint REFERENCES people)",
    "security of rows": "ALTER TABLE people ENABLE ROW LEVEL SECURITY",
    "another table of its name": "ALTER TABLE people RENAME TO others; CREATE TABLE people (id bigint)",
    "its table gone": "DROP TABLE people CASCADE",
    "a table nearer than it": "CREATE SCHEMA postgres; CREATE TABLE postgres.people (id bigint)",
    "a privilege": "GRANT SELECT (name) ON people TO PUBLIC",
    "many rows": "INSERT INTO people SELECT generate_series(1, 2000); ANALYZE people",
}


@pytest.fixture(scope="module")
def database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqlServer]:
    server = new_database(request, "postgresql", tmp_path_factory.mktemp("remembering"))
    yield server
    server.writer.dispose()


@pytest.fixture
def server(database: SqlServer) -> Iterator[SqlServer]:
    change(database, "CREATE TABLE people (id bigint PRIMARY KEY, name text, age integer)")
    change(database, "CREATE INDEX people_age ON people (age)", "CREATE TABLE calls (id bigint)", "ANALYZE people")
    yield database
    change(database, "DROP SCHEMA public CASCADE", "DROP SCHEMA IF EXISTS postgres CASCADE", "CREATE SCHEMA public")


def change(server: SqlServer, *statements: str) -> None:
    with server.writer.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))


def told(server: SqlServer, memory: Memory) -> object:
    with get_engine(server.url, {}).connect() as connection:
        return memory.told(connection, NAMES)


def test_rows_change_nothing_in_it(server: SqlServer) -> None:
    memory = Memory()
    before = told(server, memory)
    change(server, "INSERT INTO people VALUES (1, 'Ada', 36)", "UPDATE people SET age = 37", "ANALYZE people")
    assert told(server, memory) is before


@pytest.mark.parametrize("statement", CHANGES.values(), ids=CHANGES)
def test_a_change_of_a_table_is_told(server: SqlServer, statement: str) -> None:
    memory = Memory()
    before = told(server, memory)
    change(server, *statement.split("; "))
    after = told(server, memory)
    assert after is not before
    assert told(server, memory) is after


def test_what_is_seen_in_a_transaction_is_what_it_was_told_of(server: SqlServer) -> None:
    """The stamp is read in the snapshot, so that a change beside it belongs to the next one."""
    memory, engine = Memory(), get_engine(server.url, {})
    options = {"isolation_level": "REPEATABLE READ"}
    with engine.connect() as early, engine.connect() as late:
        first = memory.told(early.execution_options(**options), NAMES)
        change(server, CHANGES["a column more"])
        assert memory.told(early, NAMES) is first
        assert memory.told(late.execution_options(**options), NAMES) is not first


def test_tables_are_described_once(server: SqlServer) -> None:
    store = open_store(PEOPLE, server.url, {})
    asked: list[str] = []
    engine = get_engine(server.url, {})

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        asked.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        for _ in range(2):
            with store.snapshot() as snapshot:
                assert not list(snapshot.read(PEOPLE.collections[0], by(1)))
    finally:
        event.remove(engine, "before_cursor_execute", note)
    assert sum("format_type" in statement for statement in asked) == 1


def test_a_column_is_compared_as_what_it_is_now(server: SqlServer) -> None:
    store = open_store(PEOPLE, server.url, {})
    change(server, "INSERT INTO people VALUES (1, 'Ada', 36)")
    with store.snapshot() as snapshot:
        assert [len(batch) for batch in snapshot.read(PEOPLE.collections[0], by(1))] == [1]
        assert snapshot.undeclared() == (Undeclared("calls"),)
    change(server, "ALTER TABLE people ALTER COLUMN id TYPE text USING 'p' || id, ADD COLUMN note text")
    with store.snapshot() as snapshot:
        assert [batch[0]["id"] for batch in snapshot.read(PEOPLE.collections[0], by("p1"))] == ["p1"]
        assert snapshot.undeclared() == (Undeclared("calls"), Undeclared("people", "note"))


def test_after_a_failure_everything_is_asked_for_anew(server: SqlServer) -> None:
    memory = Memory()
    before = told(server, memory)
    with pytest.raises(StoreError), memory.doubted():
        raise StoreError("something", retry=False)
    assert told(server, memory) is not before


def test_a_dry_run_takes_back_rows_but_not_what_the_server_has_prepared(server: SqlServer) -> None:
    change(server, "INSERT INTO people VALUES (1, 'Ada', 36)")
    store = open_store(PEOPLE, server.url, {})
    for _ in range(7):
        with store.changing(commits=False) as changing:
            assert changing.delete(PEOPLE.collections[0], by(1)) == 1
    with get_engine(server.url, {}, writes=True).connect() as connection:
        prepared = set(connection.execute(text("SELECT statement FROM pg_prepared_statements")).scalars())
    assert "DELETE FROM people WHERE people.id = ANY ($1::BIGINT[])" in prepared


PEOPLE = make_dataset(make_collection("people", make_field("id"), make_field("name"), make_field("age")))


def by(value: Value) -> Selection:
    return Selection((Alternative(("id",), frozenset({(value,)})),))
