"""Rows as lines of JSON: many at once must be spelt as each by itself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsar.values import Row, to_json, to_lines

ZONES = st.sampled_from([None, UTC, ZoneInfo("UTC"), timezone(timedelta(seconds=30)), ZoneInfo("Europe/Berlin")])
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
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


@given(ROWS)
def test_many_rows_are_spelt_as_each_by_itself(rows: list[Row]) -> None:
    assert to_lines(rows) == b"".join(to_json(row) + b"\n" for row in rows)


@given(st.lists(st.fixed_dictionaries({"at": st.datetimes(timezones=ZONES), "n": st.floats()}), min_size=1, max_size=3))
def test_so_are_rows_of_easy_types(rows: list[Row]) -> None:
    assert to_lines(rows) == b"".join(to_json(row) + b"\n" for row in rows)


def test_a_type_that_no_bundle_can_carry_is_an_error() -> None:
    with pytest.raises(TypeError):
        to_lines([{"a": 1}, {"a": datetime.now(UTC), "b": object()}])
