"""Every type of value of every kind of store: through the store, the walk and the bundle's files, and back as it was.

A kind of store is a `Kind` below: its columns, what may stand in them, and how rows get there.
"""

from __future__ import annotations

import io
import json
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import pyarrow
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyarrow import parquet
from sqlalchemy import text

from dsar.bundle.archive import Archive
from dsar.bundle.columns import table_schema
from dsar.bundle.contents import CollectionContents, CollectionState
from dsar.bundle.names import data_files
from dsar.bundle.rows import write_rows
from dsar.datamap.graph import build_graph
from dsar.datamap.model import Collection, DataMap
from dsar.fulfilment.keys import KeySet
from dsar.fulfilment.walk import WalkInput, seed_keys, walk
from dsar.stores.config import StoreConfig
from dsar.stores.registry import open_store
from dsar.values import Row, Value
from tests.bundle.builders import NOW, data_map, lines_of
from tests.bundle.test_round_trip import decoded
from tests.stores.maps import make_collection, make_dataset, make_field
from tests.stores.parquet_types import FLAT, NESTED, array
from tests.stores.sql_servers import SQL_SERVERS, SqlServer, new_database

WORDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=20)
INT64 = st.integers(-(2**63), 2**63 - 1)
#: Inside a document a number beyond 64 bits or an infinity is written as text, and no schema tells of it.
JSON: st.SearchStrategy[Value] = st.dictionaries(
    WORDS, st.lists(WORDS | st.none() | st.booleans() | INT64) | st.floats(-1e15, 1e15).map(lambda value: value + 0.0)
)
#: Numbers that four bytes hold exactly and that no shorter spelling means: 0.1 is none in four bytes.
SINGLE = st.integers(-(2**17), 2**17).map(lambda value: value / 8)
DOUBLE = st.floats(allow_nan=False, allow_infinity=False).map(lambda value: value + 0.0)  # no store keeps -0.0


def moments(first: int, last: int, *, zone: Any = None) -> st.SearchStrategy[datetime]:
    """Return moments between two years; no column keeps which of two equal hours is meant when clocks go back."""
    between = st.datetimes(datetime(first, 1, 1), datetime(last, 12, 31), timezones=st.just(zone))  # noqa: DTZ001
    return between.map(lambda value: value.replace(fold=0))


def decimals(places: int) -> st.SearchStrategy[Decimal]:
    most = Decimal(10) ** 15
    return st.decimals(-most, most, places=places).map(lambda value: value + 0)


@dataclass(frozen=True)
class Kind:
    """Columns: SQL type (none where there is none), what may stand there, what the data map declares of it.

    `nullable`: whether a column may be empty; where a row is all of a key, there would be no row.
    """

    columns: Mapping[str, tuple[str, st.SearchStrategy[Value]]] = field(repr=False)
    declared: Mapping[str, str] = field(default_factory=dict)
    source: Mapping[str, Any] = field(default_factory=dict)
    nullable: bool = True

    def collection(self) -> Collection:
        fields = [make_field(name, data_type=self.declared.get(name)) for name in self.columns]
        owner = make_field("owner", data_type="string", identity="user_id")
        number = make_field("at", data_type="integer")
        return make_collection("things", owner, number, *fields, source=self.source)

    def rows(self) -> st.SearchStrategy[list[Row]]:
        null = st.none() if self.nullable else st.nothing()
        columns = {name: values | null for name, (_, values) in self.columns.items()}
        return st.lists(st.fixed_dictionaries(columns), min_size=1, max_size=4)


SQLITE = Kind(
    {
        "number": ("integer", INT64),
        "float": ("real", DOUBLE),
        "words": ("text", WORDS),
        "bytes": ("blob", st.binary()),
        "yes": ("boolean", st.booleans()),
        "day": ("date", st.dates()),
        "moment": ("datetime", moments(1, 9999)),
        "hour": ("time", st.times().map(lambda value: value.replace(fold=0))),
        "document": ("json", JSON),
    },
    declared={"yes": "boolean"},
)
POSTGRESQL = Kind(
    {
        "small": ("smallint", st.integers(-(2**15), 2**15 - 1)),
        "number": ("bigint", INT64),
        "exact": ("numeric", decimals(8)),
        "single": ("real", SINGLE),
        "double": ("double precision", st.floats(allow_nan=False)),
        "words": ("text", WORDS),
        "bytes": ("bytea", st.binary()),
        "yes": ("boolean", st.booleans()),
        "day": ("date", st.dates()),
        "hour": ("time", st.times().map(lambda value: value.replace(fold=0))),
        "moment": ("timestamp", moments(1, 9999)),
        "instant": ("timestamptz", moments(2, 9998, zone=UTC)),
        "span": ("interval", st.timedeltas(timedelta(-20_000), timedelta(20_000))),
        "uuid": ("uuid", st.uuids()),
        "document": ("jsonb", JSON),
        "list": ("text[]", st.lists(WORDS | st.none(), max_size=4)),
        "numbers": ("bigint[]", st.lists(INT64, max_size=4)),
    }
)
MARIADB = Kind(
    {
        "tiny": ("tinyint(1)", st.integers(-128, 127)),
        "number": ("bigint", INT64),
        "unsigned": ("bigint unsigned", st.integers(0, 2**64 - 1)),
        "exact": ("decimal(30, 8)", decimals(8)),
        "single": ("float", SINGLE),
        "double": ("double", DOUBLE),
        "words": ("text", WORDS),
        "bytes": ("blob", st.binary()),
        "padded": ("binary(4)", st.binary(min_size=4, max_size=4)),
        "yes": ("boolean", st.booleans()),
        "bit": ("bit(1)", st.booleans()),
        "bits": ("bit(16)", st.integers(0, 2**16 - 1)),
        "day": ("date", st.dates(date(1000, 1, 1))),
        "year": ("year", st.integers(1901, 2155)),
        "span": ("time(6)", st.timedeltas(timedelta(hours=-838), timedelta(hours=838))),
        "moment": ("datetime(6)", moments(1000, 9999)),
        "instant": ("timestamp(6) null", moments(1971, 2036, zone=UTC)),
        "uuid": ("uuid", st.uuids(version=4)),
        "choice": ("enum('a', 'b')", st.sampled_from("ab")),
        "document": ("json", JSON),
    },
    declared={"yes": "boolean", "bit": "boolean"},
)
DOCUMENTS = Kind(
    {
        "number": ("", st.integers(-(2**70), 2**70)),
        "float": ("", DOUBLE),
        "words": ("", WORDS),
        "yes": ("", st.booleans()),
        "document": ("", JSON),
        "list": ("", st.lists(WORDS | st.none() | st.booleans(), max_size=4)),
    },
    source={"path": "things.jsonl", "format": "jsonl"},
)
#: A document of Parquet is a text that is marked as JSON.
PARQUET = Kind(
    {
        **{name: ("", values) for name, (_, values) in (FLAT | NESTED).items()},
        "document": ("", JSON),
    },
    source={"path": "things.parquet", "format": "parquet"},
)

Write = Callable[[list[Row]], str]


def through_the_bundle(kind: Kind, rows: list[Row], write: Write) -> list[Row]:
    """Return what comes back of rows that were written to a store, walked, delivered and read by the schema."""
    collection = kind.collection()
    the_map = data_map(make_dataset(collection))
    delivered = walked(the_map, write([{"owner": "ann", "at": at, **row} for at, row in enumerate(rows)]))
    found = sorted(read_back(the_map, delivered), key=lambda row: int(row["at"]))
    return [{name: row.get(name) for name in kind.columns} for row in found]


def walked(the_map: DataMap, url: str) -> CollectionContents:
    return delivered_rows(the_map, url)[0]


def delivered_rows(the_map: DataMap, url: str) -> tuple[CollectionContents, list[Row]]:
    """Return what a bundle is told of the collection, and its rows as the store gave them."""
    identities, graph = {"user_id": frozenset({"ann"})}, build_graph(the_map)
    dataset, rows = the_map.datasets[0], list[Row]()
    work = WalkInput(the_map, dataset, graph, identities, seed_keys(graph, identities), KeySet())
    with open_store(dataset, StoreConfig(url, {})).snapshot() as snapshot:
        result = walk(work, snapshot=snapshot, sink=lambda _collection, found: rows.extend(found))
    types = {name: frozenset(seen) for name, seen in result.counts["things"].types.items()}
    collection = dataset.collections[0]
    contents = CollectionContents(
        collection=collection,
        state=CollectionState.DELIVERED,
        rows=len(rows),
        types=types,
        open_blocks=lines_of(rows),
    )
    return contents, rows


def read_back(the_map: DataMap, item: CollectionContents) -> list[Row]:
    out = io.BytesIO()
    with Archive(out=out, modified_at=NOW) as archive:
        write_rows(archive=archive, contents=item, keep=3, files=data_files(the_map)[item.collection.key])
    types = {entry["name"]: entry.get("valueTypes", []) for entry in table_schema(item, the_map)["fields"]}
    lines = zipfile.ZipFile(out).read("data/shop/things.jsonl").splitlines()
    return [decoded(orjson.loads(line), types) for line in lines]


def told(rows: list[Row]) -> list[list[str]]:
    """Return the rows so that equal values of equal types are equal."""
    return [[f"{name}: {_told(value)!r}" for name, value in sorted(row.items())] for row in rows]


def _told(value: Value) -> Value:
    if isinstance(value, Decimal):
        return value.normalize() + 0
    if isinstance(value, dict):
        return sorted((name, _told(part)) for name, part in value.items())
    return [_told(part) for part in value] if isinstance(value, list) else value


def sql_writer(server: SqlServer, kind: Kind, spell: Mapping[type, Callable[[Any], Any]]) -> Write:
    """Return what fills the table `things` of a database anew."""
    quote = server.writer.dialect.identifier_preparer.quote_identifier
    made = ", ".join(f"{quote(name)} {sql}" for name, (sql, _) in kind.columns.items())
    marks = ", ".join(f":{name}" for name in kind.columns)
    with server.writer.begin() as connection:
        connection.execute(text(f"create table things (owner varchar(20), {quote('at')} integer, {made})"))

    def write(rows: list[Row]) -> str:
        with server.writer.begin() as connection:
            connection.execute(text("delete from things"))
            for row in rows:
                spelled = {name: spell.get(type(value), same)(value) for name, value in row.items()}
                connection.execute(text(f"insert into things values (:owner, :at, {marks})"), spelled)  # noqa: S608
        return server.url

    return write


def same(value: Value) -> Value:
    return value


def spell_json(value: Value) -> str:
    return json.dumps(value, ensure_ascii=False)


HARD = settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
SPELL: Mapping[str, Mapping[type, Callable[[Any], Any]]] = {
    "sqlite": {dict: spell_json, date: str, time: str, datetime: str},
    "postgresql": {dict: spell_json},
    "mariadb": {dict: spell_json, UUID: str},
}


SQL = {"sqlite": SQLITE, "postgresql": POSTGRESQL, "mariadb": MARIADB}


@pytest.fixture(scope="module", params=SQL_SERVERS)
def sql(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Kind, Write]]:
    server = new_database(request, request.param, tmp_path_factory.mktemp("round_trip"))
    yield SQL[request.param], sql_writer(server, SQL[request.param], SPELL[request.param])
    server.writer.dispose()


@pytest.mark.thorough
@HARD
@given(st.data())
def test_sql_values_come_back_as_they_were(sql: tuple[Kind, Write], data: st.DataObject) -> None:
    kind, write = sql
    rows = data.draw(kind.rows())
    for found, expected in zip(told(through_the_bundle(kind, rows, write)), told(rows), strict=True):
        assert [told for told in found if told not in expected] == []


@HARD
@given(rows=DOCUMENTS.rows())
def test_values_of_json_lines_come_back_as_they_were(rows: list[Row]) -> None:
    with tempfile.TemporaryDirectory() as folder:

        def write(lines: list[Row]) -> str:
            text = "".join(json.dumps(row) + "\n" for row in lines)
            (Path(folder) / "things.jsonl").write_text(text, encoding="utf-8")
            return f"file://{folder}"

        assert told(through_the_bundle(DOCUMENTS, rows, write)) == told(rows)


@pytest.mark.thorough
@settings(HARD, max_examples=12)
@given(rows=PARQUET.rows(), parts=st.integers(1, 3), folded=st.booleans())
def test_values_of_parquet_come_back_as_they_were(rows: list[Row], parts: int, *, folded: bool) -> None:
    columns = {name: of for name, (of, _) in (FLAT | NESTED).items()} | {"document": pyarrow.json_()}
    with tempfile.TemporaryDirectory() as folder:

        def write(lines: list[Row]) -> str:
            table = pyarrow.table(
                {
                    "owner": [row["owner"] for row in lines],
                    "at": [row["at"] for row in lines],
                    **{name: array(of, [spell(row[name], name) for row in lines]) for name, of in columns.items()},
                }
            )
            parquet.write_table(table, f"{folder}/things.parquet", row_group_size=parts, use_dictionary=folded)
            return f"file://{folder}"

        def spell(value: Value, name: str) -> Value:
            return spell_json(value) if name == "document" and value is not None else value

        assert told(through_the_bundle(PARQUET, rows, write)) == told(rows)
