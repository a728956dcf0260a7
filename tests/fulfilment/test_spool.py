"""What of a row is written, at any depth."""

from __future__ import annotations

import json

import pytest

from dsar.fulfilment.spool import Spool
from dsar.values import Row
from tests.stores.maps import make_collection, make_field

PEOPLE = make_collection(
    "people",
    make_field("id"),
    make_field("name"),
    make_field("profile", fields=(make_field("mood", under="profile"), make_field("city", under="profile"))),
)
ROW: Row = {"id": 0, "name": "", "profile": [{"mood": "calm", "city": "Oslo"}, {"city": None}, "plain"]}


def written(row: Row, *dropped: str) -> dict[str, list[Row]]:
    with Spool(lambda _collection: dropped) as spool:
        spool(PEOPLE, [row])
        return {name: [json.loads(line) for line in file] for name, file in spool.files()}


@pytest.mark.parametrize(
    ("dropped", "left"),
    [
        ((), ROW),
        (("name",), {"id": 0, "profile": ROW["profile"]}),
        (("profile.mood",), {"id": 0, "name": "", "profile": [{"city": "Oslo"}, {"city": None}, "plain"]}),
        (("profile.mood", "profile"), {"id": 0, "name": ""}),
        (("absent", "absent.too"), ROW),
    ],
)
def test_what_is_dropped_is_gone_at_any_depth(dropped: tuple[str, ...], left: Row) -> None:
    assert written(ROW, *dropped) == {"people": [left]}


def test_a_row_that_has_nothing_left_is_still_a_row() -> None:
    assert written({"profile": {"mood": "calm"}}, "profile") == {"people": [{}]}


def test_a_collection_with_nothing_left_has_no_file() -> None:
    assert written(ROW, "id", "name", "profile") == {}
