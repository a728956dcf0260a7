"""What every kind of store must do that can put back what an erasure took. Its test module gives its `erasable`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import orjson
import pytest

from dsar.datamap.erasure import Erasure, ErasureAction, Mask
from dsar.stores.base import Selection
from dsar.stores.restorable import Foretelling, PutBack, RawRow, Restorable, WrittenBack
from tests.stores.changing_contract import FIXED, HMAC, NULL, RANDOM, Erasable
from tests.stores.contract import by

Taken = list[Sequence[RawRow]]


def take(erasable: Erasable, changing: Any, name: str, *ids: int, masks: Mapping[str, Mask] | None = None) -> Taken:
    """Return rows whole, as a restoration log keeps them: spelt in JSON and read again."""
    collection = erasable.dataset.collection(name)
    if masks:
        collection = replace(collection, erasure=Erasure(ErasureAction.MASK, masks=masks))
    assert isinstance(changing, Restorable)
    assert changing.restores(collection)
    batches = list(changing.take(collection, Selection((by("person_id", *ids),)), masks or {}))
    assert len({tuple(row) for batch in batches for row in batch}) <= 1, "all rows have the same names"
    return [orjson.loads(orjson.dumps(list(batch))) for batch in batches]


def delete(erasable: Erasable, *ids: int, name: str = "people") -> Taken:
    with erasable.changing() as changing:
        erasable.read(changing, name, *ids)
        taken = take(erasable, changing, name, *ids)
        assert erasable.delete(changing, *ids, name=name) == sum(map(len, taken))
    return taken


def mask(erasable: Erasable, *ids: int, **masks: Mask) -> Taken:
    with erasable.changing() as changing:
        erasable.read(changing, "people", *ids)
        taken = take(erasable, changing, "people", *ids, masks=masks)
        assert erasable.mask(changing, *ids, **masks) == sum(map(len, taken)) == len(ids)
    return taken


def put_back(
    erasable: Erasable, *several: Taken, name: str = "people", commits: bool = True, is_sure: bool = True
) -> PutBack:
    """Put back what was taken in several blocks, the latest first."""
    done = PutBack()
    with erasable.changing(commits=commits) as changing:
        for taken in several:
            part = changing.put_back(erasable.dataset.collection(name), taken, is_sure=is_sure)
            done = PutBack(done.written + part.written, done.there + part.there, done.left + part.left)
    return done


def write_back(erasable: Erasable, taken: Taken, masks: Mapping[str, Mask], *, commits: bool = True) -> WrittenBack:
    collection = replace(erasable.dataset.collection("people"), erasure=Erasure(ErasureAction.MASK, masks=masks))
    with erasable.changing(commits=commits) as changing:
        done = changing.write_back(collection, taken, masks)
    assert isinstance(done, WrittenBack)
    return done


def test_it_is_told_before_whether_rows_can_be_put_back(erasable: Erasable) -> None:
    assert isinstance(erasable.store, Foretelling)
    assert erasable.store.restores(erasable.dataset.collection("people"))


@pytest.mark.parametrize("commits", [False, True], ids=["dry run", "deed"])
def test_rows_come_back_exactly_as_they_were(erasable: Erasable, *, commits: bool) -> None:
    before, people = erasable.raw(), erasable.people()
    taken, members = delete(erasable, 0, 2), delete(erasable, 0, 1, name="members")
    gone = erasable.raw()
    assert erasable.people() != people
    assert put_back(erasable, taken, commits=commits) == PutBack(written=2)
    assert put_back(erasable, members, name="members", commits=commits) == PutBack(written=sum(map(len, members)))
    assert (erasable.people() == people) is commits
    assert erasable.raw() == (before if commits else gone)


def test_what_is_there_already_does_not_come_twice(erasable: Erasable) -> None:
    before = erasable.raw()
    taken = delete(erasable, 0, 1, name="members")
    count = sum(map(len, taken))
    assert put_back(erasable, taken, name="members") == PutBack(written=count)
    assert put_back(erasable, taken, name="members") == PutBack(there=count)
    assert put_back(erasable, taken, name="members", is_sure=False) == PutBack(there=count)
    assert erasable.raw() == before


def test_what_one_block_meant_and_the_next_one_did_comes_once(erasable: Erasable) -> None:
    before = erasable.raw()
    with pytest.raises(LookupError), erasable.changing() as changing:  # noqa: PT012 - the block is what fails
        meant = take(erasable, changing, "people", 0, 1)
        erasable.delete(changing, 0, 1)
        raise LookupError
    done = delete(erasable, 0)
    with erasable.changing() as changing:
        collection = erasable.dataset.collection("people")
        assert changing.put_back(collection, done) == PutBack(written=1)
        again = changing.put_back(collection, meant, is_sure=False)
        assert (again.written, again.there + again.left) == (0, 2)
    assert erasable.raw() == before


def test_everything_that_was_masked_is_as_it_was(erasable: Erasable) -> None:
    before = erasable.raw()
    masks = {"email": HMAC, "nickname": RANDOM}
    taken = mask(erasable, 0, 1, **masks)
    assert erasable.raw() != before or before is None
    assert write_back(erasable, taken, masks, commits=False) == WrittenBack(written=4)
    assert write_back(erasable, taken, masks) == WrittenBack(written=4)
    assert erasable.raw() == before
    assert write_back(erasable, taken, masks) == WrittenBack(written=4), "they are as they were"
    assert erasable.raw() == before


def test_a_field_that_was_written_since_stays(erasable: Erasable) -> None:
    taken = mask(erasable, 0, nickname=FIXED, email=NULL)
    with erasable.changing() as changing:
        erasable.read(changing, "people", 0)
        assert erasable.mask(changing, 0, nickname=Mask(FIXED.strategy, "new")) == 1
    assert write_back(erasable, taken, {"nickname": FIXED, "email": NULL}) == WrittenBack(written=1, left=1)
    (row,) = erasable.people(0)
    assert (row["email"], row["nickname"]) == ("zero@example.org", "new")


def test_fields_of_a_row_that_is_gone_are_left(erasable: Erasable) -> None:
    taken = mask(erasable, 0, nickname=FIXED)
    with erasable.changing() as changing:
        erasable.read(changing, "people", 0)
        assert erasable.delete(changing, 0) == 1
    assert write_back(erasable, taken, {"nickname": FIXED}) == WrittenBack(left=1)


def test_what_one_block_meant_to_mask_and_the_next_one_did_comes_back_once(erasable: Erasable) -> None:
    """What was written between the two is what comes back."""
    masks = {"nickname": FIXED, "email": NULL}
    with pytest.raises(LookupError), erasable.changing() as changing:  # noqa: PT012 - the block is what fails
        erasable.read(changing, "people", 0, 1)
        meant = take(erasable, changing, "people", 0, 1, masks=masks)
        erasable.mask(changing, 0, 1, **masks)
        raise LookupError
    with erasable.changing() as changing:
        erasable.read(changing, "people", 0)
        assert erasable.mask(changing, 0, nickname=Mask(FIXED.strategy, "new")) == 1
    before = erasable.raw()
    done = mask(erasable, 0, 1, **masks)
    with erasable.changing() as changing:
        collection = erasable.dataset.collection("people")
        assert changing.write_back(collection, done, masks) == WrittenBack(written=4)
        assert changing.write_back(collection, meant, masks) == WrittenBack()
    assert erasable.raw() == before


def test_rows_that_let_go_come_back_beside_rows_that_went(erasable: Erasable) -> None:
    """The rule deletes, and of some rows only a value goes."""
    before, masks = erasable.raw(), {"nickname": NULL}
    rule = Erasure(ErasureAction.DELETE, detach=("nickname",))
    collection = replace(erasable.dataset.collection("people"), erasure=rule)
    with erasable.changing() as changing:
        erasable.read(changing, "people", 0, 1)
        loose, gone = (
            [orjson.loads(orjson.dumps(list(batch))) for batch in changing.take(collection, asked, said)]
            for asked, said in ((Selection((by("person_id", 1),)), masks), (Selection((by("person_id", 0),)), {}))
        )
        assert erasable.mask(changing, 1, **masks) == 1
        assert erasable.delete(changing, 0) == 1
    assert erasable.raw() != before or before is None
    with erasable.changing() as changing:
        assert changing.put_back(collection, gone) == PutBack(written=1)
        assert changing.write_back(collection, loose, masks) == WrittenBack(written=1)
    assert erasable.raw() == before
