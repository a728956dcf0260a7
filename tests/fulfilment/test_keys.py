"""Keys: what of a value is asked, when two are one, how reach is kept, and that a key file loses nothing."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsar.fulfilment.keys import KeySet, form_of, from_bytes, key_value, to_bytes
from dsar.fulfilment.reach import Reach
from dsar.values import Value
from tests.stores.maps import make_field

PEOPLE = ("app", "people")
ID = ("id",)


@pytest.mark.parametrize(
    ("value", "data_type", "expected"),
    [
        (0, None, 0),
        ("", None, ""),
        (False, None, False),
        (None, None, None),
        ({"a": 1}, None, None),
        (["a"], None, None),
        ("0", "integer", 0),
        (7.0, "integer", 7),
        (7.5, "integer", None),
        ("042", "integer", None),
        ("x", "integer", None),
        (True, "integer", 1),
        (float("inf"), "integer", None),
        ("1e999999999", "integer", None),
        ("9" * 5_000, "integer", None),
        (7, "string", "7"),
        (7.0, "string[]", "7"),
        (False, "string", "false"),
        (b"\xff", "string", None),
        (b"abc", "string", "abc"),
        ("yes", "boolean", None),
        (2, "boolean", None),
        ("0", "boolean", False),
        ("x", "float", None),
    ],
)
def test_a_value_is_asked_as_the_target_declares_it(value: Value, data_type: str | None, expected: Value) -> None:
    found = key_value(value, make_field("id", data_type=data_type))
    assert (found, type(found)) == (expected, type(expected))


@pytest.mark.parametrize(
    ("one", "other"), [(42, "42"), (1, 1.0), (Decimal("1.50"), "1.5"), (UUID(int=5), str(UUID(int=5)))]
)
def test_spellings_of_one_value_are_one_key(one: Value, other: Value) -> None:
    assert form_of((one,)) == form_of((other,))


@pytest.mark.parametrize(
    ("one", "other"), [(True, 1), (True, "true"), (b"a", "a"), ("1", "01"), ("a", "A"), ("\u00e9", "e\u0301")]
)
def test_what_only_looks_alike_are_two(one: Value, other: Value) -> None:
    assert form_of((one,)) != form_of((other,))
    keys = KeySet()
    assert keys.add(PEOPLE, ID, (one,), Reach.OWN)
    assert keys.add(PEOPLE, ID, (other,), Reach.OWN)


def test_the_best_reach_stays() -> None:
    keys = KeySet()
    assert keys.add(PEOPLE, ID, (1,), Reach.LOOKUP)
    assert not keys.add(PEOPLE, ID, (1,), Reach.FOREIGN)
    assert not keys.add(PEOPLE, ID, ("1",), Reach.LOOKUP)
    assert keys.add(PEOPLE, ID, ("1",), Reach.OWN)
    assert keys.holds(PEOPLE, ID, (1,), Reach.OWN)
    assert not keys.holds(PEOPLE, ("email",), (1,), Reach.FOREIGN)


def test_beyond_are_keys_that_are_new_or_found_better() -> None:
    found, asked = KeySet(), KeySet()
    for number, (first, second) in enumerate(
        [(Reach.OWN, Reach.LOOKUP), (Reach.OWN, Reach.OWN), (Reach.LOOKUP, Reach.OWN)]
    ):
        found.add(PEOPLE, ID, (number,), first)
        asked.add(PEOPLE, ID, (number,), second)
    found.add(PEOPLE, ID, ("new",), Reach.FOREIGN)
    left = found.beyond(asked).of(PEOPLE)[ID]
    assert {item.values for item in left.values()} == {(0,), ("new",)}
    assert not asked.beyond(asked).collections()


def test_parts_of_a_set() -> None:
    keys = KeySet()
    for dataset in ("app", "mail"):
        keys.add((dataset, "people"), ID, (1,), Reach.OWN)
    assert keys.of_dataset("app").datasets() == {"app"}
    assert keys.without_datasets({"app"}).datasets() == {"mail"}
    assert keys.within(frozenset({PEOPLE})).collections() == (PEOPLE,)
    assert keys.pop(PEOPLE)
    assert keys.datasets() == {"mail"}


key_values = st.one_of(
    st.booleans(),
    st.integers(-(10**40), 10**40),
    st.floats(allow_nan=False),
    st.text(st.characters(exclude_categories=()), max_size=5),
    st.decimals(allow_nan=False, allow_infinity=False),
    st.binary(max_size=5),
    st.datetimes(timezones=st.just(UTC)) | st.datetimes(),
    st.dates(),
    st.times(),
    st.uuids(),
)


@given(st.lists(st.tuples(st.lists(key_values, min_size=1, max_size=3).map(tuple), st.sampled_from(list(Reach)))))
def test_a_key_file_brings_back_equal_values_of_equal_types(found: list[tuple[tuple[Value, ...], Reach]]) -> None:
    keys = KeySet()
    for values, reach in found:
        keys.add(PEOPLE, tuple(f"f{at}" for at in range(len(values))), values, reach)
    read = from_bytes(to_bytes({"asked": keys, "none": KeySet()}))
    assert listed(read["asked"]) == listed(keys)
    assert listed(read["none"]) == []


def listed(keys: KeySet) -> list[Any]:
    return [
        (paths, [(type(value), value) for value in item.values], item.reach)
        for paths, found in keys.of(PEOPLE).items()
        for item in found.values()
    ]


def test_every_type_that_joins_can_be_written() -> None:
    values = (
        0,
        "",
        False,
        0.0,
        Decimal(0),
        b"",
        datetime(2026, 1, 1, tzinfo=UTC),
        date(2026, 1, 1),
        time(1),
        UUID(int=0),
    )
    keys = KeySet()
    keys.add(PEOPLE, tuple("abcdefghij"), values, Reach.OWN)
    assert listed(from_bytes(to_bytes({"k": keys}))["k"]) == listed(keys)
