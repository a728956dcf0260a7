"""Lines that are alike, read as columns, must give what each line gives by itself; anything else is not read so."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dsar.bundle import spreadsheet
from dsar.bundle.alike import Reader
from dsar.lines import to_lines

NAMES = ("id", 'a "b", c', "é")
TEXTS = st.one_of(
    st.text(max_size=5),
    st.sampled_from(["=1", "-2", " x", "x\u00a0", "a,b", "\\", 'q"', "}\n{", ',"é":', '{"id":', "\x0e\x0f", "\x10"]),
)
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(-(2**63), 2**64 - 1), st.floats(), TEXTS)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=2), st.dictionaries(st.sampled_from([*NAMES, "x"]), inner, max_size=3)
    ),
    max_leaves=4,
)
KINDS = (st.integers(-(10**6), 10**6), st.just("plain"), TEXTS, SCALARS, VALUES)
TYPES = [(name, frozenset({"decimal"})) for name in NAMES]


@st.composite
def tables(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Rows with the same fields, each column of its own kind of values, as tables have them."""
    kinds = [draw(st.sampled_from(KINDS)) for _ in NAMES]
    rows = draw(st.lists(st.tuples(*kinds), min_size=1, max_size=5))
    return [dict(zip(NAMES, row, strict=True)) for row in rows]


@given(tables())
@example([dict.fromkeys(NAMES, "a\\b")])
def test_a_table_is_read_as_its_lines_are(rows: list[dict[str, Any]]) -> None:
    block = to_lines(rows)
    one_by_one = [orjson.loads(line) for line in block.splitlines()]
    found = Reader(NAMES).read(block)
    if not any(isinstance(value, dict) for row in one_by_one for value in _inside(row)):
        assert found is not None  # the short way is taken
    if found is not None:
        assert list(found.rows) == one_by_one
        assert spreadsheet.alike_lines(found, TYPES) == b"".join(
            spreadsheet.line([spreadsheet.cell(row[name], types=types) for name, types in TYPES]) for row in one_by_one
        )


def _inside(value: Any) -> list[Any]:
    children = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
    return [*children, *(deeper for child in children for deeper in _inside(child))]


@given(st.lists(st.dictionaries(st.sampled_from([*NAMES, "x"]), VALUES, max_size=4), min_size=1, max_size=4))
def test_other_rows_are_read_rightly_or_not_at_all(rows: list[dict[str, Any]]) -> None:
    block = to_lines(rows)
    found = Reader(NAMES).read(block)
    assert found is None or list(found.rows) == [orjson.loads(line) for line in block.splitlines()]


PIECES = st.sampled_from(
    [*(b'{"a":', b',"b":', b"}\n", b"1", b'"t"', b",", b"\n", b"{", b"}", b"[", b"]", b'"', b"\x0e", b"\x0f", b"\r")]
)


@given(st.lists(PIECES, max_size=14))
def test_bytes_that_are_no_such_lines_are_not_read(pieces: list[bytes]) -> None:
    block = b"".join(pieces)
    found = Reader(("a", "b")).read(block)
    if found is not None:
        rows = [orjson.loads(line) for line in block.removesuffix(b"\n").split(b"\n")]
        assert [list(row.items()) for row in found.rows] == [list(row.items()) for row in rows]
        assert block.endswith(b"\n")


@pytest.mark.parametrize(
    "block",
    [
        b'{"a":1,"b":2}',  # no end of the line
        b'{"a":1\x0f2}\n',  # a mark of ours where the key should be
        b'{"a":1,"b":2,"b":3}\n',
        b'{"a":1,"b":2,"b":3}\n{"a":1}\n',
        b'{"b":1,"a":2}\n',
        b'{"a":{"x":1,"b":2}}\n',
        b'{"a":1,2,"b":3}\n',
        b'{"a":1,"b":}\n{"a":1,"b":2,3}\n',
        b'{"a":1,"b":2}\r\n',
        b"\n",
        b"",
    ],
)
def test_what_only_looks_alike_is_not_read(block: bytes) -> None:
    assert Reader(("a", "b")).read(block) is None


def test_a_collection_without_fields_or_with_very_many_is_left_to_the_reader_of_any_row() -> None:
    many = {f"f{number}": number for number in range(40)}
    assert Reader(()).read(b"{}\n") is None
    assert Reader(tuple(many)).read(to_lines([many])) is None
