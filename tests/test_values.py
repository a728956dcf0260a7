"""Rows as lines of JSON: many at once must be spelt as each by itself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsar.columns import Columns, column, types_by_field
from dsar.lines import to_lines
from dsar.values import Row, Value, on_one_line, to_json

ZONES = st.sampled_from([None, UTC, ZoneInfo("UTC"), timezone(timedelta(seconds=30)), ZoneInfo("Europe/Berlin")])
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(2**63 - 1, 2**64),
    st.floats(),
    st.text(),
    st.sampled_from(["\ud800", "\u2028"]),
    st.binary(),
    st.uuids(),
    st.decimals(),
    st.datetimes(timezones=ZONES),
    st.dates(),
    st.times(),
    st.timedeltas(),
)
ROWS = st.lists(st.dictionaries(st.text(max_size=3), st.one_of(SCALARS, st.lists(SCALARS, max_size=2)), max_size=4))


@pytest.mark.thorough
@given(ROWS)
def test_many_rows_are_spelt_as_each_by_itself(rows: list[Row]) -> None:
    assert to_lines(rows) == b"".join(to_json(row) + b"\n" for row in rows)


@given(st.lists(st.fixed_dictionaries({"at": st.datetimes(timezones=ZONES), "n": st.floats()}), min_size=1, max_size=3))
def test_so_are_rows_of_easy_types(rows: list[Row]) -> None:
    assert to_lines(rows) == b"".join(to_json(row) + b"\n" for row in rows)


def test_a_type_that_no_bundle_can_carry_is_an_error() -> None:
    with pytest.raises(TypeError):
        to_lines([{"a": 1}, {"a": datetime.now(UTC), "b": object()}])


COLUMN = st.one_of(
    st.lists(SCALARS, min_size=3, max_size=3),
    st.lists(st.text(alphabet='a,"\\\n'), min_size=3, max_size=3),
    st.lists(st.one_of(st.none(), st.datetimes(timezones=ZONES)), min_size=3, max_size=3),
    st.lists(st.lists(SCALARS, max_size=2), min_size=3, max_size=3),
)
FIELDS = st.dictionaries(st.text(alphabet='a%"b\ud800', max_size=3), COLUMN, max_size=4)


@given(FIELDS)
def test_rows_held_by_the_column_are_spelt_as_rows(fields: dict[str, list[Value]]) -> None:
    rows = Columns(fields, 3)
    assert to_lines(rows) == b"".join(to_json(row) + b"\n" for row in rows)
    assert list(rows) == [{name: values[at] for name, values in fields.items()} for at in range(3)]


def test_rows_held_by_the_column_are_a_sequence() -> None:
    rows = Columns({"a": [1, 2, 3], "b": ["x", None, "z"]}, 3)
    assert rows[1] == {"a": 2, "b": None}
    assert list(rows[1:]) == [{"a": 2, "b": None}, {"a": 3, "b": "z"}]
    assert len(rows[1:]) == 2
    assert list(rows.without({"b"})) == [{"a": 1}, {"a": 2}, {"a": 3}]
    assert column(rows, "b") == ["x", None, "z"] == column(list(rows), "b")
    assert column(rows, "c") == [None, None, None] == column(list(rows), "c")
    assert types_by_field(rows) == {"a": {int}, "b": {str}} == types_by_field(list(rows))
    assert list(Columns({}, 2)) == [{}, {}]


def test_a_text_for_a_terminal_is_one_line_without_controls() -> None:
    assert on_one_line("ümläut 漢字 \x1b[2Ka\nb\u202ec\ud800") == r"ümläut 漢字 \x1b[2Ka\nb\u202ec\ud800"
