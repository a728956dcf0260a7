"""What Arrow and a file's own notes leave out is only what would not match: held against rows compared in Python."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from dsar.datamap.model import Collection
from dsar.stores.base import Alternative, Selection
from dsar.stores.casting import canonical
from dsar.stores.matching import Matcher
from dsar.stores.objects import open_store
from dsar.values import Row, to_json
from tests.stores.contract import by
from tests.stores.maps import make_collection, make_dataset, make_field
from tests.stores.parquet_types import FLAT, NESTED, array

#: Few values, so that what is looked for is often there; written in the ways in which the same is written elsewhere.
NUMBERS = [0, 1, 7, -1, 42, 127]
TEXTS = ["0", "1", "7", "07", "42", "4.2e1", "42.0", "true", "FALSE", "", "ann@example.org", "ANN@Example.org"]
UNICODE = [
    "\u212aim@example.org",
    "kim@example.org",
    "jos\u00e9",
    "jose\u0301",
    "Stra\u00dfe",
    "STRASSE",
    "\x00",
    "\U0001f600",
]
LONG = ["x" * 70, "x" * 70 + "y", "\uffff" * 40]
WORDS = st.sampled_from(TEXTS + UNICODE + LONG)
COMMON = {
    **dict.fromkeys(("string", "large_string", "string_view", "words"), WORDS),
    **dict.fromkeys(("binary", "large_binary"), WORDS.map(str.encode)),
    **dict.fromkeys(("int8", "int16", "int32", "int64"), st.sampled_from(NUMBERS)),
    **dict.fromkeys(("uint8", "uint16", "uint32", "uint64"), st.sampled_from([0, 1, 7, 42, 255])),
    **dict.fromkeys(
        ("half", "float", "double"), st.sampled_from([0.0, -0.0, 1.0, 42.0, 1.5, float("nan"), float("inf")])
    ),
    "list": st.lists(WORDS, max_size=3),
}
TYPES = {name: (of, COMMON.get(name, values)) for name, (of, values) in (FLAT | NESTED).items()}
DATA_TYPES = [None, "string", "integer", "float", "boolean", "object", "string[]"]
FOREIGN = st.sampled_from(
    [*TEXTS, *UNICODE, *LONG, *NUMBERS, 0.0, 1.5, True, False, None, 2**63, 2**64, "\ud800", b"7"]
)


Question = tuple[Collection, pa.Table, Selection, dict[str, Any]]


@st.composite
def questions(draw: st.DrawFn) -> Question:
    """Return a collection of two columns, what stands in them, what is asked, and how the file is written."""
    names = draw(st.lists(st.sampled_from(sorted(TYPES)), min_size=2, max_size=2))
    fields, columns = [], {}
    size = draw(st.integers(1, 12))
    for number, name in enumerate(names):
        of, values = TYPES[name]
        column = f"c{number}"
        identity = draw(st.sampled_from([None, "email"]))
        fields.append(make_field(column, data_type=draw(st.sampled_from(DATA_TYPES)), identity=identity))
        columns[column] = array(of, draw(st.lists(st.none() | values, min_size=size, max_size=size)))
    table = pa.table({**columns, "n": range(size)})
    collection = make_collection(
        "t", *fields, make_field("n"), make_field("part"), source={"path": "{part}.parquet", "format": "parquet"}
    )
    written = {
        "row_group_size": draw(st.integers(1, 12)),
        "use_dictionary": draw(st.booleans()),
        "write_statistics": draw(st.booleans()),
        "store_schema": draw(st.booleans()),
        "data_page_size": draw(st.sampled_from([1_024, 1 << 20])),
    }
    return collection, table, draw(_selections(columns)), written


def _selections(columns: Mapping[str, pa.Array]) -> st.SearchStrategy[Selection]:
    def wanted(column: str) -> st.SearchStrategy[Any]:
        # What stands there, as it is and as the text by which another store names it.
        there = [value for value in columns[column].cast(columns[column].type).to_pylist() if _is_key(value)]
        told = [form for value in there if isinstance(form := canonical(value, None), str)]
        return FOREIGN | st.sampled_from(there + told) if there else FOREIGN

    one = st.sampled_from(sorted(columns)).flatmap(
        lambda column: st.frozensets(st.tuples(wanted(column)), max_size=4).map(lambda v: Alternative((column,), v))
    )
    both = st.frozensets(st.tuples(wanted("c0"), wanted("c1")), max_size=4).map(lambda v: Alternative(("c0", "c1"), v))
    only = st.dictionaries(st.sampled_from(sorted(columns)), FOREIGN, max_size=1)
    return st.builds(Selection, st.lists(one | both, min_size=1, max_size=3).map(tuple), st.just({}) | only)


def _is_key(value: Any) -> bool:
    return isinstance(value, str | int | float | bytes)


@pytest.mark.thorough
@settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
@given(questions())
def test_a_filtered_reading_is_the_unfiltered_one_filtered(question: Question) -> None:
    hold(question)


@pytest.mark.slow
@settings(max_examples=2_000, deadline=None, suppress_health_check=list(HealthCheck))
@given(questions())
def test_a_filtered_reading_is_the_unfiltered_one_filtered_at_length(question: Question) -> None:
    hold(question)


def hold(question: Question) -> None:
    collection, table, selection, written = question
    with tempfile.TemporaryDirectory() as folder:
        parquet.write_table(table, f"{folder}/a.parquet", **written)
        # The path alone tells these: nothing is asked of the file.
        everything = read(folder, collection, Selection((by("part", "a"),)))
        matcher = Matcher(collection, selection)
        assert len(everything) == table.num_rows
        assert told(read(folder, collection, selection)) == told([row for row in everything if matcher.matches(row)])


def read(folder: str, collection: Collection, selection: Selection) -> list[Row]:
    with open_store(make_dataset(collection), f"file://{folder}", {}).snapshot() as snapshot:
        return [row for batch in snapshot.read(collection, selection) for row in batch]


def told(rows: list[Row]) -> list[bytes]:
    return sorted(to_json(row) for row in rows)
