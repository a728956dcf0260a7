"""What every kind of store must do that can be erased from. Its test module gives these tests its `erasable` world.

It is the data set of tests.stores.maps once more, seeded anew for each test.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import pytest

from dsar.datamap.erasure import MADE, Mask, Strategy
from dsar.stores.base import Changeable, Changing, Selection, Store
from dsar.stores.redacting import words_of
from dsar.values import Row, to_json
from tests.stores.contract import by

KEY = b"k" * 32
FIXED = Mask(Strategy.FIXED, "gone")
NULL, HMAC, RANDOM = Mask(Strategy.NULL), Mask(Strategy.HMAC), Mask(Strategy.RANDOM)


class StopError(Exception):
    """Ends a block by an error of the caller's own."""


def in_block(block: AbstractContextManager[Any], *steps: Callable[[Any], object]) -> None:
    """Do the steps, each given the block's snapshot, and end the block."""
    with block as changing:
        for step in steps:
            step(changing)


def stop(_changing: Any) -> None:
    raise StopError


@dataclass
class Erasable:
    """A seeded store. `people` and `members` can be changed; nothing else changes them meanwhile."""

    store: Store
    dataset: Any
    #: Returns everything that the store holds, as it is spelt there.
    raw: Callable[[], Any] = lambda: None

    def people(self, *ids: int) -> list[Row]:
        """Return the rows of these people, of all four where none is named, as they are now."""
        return self.rows("people", *(ids or (0, 1, 2, 3)))

    def rows(self, name: str, *ids: int) -> list[Row]:
        with self.store.snapshot() as snapshot:
            return self.read(snapshot, name, *ids)

    def read(self, snapshot: Any, name: str, *ids: int) -> list[Row]:
        batches = snapshot.read(self.dataset.collection(name), Selection((by("person_id", *ids),)))
        return sorted((row for batch in batches for row in batch), key=to_json)

    def delete(self, changing: Changing, *ids: Any, name: str = "people") -> int:
        return changing.delete(self.dataset.collection(name), Selection((by("person_id", *ids),)))

    def mask(self, changing: Changing, *ids: Any, **masks: Mask) -> int:
        return changing.mask(self.dataset.collection("people"), Selection((by("person_id", *ids),)), masks, key=KEY)

    def changing(self, *, commits: bool = True) -> Any:
        assert isinstance(self.store, Changeable)
        return self.store.changing(commits=commits)


def test_rows_go_and_no_others(erasable: Erasable) -> None:
    others, members = erasable.people(1, 2, 3), erasable.rows("members", 1)
    with erasable.changing() as changing:
        assert len(erasable.read(changing, "people", 0)) == 1
        assert len(erasable.read(changing, "members", 0)) == 2
        assert erasable.delete(changing, 0) == 1
        assert erasable.delete(changing, 0, name="members") == 2
    assert erasable.people() == others
    assert erasable.rows("members", 0, 1) == members


def test_rows_lose_their_values_and_nothing_else(erasable: Erasable) -> None:
    before = {row["person_id"]: row for row in erasable.people()}
    with erasable.changing() as changing:
        assert len(erasable.read(changing, "people", 0, 1)) == 2
        assert erasable.mask(changing, 0, 1, nickname=FIXED, email=NULL) == 2
    for number, row in {row["person_id"]: row for row in erasable.people()}.items():
        assert row.get("email") == (None if number in (0, 1) else before[number].get("email"))
        assert row.get("nickname") == ("gone" if number in (0, 1) else before[number].get("nickname"))
        assert {**before[number], "email": 0, "nickname": 0} == {**row, "email": 0, "nickname": 0}


def test_texts_that_are_made_can_be_known_again(erasable: Erasable) -> None:
    with erasable.changing() as changing:
        assert len(erasable.read(changing, "people", 1, 2)) == 2
        assert erasable.mask(changing, 1, 2, email=HMAC, nickname=RANDOM) == 2
    ((one, two),) = [erasable.people(1, 2)]
    one, two = (one, two) if one["person_id"] == 1 else (two, one)
    assert one["email"] == MADE + hmac.new(KEY, b"Mixed.Case@Example.ORG", hashlib.sha256).hexdigest()[:57]
    assert one["nickname"].startswith(MADE)
    assert len(one["nickname"]) == 32
    assert two.get("email") is None


def test_what_is_inside_an_object_is_masked_alone(erasable: Erasable) -> None:
    before = erasable.people()
    with erasable.changing() as changing:
        assert len(erasable.read(changing, "people", 0, 1, 2)) == 3
        assert erasable.mask(changing, 0, 1, **{"profile.city": FIXED, "nickname": NULL}) == 2
        assert erasable.mask(changing, 2, **{"profile.none": FIXED, "profile.city": NULL}) == 1
    for was, row in zip(before, erasable.people(), strict=True):
        if row["person_id"] == 3:
            assert row == was
        else:
            assert row["profile"] == {"city": None if row["person_id"] == 2 else "gone"}
            assert {**was, "profile": 0, "nickname": 0} == {**row, "profile": 0, "nickname": 0}


def test_the_person_is_taken_out_of_texts(erasable: Erasable) -> None:
    words, _short = words_of(["Mixed.case@example.org", "ONE", "łódź"])
    mask, before = Mask(Strategy.REDACT, words=words), erasable.people()
    with erasable.changing() as changing:
        assert len(erasable.read(changing, "people", 0, 1, 2)) == 3
        assert erasable.mask(changing, 0, 1, 2, **{"email": mask, "nickname": mask, "profile.city": mask}) == 3
    after = {row["person_id"]: row for row in erasable.people()}
    one = after.pop(1)
    assert {**one, "active": True} == {
        "person_id": 1,
        "email": "[erased]",
        "nickname": "[erased]",
        "active": True,
        "profile": {"city": "[erased]"},
    }
    assert sorted(after.values(), key=to_json) == [row for row in before if row["person_id"] != 1]


@pytest.mark.parametrize("commits", [False, True], ids=["dry run", "deed"])
def test_nothing_is_changed_before_the_end(erasable: Erasable, *, commits: bool) -> None:
    before = erasable.people()
    with erasable.changing(commits=commits) as changing:
        found = erasable.read(changing, "people", 0, 1, 2)
        erasable.delete(changing, 0)
        erasable.mask(changing, 1, 2, nickname=NULL)
        assert found == [row for row in before if row["person_id"] != 3]
        assert erasable.people() == before
    assert (erasable.people() == before) is not commits


def test_a_block_that_fails_changes_nothing(erasable: Erasable) -> None:
    before = erasable.people()
    with pytest.raises(StopError):
        in_block(
            erasable.changing(),
            lambda changing: erasable.read(changing, "people", 0, 1),
            lambda changing: erasable.delete(changing, 0),
            lambda changing: erasable.mask(changing, 1, nickname=NULL),
            stop,
        )
    assert erasable.people() == before


def test_thousands_of_values_change_the_rows_that_are_there(erasable: Erasable) -> None:
    with erasable.changing() as changing:
        assert len(erasable.read(changing, "people", 1, 2, 3)) == 3
        assert erasable.delete(changing, *range(1, 5001)) == 3
    assert [row["person_id"] for row in erasable.people()] == [0]


def test_nothing_selected_is_nothing_changed(erasable: Erasable) -> None:
    before = erasable.people()
    with erasable.changing() as changing:
        erasable.read(changing, "people", 0, 1, 2, 3)
        assert erasable.delete(changing) == 0
        assert erasable.delete(changing, None, 77, "01", "*", '{"$ne": null}') == 0
        assert erasable.mask(changing, 77, nickname=NULL) == 0
    assert erasable.people() == before


def test_what_was_done_needs_not_be_done_again(erasable: Erasable) -> None:
    for count in (1, 0):
        with erasable.changing() as changing:
            assert len(erasable.read(changing, "people", 0)) == count
            assert erasable.delete(changing, 0) == count
    assert len(erasable.people()) == 3
