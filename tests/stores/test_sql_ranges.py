"""Ranges of keys: however keys lie, each range has so many rows at most, and all together have every row once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, column, insert, select, table, text

from dsar.stores.expiring import Expiry
from dsar.stores.sql.expiring.described import Described, Key
from dsar.stores.sql.expiring.ranges import Ranges
from tests.stores.maps import make_collection, make_dataset, make_field
from tests.stores.sql_servers import SqlServer, new_database

pytestmark = pytest.mark.postgres

EXPIRY = Expiry(now=datetime(2026, 6, 1, tzinfo=UTC), days=30, time_field="at")
GREATEST, GREATEST_OF_FOUR_BYTES = (1 << 63) - 1, (1 << 31) - 1
#: Some that follow each other, others far away: the row's key, and whether it is to go.
KEYS = st.dictionaries(
    st.integers(-6, 40) | st.sampled_from([-(1 << 63), 900, 901, 902, GREATEST - 1, GREATEST]), st.booleans()
)
FULL = dict.fromkeys(range(20), True)


@pytest.fixture(scope="module")
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqlServer]:
    server = new_database(request, "postgresql", tmp_path_factory.mktemp("ranges"))
    with server.writer.begin() as connection:
        for name, kind in (("calls", "bigint"), ("narrow", "integer")):
            connection.execute(text(f"CREATE TABLE {name} (id {kind} PRIMARY KEY, at timestamptz, goes boolean)"))
    yield server
    server.writer.dispose()


@cache
def described(server: SqlServer, name: str) -> Described:
    collection = make_collection(name, make_field("id"), make_field("at"))
    with server.writer.connect() as connection:
        return Described(make_dataset(collection), collection, EXPIRY, connection)


def delete(server: SqlServer, name: str, keys: dict[int, bool], rows: int) -> tuple[list[int], int, set[int]]:
    """Return how many rows each range has deleted, how often nobody looked for its end, and the keys that are left."""
    calls = table(name, column("id"), column("goes"))
    with server.writer.connect() as connection:
        if keys:
            connection.execute(insert(calls), [{"id": key, "goes": goes} for key, goes in keys.items()])
        ranges = Ranges(described(server, name), described(server, name).table.clause.c.goes)
        deleted, unasked = run(ranges, connection, rows)
        return deleted, unasked, set(connection.execute(select(calls.c.id)).scalars())


def run(ranges: Ranges, connection: Connection, rows: int) -> tuple[list[int], int]:
    deleted, unasked = list[int](), 0
    after: Key | None = None
    while True:
        unasked += ranges._is_full
        end = ranges.end_of(connection, after, rows)
        deleted.append(ranges.delete(connection, after, end))
        if end is None:
            return deleted, unasked
        ranges.went(deleted[-1], of=rows, end=end)
        after = end


@pytest.mark.thorough
@settings(max_examples=60, deadline=None)
@given(KEYS, st.integers(1, 5))
@example({GREATEST - number: True for number in range(9)}, 2)
@example(FULL | {900: True, 901: False}, 4)
def test_every_row_that_is_to_go_goes_and_no_range_is_longer(
    server: SqlServer, keys: dict[int, bool], rows: int
) -> None:
    deleted, _, left = delete(server, "calls", keys, rows)
    assert left == {key for key, goes in keys.items() if not goes}
    assert max(deleted) <= rows


def test_where_keys_follow_each_other_nobody_looks_where_a_range_ends(server: SqlServer) -> None:
    deleted, unasked, _ = delete(server, "calls", FULL, 5)
    assert deleted == [5, 5, 5, 5, 0, 0]
    assert unasked == 4


def test_a_range_may_end_beyond_what_a_narrow_key_can_be(server: SqlServer) -> None:
    keys = {GREATEST_OF_FOUR_BYTES - number: True for number in range(7)}
    deleted, _, _ = delete(server, "narrow", keys, 5)
    assert sum(deleted) == len(keys)
