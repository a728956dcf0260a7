"""Rows by the block must give what rows one by one give: the same newest, the same calendar, the same cells."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsar.bundle import spreadsheet
from dsar.bundle.blocks import whole_lines
from dsar.bundle.moment_texts import sortable
from dsar.bundle.moments import Calendar, moment_of
from dsar.bundle.newest import Newest
from dsar.values import Row

FIRST, LAST = datetime.fromisoformat("1999-12-30"), datetime.fromisoformat("2000-01-03")
NAIVE = st.datetimes(FIRST, LAST).map(datetime.isoformat)
UTC_TEXT = st.datetimes(FIRST, LAST, timezones=st.just(UTC)).map(datetime.isoformat)
ZULU = NAIVE.map(lambda text: f"{text}Z")
AWAY = UTC_TEXT.map(lambda text: text.replace("+00:00", "+05:30"))
ODD = st.sampled_from(
    [
        *("", "yesterday", "2000-13-01T00:00:00", "0000-01-01T00:00:00", "2000-01-01", None, 7, True, 1e99),
        *("2000-01-01T24:00:00", "2000-01-01T23:60:00", "2000-01-01T23:59:60", "2000-01-01T19:59:59"),
    ]
)
TIMES = st.one_of(
    *(st.lists(kind, max_size=12) for kind in (NAIVE, UTC_TEXT, ZULU, AWAY)),
    st.lists(st.one_of(NAIVE, UTC_TEXT, ZULU, AWAY, ODD), max_size=12),
)


@given(st.lists(TIMES, max_size=4), st.integers(0, 5))
def test_blocks_keep_the_newest_as_single_rows_do(blocks: list[list[Any]], limit: int) -> None:
    number = iter(range(1000))
    found, rows = Newest(limit, "at"), []
    for times in blocks:
        block: list[Row] = [{"at": time, "n": next(number)} for time in times]
        found.offer([orjson.dumps(row) for row in block], block)
        rows += block
    calendar = Calendar()
    for row in rows:
        if (moment := moment_of(row, "at")) is not None:
            calendar.add(moment)
    never = datetime.min.replace(tzinfo=UTC) + timedelta(1)
    newest = sorted(rows, key=lambda row: (moment_of(row, "at") or never, -row["n"]), reverse=True)
    assert [row["n"] for row in found.rows()] == [row["n"] for row in newest[:limit]]
    assert found.calendar.bars() == calendar.bars()


@pytest.mark.parametrize(
    "times",
    [["2000-01-01T00:00:00+01:00"], ["2000-01-01"], [None], [], ["2000-01-01T00:00:00Z", "2000-01-01T00:00:00"]],
)
def test_what_does_not_sort_as_text_is_not_taken_for_it(times: list[Any]) -> None:
    assert sortable([{"at": time} for time in times], "at") is None


TYPES = [("a", frozenset({"string"})), ("b", frozenset({"decimal"}))]
CELLS = st.one_of(
    st.none(),
    st.integers(-(2**63), 2**64 - 1),
    st.booleans(),
    st.text(max_size=4),
    st.sampled_from(["=1", "-2", " x", "a,b"]),
)


@given(st.lists(st.fixed_dictionaries({}, optional={"a": CELLS, "b": CELLS}), max_size=6))
def test_columns_are_spelt_as_their_cells_are(rows: list[Row]) -> None:
    one_by_one = b"".join(
        spreadsheet.line([spreadsheet.cell(row.get(name), types=types) for name, types in TYPES]) for row in rows
    )
    assert spreadsheet.lines(rows, TYPES) == one_by_one


@given(st.lists(st.binary(max_size=6), max_size=8))
def test_chunks_become_whole_lines(chunks: list[bytes]) -> None:
    blocks, text = list(whole_lines(chunks)), b"".join(chunks)
    assert b"".join(blocks) == (text if not text or text.endswith(b"\n") else text + b"\n")
    assert all(block.endswith(b"\n") for block in blocks)
