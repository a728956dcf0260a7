"""Keys: what of a value is asked, when two are one, how reach is kept, and that a key file loses nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dsar.fulfilment import keys as keysets
from dsar.fulfilment.joinkey import Asked, Form, Paths, form_of, key_value
from dsar.fulfilment.keylines import read_lines, to_lines
from dsar.fulfilment.keys import KeySet
from dsar.fulfilment.reach import Reach
from dsar.fulfilment.shelved import pack
from dsar.values import Value
from tests.stores.maps import make_field

PEOPLE = ("app", "people")
ID = ("id",)


@pytest.fixture(params=[keysets.MOST_HELD, 0, 2], ids=["in memory", "on disk", "on both"], autouse=True)
def held(request: pytest.FixtureRequest) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(keysets, "MOST_HELD", request.param)
        yield


def found(keys: KeySet, paths: Paths = ID) -> dict[Form, Asked]:
    """Return what is asked of people at some paths."""
    return {form: item for part in keys.of(PEOPLE).portions(2) for form, item in part.get(paths, {}).items()}


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
    assert pack(form_of((one,))) != pack(form_of((other,)))
    keys = KeySet()
    for value in (one, other, one):
        keys.add(PEOPLE, ID, (value,), Reach.OWN)
    assert len(found(keys)) == 2


def test_the_best_reach_stays() -> None:
    keys = KeySet()
    for value, reach, best in [
        (1, Reach.LOOKUP, (1, Reach.LOOKUP)),
        (1, Reach.FOREIGN, (1, Reach.LOOKUP)),
        ("1", Reach.LOOKUP, (1, Reach.LOOKUP)),
        ("1", Reach.OWN, ("1", Reach.OWN)),
        (1, Reach.LOOKUP, ("1", Reach.OWN)),
    ]:
        keys.add(PEOPLE, ID, (value,), reach)
        assert [(item.values[0], item.reach) for item in found(keys).values()] == [best]
    assert not found(keys, ("email",))


def test_keys_are_read_by_their_reach_and_so_many_at_a_time() -> None:
    keys = KeySet()
    for number in range(7):
        keys.add(PEOPLE, ID, (number,), Reach(number % 3))
        keys.add(PEOPLE, ("a", "b"), (number, ""), Reach.OWN)
    parts = list(keys.of(PEOPLE).portions(4))
    assert [sum(map(len, part.values())) for part in parts] == [4, 4, 4, 2]
    weak = [item.values for part in keys.of(PEOPLE).portions(4, Reach.FOREIGN) for item in part[ID].values()]
    assert sorted(weak) == [(2,), (5,)]


def test_what_is_looked_up_is_found_at_its_reach() -> None:
    keys = KeySet()
    for number in range(1_200):  # more than one statement looks up
        keys.add(PEOPLE, ID, (number,), Reach.LOOKUP)
    known = keys.of(PEOPLE).among(lambda _paths: [form_of((number,)) for number in range(0, 2_400, 2)])
    assert all(known[ID][form_of((number,))].reach is Reach.LOOKUP for number in range(0, 1_200, 2))
    assert form_of((1_200,)) not in known[ID]


def test_beyond_are_keys_that_are_new_or_found_better() -> None:
    new, asked = KeySet(), KeySet()
    for number, (first, second) in enumerate(
        [(Reach.OWN, Reach.LOOKUP), (Reach.OWN, Reach.OWN), (Reach.LOOKUP, Reach.OWN)]
    ):
        new.add(PEOPLE, ID, (number,), first)
        asked.add(PEOPLE, ID, (number,), second)
    new.add(PEOPLE, ID, ("new",), Reach.FOREIGN)
    left = found(new.beyond(asked, dataset="app"))
    assert {item.values for item in left.values()} == {(0,), ("new",)}
    assert not asked.beyond(asked, dataset="app").collections()
    assert not new.beyond(asked, dataset="mail").collections()


@pytest.mark.parametrize("numbers", [(1, 5), (5, 1), (0, 3), (3, 0)])
def test_one_set_takes_in_another(numbers: tuple[int, int]) -> None:
    one, other = KeySet(), KeySet()
    for keys, count, reach in zip((one, other), numbers, (Reach.LOOKUP, Reach.OWN), strict=True):
        for number in range(count):
            keys.add(PEOPLE, ID, (number,), reach)
    one.absorb(other)
    reaches = {item.values[0]: item.reach for item in found(one).values()}
    assert reaches == {n: Reach.OWN if n < numbers[1] else Reach.LOOKUP for n in range(max(numbers))}
    one.add(PEOPLE, ID, (9,), Reach.OWN)
    assert len(found(one)) == max(numbers) + 1


def test_a_dataset_waits_while_a_key_of_it_was_not_asked() -> None:
    keys, asked = KeySet(), KeySet()
    for dataset in ("app", "mail"):
        keys.add((dataset, "people"), ID, (1,), Reach.OWN)
    assert keys.waiting(asked) == {"app", "mail"}
    assert keys.waiting(asked, only={PEOPLE}) == {"app"}
    asked.add(PEOPLE, ID, (1,), Reach.LOOKUP)
    assert keys.waiting(asked) == {"app", "mail"}
    asked.add(PEOPLE, ID, (1,), Reach.OWN)
    assert keys.waiting(asked) == {"mail"}
    assert not keys.waiting(keys)


def test_what_is_taken_out_stays_as_it_was() -> None:
    keys = KeySet()
    for number in range(3):
        keys.add(PEOPLE, ID, (number,), Reach.OWN)
    keys.add(("mail", "people"), ID, (1,), Reach.OWN)
    taken = keys.pop(PEOPLE)
    assert keys.datasets() == {"mail"}
    keys.add(PEOPLE, ID, (9,), Reach.OWN)
    assert sorted(item.values for part in taken.portions(9) for item in part[ID].values()) == [(0,), (1,), (2,)]
    assert [item.values for item in found(keys).values()] == [(9,)]


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


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.lists(key_values, min_size=1, max_size=3).map(tuple), st.sampled_from(list(Reach)))))
def test_a_key_file_brings_back_equal_values_of_equal_types(given: list[tuple[tuple[Value, ...], Reach]]) -> None:
    keys, best = KeySet(), dict[Form, tuple[tuple[Value, ...], Reach]]()
    for values, reach in given:
        paths = tuple(f"f{at}" for at in range(len(values)))
        keys.add(PEOPLE, paths, values, reach)
        known = best.setdefault(form_of(values), (values, reach))
        if reach < known[1]:
            best[form_of(values)] = (values, reach)
    expected = [typed(values, reach) for values, reach in best.values()]
    assert listed(keys) == sorted(expected, key=repr)
    asked, none = KeySet(), KeySet()
    read_lines(to_lines({"asked": keys, "none": KeySet()}), {"asked": asked, "none": none})
    assert listed(asked) == listed(keys)
    assert listed(none) == []


def listed(keys: KeySet) -> list[Any]:
    items = [item for part in keys.of(PEOPLE).portions(3) for found in part.values() for item in found.values()]
    return sorted((typed(item.values, item.reach) for item in items), key=repr)


def typed(values: tuple[Value, ...], reach: Reach) -> Any:
    return [(type(value), value) for value in values], reach


PLACE = b'{"collection":["app","people"],"paths":["id"]}'


@pytest.mark.parametrize(
    "lines",
    [
        [b'{"set":"other"}', PLACE, b'[[["integer","1"]],0]'],
        [b'[[["integer","1"]],0]'],
        [b'{"set":"asked"}', b'[[["integer","1"]],0]'],
        [b'{"set":"asked"}', PLACE, b'[[["integer","x"]],0]'],
        [b'{"set":"asked"}', PLACE, b'[[["number","1"]],0]'],
        [b'{"set":"asked"}', PLACE, b'[[["integer","1"]],7]'],
        [b'{"set":"asked"}', PLACE, b"[1]"],
        [b'{"collection":[],"paths":[]}'],
        [b"7"],
        [b"\xff"],
    ],
)
def test_what_is_no_key_file_is_not_read(lines: list[bytes]) -> None:
    with pytest.raises(ValueError, match="no key file"):
        read_lines(lines, {"asked": KeySet()})


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
    read = KeySet()
    read_lines(to_lines({"k": keys}), {"k": read})
    assert listed(read) == listed(keys) == [typed(values, Reach.OWN)]
