"""A SQL store misses no row that equals what is asked: every type of column against every type of value.

What is equal is said by dsar.stores.matching, which knows no SQL; the database may find more, but never less.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from itertools import zip_longest
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from dsar.datamap.model import Dataset
from dsar.stores.base import Alternative, Selection
from dsar.stores.matching import Matcher
from dsar.stores.sql import open_store
from dsar.values import Row, Value
from tests.stores.maps import make_collection, make_dataset, make_field
from tests.stores.sql_servers import SQL_SERVERS, new_database

SOME_UUID = UUID("6ccd780c-baba-1026-9564-5b8c656024db")
NOON = datetime(2026, 3, 1, 12, 0, 0, 500000)  # noqa: DTZ001  # a column without a zone
TEXTS = [
    "",
    "0",
    "1",
    "01",
    "2.5",
    "2.50",
    "x",
    "X",
    "x ",
    "e",
    "\u00e9",
    "true",
    "TRUE",
    "1e3",
    str(SOME_UUID),
    "\\",
    "'",
]
EMAILS = [
    "Ann@X.org",
    "stra\u00dfe@x.org",
    "\u03bd\u03af\u03ba\u03bf\u03c2@x.org",
    "jos\u00e9@x.org",
    "",
    "JOS\u00c9@x.org",
]
INTEGERS = [0, 1, -1, 2, 2**31 - 1]
NUMBERS: list[Any] = [0.0, 1.0, 2.5, -0.1]
POOLS: Mapping[str, list[Any]] = {
    "text": TEXTS,
    "email": EMAILS,
    "integer": INTEGERS,
    "bigint": [*INTEGERS, 2**63 - 1],
    "numeric": [Decimal(0), Decimal(1), Decimal("2.5"), Decimal("1000")],
    "double": NUMBERS,
    "real": NUMBERS,
    "boolean": [False, True],
    "uuid": [SOME_UUID],
    "bytes": [b"", b"x", b"\x00\xff", b"1"],
    "date": [date(2026, 3, 1)],
    "datetime": [NOON, NOON.replace(microsecond=0)],
    "instant": [NOON.replace(tzinfo=UTC)],
    "time": [time(12, 0), time(12, 0, 0, 250000)],
}
#: Column type by kind of server; where there is none, the column is left out.
TYPES: Mapping[str, Mapping[str, str]] = {
    "sqlite": {name: "" for name in POOLS if name not in ("numeric", "uuid", "instant", "real", "time")},
    "postgresql": {
        **{name: name for name in ("text", "integer", "bigint", "numeric", "real", "boolean", "uuid", "date", "time")},
        "email": "text",
        "double": "double precision",
        "bytes": "bytea",
        "datetime": "timestamp",
        "instant": "timestamptz",
    },
    "mariadb": {
        "text": "varchar(200)",
        "email": "varchar(200)",
        "numeric": "decimal(20, 5)",
        "real": "float",
        "bytes": "varbinary(20)",
        "datetime": "datetime(6)",
        "instant": "timestamp(6)",
        **{name: name for name in ("integer", "bigint", "double", "boolean", "uuid", "date")},
    },
}
ASKED: list[Value] = [
    *(value for pool in POOLS.values() for value in pool),
    *(None, 1e300, 2**70, -(2**70), "\x00", "\ud800", "nan", float("nan"), float("inf"), Decimal("1.00"), b"x\x00"),
    *("ann@x.org", "JOSE\u0301@x.org", "strasse@x.org", "2026-03-01", NOON.isoformat(), timedelta(1)),
    *(NOON.replace(tzinfo=timezone(timedelta(hours=2))), NOON.replace(hour=0, microsecond=0), str(SOME_UUID).upper()),
]
DECLARED = [None, "string", "integer", "boolean", "object_id"]


@dataclass(frozen=True)
class Place:
    """A seeded table and everything in it, as its store reads it."""

    url: str
    columns: list[str]

    def dataset(self, declared: Mapping[str, str | None]) -> Dataset:
        fields = [
            make_field(name, data_type=declared.get(name), identity="email" if name == "email_" else None)
            for name in self.columns
        ]
        return make_dataset(make_collection("t", *fields, make_field("everything", data_type="integer")))


@pytest.fixture(scope="module", params=SQL_SERVERS)
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    server, types = new_database(request, request.param, tmp_path_factory.mktemp("binding")), TYPES[request.param]
    made = ", ".join(f"{name}_ {kind}" for name, kind in types.items())
    marks = ", ".join(f":{name}" for name in types)
    rows = [dict(zip(types, values, strict=True)) for values in zip_longest(*(POOLS[name] for name in types))]
    with server.writer.begin() as connection:
        connection.execute(text(f"create table t (everything integer, {made})"))
        for row in rows:
            connection.execute(text(f"insert into t values (1, {marks})"), _written(row, request.param))  # noqa: S608
    names = [f"{name}_" for name in types]
    yield Place(server.url, names)
    server.writer.dispose()


def _written(row: Row, kind: str) -> Row:
    """Return the row in types that the writing driver takes."""
    if kind == "postgresql":
        return row
    return {name: _plain(value) for name, value in row.items()}


def _plain(value: Value) -> Value:
    if isinstance(value, datetime):
        return value.replace(tzinfo=None).isoformat(" ")
    return str(value) if isinstance(value, UUID | date) else value


def test_days_and_moments_are_asked_for_at_once(place: Place) -> None:
    for path in place.columns:
        dataset = place.dataset({path: None})
        wanted = frozenset({(date(2026, 3, 2),), (datetime(2026, 3, 2, tzinfo=UTC),)})
        with open_store(dataset, place.url, {}).snapshot() as snapshot:
            list(snapshot.read(dataset.collection("t"), Selection((Alternative((path,), wanted),))))


@pytest.mark.thorough
@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_whatever_equals_what_is_asked_is_found(place: Place, data: st.DataObject) -> None:
    paths = tuple(data.draw(st.lists(st.sampled_from(place.columns), min_size=1, max_size=2, unique=True)))
    dataset = place.dataset({path: data.draw(st.sampled_from(DECLARED)) for path in paths})
    asked = st.tuples(*(st.sampled_from(ASKED) for _ in paths))
    wanted = data.draw(st.lists(asked, min_size=1, max_size=40, unique_by=repr))
    collection, alternative = dataset.collection("t"), Alternative(paths, frozenset(wanted))
    with open_store(dataset, place.url, {}).snapshot() as snapshot:
        everything = [row for batch in snapshot.read(collection, selection("everything", 1)) for row in batch]
        found = [row for batch in snapshot.read(collection, Selection((alternative,))) for row in batch]
    equal = Matcher(collection, Selection((alternative,)))
    missed = [row for row in everything if equal.matches(row) and row not in found]
    assert [{path: row[path] for path in paths} for row in missed] == []


def selection(path: str, value: Value) -> Selection:
    return Selection((Alternative((path,), frozenset({(value,)})),))
