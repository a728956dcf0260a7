"""Whatever a store returns comes back out of the files as it was, by the types the schema tells."""

from __future__ import annotations

import base64
import io
import zipfile
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from dsar.bundle.archive import Archive
from dsar.bundle.columns import table_schema
from dsar.bundle.names import data_files
from dsar.bundle.rows import write_rows
from dsar.values import Row
from tests.bundle.builders import NOW, collection, data_map, dataset, delivered, field

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
KINDS: dict[str, st.SearchStrategy[Any]] = {
    "boolean": st.booleans(),
    "integer": st.integers(),
    "float": st.floats(allow_nan=False),
    "decimal": st.decimals(allow_nan=False),
    "string": TEXT,
    "bytes": st.binary(),
    "datetime": st.datetimes(timezones=st.just(UTC)),
    "date": st.dates(),
    "time": st.times(),
    "duration": st.timedeltas(),
    "uuid": st.uuids(),
    "array": st.lists(TEXT | st.none() | st.booleans()),
    "object": st.dictionaries(TEXT, st.lists(TEXT) | st.integers(0, 9)),
}
READ: dict[str, Callable[[Any], Any]] = {
    "integer": int,
    "float": lambda value: float({"INF": "inf", "-INF": "-inf"}.get(value, value)),
    "decimal": Decimal,
    "bytes": base64.b64decode,
    "datetime": datetime.fromisoformat,
    "date": date.fromisoformat,
    "time": time.fromisoformat,
    "duration": lambda value: timedelta(microseconds=int(Decimal(value) * 1_000_000)),
    "uuid": UUID,
}
THINGS = collection("app", "things", *(field(name) for name in KINDS))
MAP = data_map(dataset("app", THINGS))
ROWS = st.lists(
    st.fixed_dictionaries({}, optional={n: kind | st.none() for n, kind in KINDS.items()}), min_size=1, max_size=5
)


@settings(max_examples=60)
@given(ROWS)
def test_values_survive(rows: list[Row]) -> None:
    item = delivered(THINGS, rows)
    out = io.BytesIO()
    with Archive(out=out, modified_at=NOW) as archive:
        write_rows(archive=archive, contents=item, keep=3, files=data_files(MAP)[THINGS.key])
    types = {entry["name"]: entry.get("valueTypes", []) for entry in table_schema(item, MAP)["fields"]}
    read = zipfile.ZipFile(out).read("data/app/things.jsonl").splitlines()
    assert [decoded(orjson.loads(line), types) for line in read] == rows


def decoded(row: Row, types: dict[str, list[str]]) -> Row:
    return {name: value if value is None else READ.get(types[name][0], same)(value) for name, value in row.items()}


def same(value: Any) -> Any:
    return value
