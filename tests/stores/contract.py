"""What every kind of store must do. Each kind's test module imports these tests and gives them its `world`.

A world is the data set of tests.stores.maps, seeded into the real service.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any

import pytest

from dsar.stores.base import (
    Alternative,
    Explained,
    Explaining,
    Scanning,
    Selection,
    Store,
    StoreError,
    Undeclared,
)
from dsar.values import Row, to_json
from tests.stores.maps import MEMBERS, PEOPLE, VISITS, delivered

INJECTIONS = [
    "' OR '1'='1",
    "x'); DROP TABLE people; --",
    '" OR ""="',
    "*",
    "?",
    "%",
    "_",
    "[a-z]*",
    "one\n",
    "one\x00",
    "on\\e",
    "../people/one",
    "one&nickname=",
    "{nickname}",
    '{"$ne": null}',
    "\ud800",
]


@dataclass
class World:
    """A seeded store; `down` opens one of the same kind whose server does not answer."""

    store: Store
    dataset: Any
    down: Callable[[], Store]
    gone: str | None = "gone"  # a declared collection that the store has lost; None where absence is no loss
    extra_collection: str = "strangers"
    keeps_null: bool = True
    #: Keeps what is sent while it is open to read `people`, each once, as `explain` writes it; None: it cannot be seen.
    watching: Callable[[], AbstractContextManager[list[str]]] | None = None
    extra: dict[str, Any] = field(default_factory=dict)

    def read(self, name: str, *alternatives: Alternative, only: dict[str, Any] | None = None) -> list[Row]:
        """Return all matching rows in a fixed order; checks on the way that the count agrees."""
        collection, selection = self.dataset.collection(name), Selection(alternatives, only or {})
        with self.store.snapshot() as snapshot:
            batches = list(snapshot.read(collection, selection))
            rows = [row for batch in batches for row in batch]
            assert all(len(batch) > 0 for batch in batches)
            assert snapshot.count(collection, selection) == len(rows)
        return sorted(rows, key=to_json)

    def told(self, name: str, *by: tuple[str, ...]) -> Explained:
        """Return what an open snapshot says that it would send."""
        with self.store.snapshot() as snapshot:
            assert isinstance(snapshot, Explaining)
            return snapshot.explain(self.dataset.collection(name), by)

    def expected(self, *rows: dict[str, Any]) -> list[Row]:
        """Return rows in the same order; a store without NULL leaves such fields out."""
        kept = [row if self.keeps_null else {k: v for k, v in row.items() if v is not None} for row in rows]
        return sorted(kept, key=to_json)

    def people(self, *ids: int) -> list[Row]:
        return self.expected(*(delivered(PEOPLE[at]) for at in ids))


def by(path: str, *values: Any) -> Alternative:
    return Alternative((path,), frozenset((value,) for value in values))


def test_alternatives_are_united(world: World) -> None:
    assert world.read("people", by("person_id", 0), by("nickname", "one")) == world.people(0, 1)


def test_nothing_asked_is_nothing_found(world: World) -> None:
    assert world.read("people") == []
    assert world.read("people", Alternative(("person_id",), frozenset())) == []


@pytest.mark.parametrize(
    ("path", "value", "ids"),
    [("person_id", 0, [0]), ("nickname", "", [0]), ("active", False, [0, 3])],
    ids=["zero", "empty", "false"],
)
def test_falsy_values_match_and_arrive(world: World, path: str, value: Any, ids: list[int]) -> None:
    assert world.read("people", by(path, value)) == world.people(*ids)


def test_text_finds_an_integer_key_only_as_it_is_written(world: World) -> None:
    assert world.read("people", by("person_id", "1")) == world.people(1)
    assert world.read("people", by("person_id", "01", " 1", "1.0x", "one@example.org")) == []


def test_every_part_of_a_group_must_match_falsy_ones_too(world: World) -> None:
    group = Alternative(("org_id", "person_id"), frozenset({(0, 0), (7, 1)}))
    assert world.read("members", group) == world.expected(MEMBERS[0], MEMBERS[3])
    roles = Alternative(("org_id", "role"), frozenset({(7, "")}))
    assert world.read("members", roles) == world.expected(MEMBERS[2])


def test_a_collection_is_read_from_end_to_end(world: World) -> None:
    with world.store.snapshot() as snapshot:
        if not isinstance(snapshot, Scanning):
            assert world.store.kind == "http", "a service is asked by somebody's value"
            return
        people = [delivered(row) for row in PEOPLE]
        for name, rows, fields in (("people", people, ["person_id", "profile"]), ("visits", VISITS, ["page"])):
            found = [row for batch in snapshot.scan(world.dataset.collection(name), fields) for row in batch]
            wanted = [{key: value for key, value in row.items() if key in fields} for row in rows]
            assert sorted(found, key=to_json) == world.expected(*wanted)


def test_null_equals_nothing(world: World) -> None:
    assert world.read("people", by("email", None), by("nickname", None)) == []
    assert world.read("members", Alternative(("org_id", "person_id"), frozenset({(0, None)}))) == []


@pytest.mark.parametrize(
    ("email", "number"),
    [("mixed.case@example.org", 1), ("ZERO@EXAMPLE.ORG", 0), ("JOS\u00c9@example.org", 3)],
    ids=["stored mixed", "asked mixed", "decomposed"],
)
def test_an_email_matches_in_any_case(world: World, email: str, number: int) -> None:
    assert world.read("people", by("email", email)) == world.people(number)


def test_thousands_of_values_in_one_selection(world: World) -> None:
    assert world.read("people", by("person_id", *range(1, 5001))) == world.people(1, 2, 3)


@pytest.mark.thorough
def test_a_row_that_matches_in_many_ways_comes_once(world: World) -> None:
    emails = [f"nobody{number}@example.org" for number in range(30_000)]
    found = world.read(
        "people", by("person_id", *range(30_000)), by("email", *emails, "zero@example.org"), by("active", True, False)
    )
    assert found == world.people(0, 1, 2, 3)


def test_identical_rows_are_kept_as_often_as_they_occur(world: World) -> None:
    assert world.read("visits", by("person_id", 1)) == world.expected(*VISITS[:3])


def test_a_fixed_filter_holds_for_every_alternative(world: World) -> None:
    everybody = by("person_id", 0, 1, 2, 3)
    assert world.read("people", everybody, by("nickname", "one"), only={"active": False}) == world.people(0, 3)
    assert world.read("people", everybody, only={"active": True, "person_id": [0, 1]}) == world.people(1)
    assert world.read("people", everybody, only={"nickname": None}) == []


def test_secrets_and_undeclared_values_never_come(world: World) -> None:
    rows = world.read("people", by("person_id", 0, 1, 2, 3), by("active", True, False))
    text = b"".join(map(to_json, rows))
    assert rows == world.people(0, 1, 2, 3)
    assert b"canary" not in text
    assert b"shade" not in text
    assert b"shoe_size" not in text


def test_what_is_undeclared_is_named(world: World) -> None:
    with world.store.snapshot() as snapshot:
        list(snapshot.read(world.dataset.collection("people"), Selection((by("person_id", 0),))))
        found = snapshot.undeclared()
    assert set(found) == {
        Undeclared("people", "shoe_size"),
        Undeclared("people", "profile.shade"),
        Undeclared(world.extra_collection),
    }
    assert list(found) == sorted(found)


@pytest.mark.parametrize("value", INJECTIONS, ids=ascii)
def test_a_hostile_value_matches_nothing_else(world: World, value: str) -> None:
    assert world.read("people", by("nickname", value), by("email", value), by("person_id", value)) == []
    assert world.read("members", Alternative(("org_id", "role"), frozenset({(value, value)}))) == []
    assert world.read("people", by("person_id", 1)) == world.people(1)


def test_a_collection_that_is_gone_is_named(world: World) -> None:
    if world.gone is None:
        assert world.read("gone", by("person_id", 1)) == []
        return
    with pytest.raises(StoreError, match=world.gone) as caught:
        world.read("gone", by("person_id", 1))
    assert caught.value.retry is False


def test_a_server_that_is_down_is_worth_another_try(world: World) -> None:
    store = world.down()
    try:
        with pytest.raises(StoreError) as caught, store.snapshot() as snapshot:
            list(snapshot.read(world.dataset.collection("people"), Selection((by("person_id", 1),))))
        assert caught.value.retry is True
    finally:
        store.close()


def test_a_snapshot_says_when_it_was_taken(world: World) -> None:
    with world.store.snapshot() as snapshot:
        assert snapshot.taken_at.utcoffset() is not None


def test_the_store_tells_what_it_holds(world: World) -> None:
    names = {item.name for item in world.store.introspect()}
    assert {"people", "members", world.extra_collection} <= names


def test_what_is_told_is_what_is_sent(world: World) -> None:
    told = world.told("people", ("person_id",), ("email",))
    assert told.queries
    if world.watching is None:
        return
    selection = Selection((by("person_id", 1, 2), by("email", "zero@example.org")))
    with world.watching() as sent, world.store.snapshot() as snapshot:
        assert sum(map(len, snapshot.read(world.dataset.collection("people"), selection))) == 3
    assert sent == list(told.queries)


def test_what_is_sent_is_told_without_asking(world: World) -> None:
    store = world.down()
    try:
        assert isinstance(store, Explaining)
        told = store.explain(world.dataset.collection("people"), [("person_id",), ("email",)])
    finally:
        store.close()
    assert len(told.queries) == len(world.told("people", ("person_id",), ("email",)).queries)
