"""What of a row is delivered: declared parts, at every depth, and no secret, in whatever form it is kept."""

from __future__ import annotations

import json

import pytest

from dsar.stores.base import Undeclared
from dsar.stores.noticing import Noticed
from dsar.stores.projection import Projector
from dsar.values import Row, Value
from tests.stores.maps import make_collection, make_dataset, make_field

KEYS = make_field(
    "keys",
    under="profile",
    fields=(make_field("name", under="profile.keys"), make_field("value", under="profile.keys", secret=True)),
)
PROFILE = make_field("profile", fields=(make_field("name", under="profile"), KEYS))
PLACE = make_field("place", fields=(make_field("city", under="place"),))
PEOPLE = make_collection("people", PROFILE, PLACE)

WHOLE = {"name": "Ann", "shade": 1, "keys": [{"name": "a", "value": "canary"}, {"name": "b", "value": "canary"}]}
CUT = {"name": "Ann", "keys": [{"name": "a"}, {"name": "b"}]}


def projected(row: Row) -> tuple[Row, list[str]]:
    noticed = Noticed(make_dataset(PEOPLE))
    found = Projector(PEOPLE, noticed).project(row)
    assert all(item.collection == "people" for item in noticed.sorted())
    return found, [item.name for item in noticed.sorted() if isinstance(item, Undeclared)]


@pytest.mark.parametrize(
    "kept", [WHOLE, json.dumps(WHOLE), json.dumps(WHOLE).encode()], ids=["object", "text", "bytes"]
)
def test_an_object_is_cut_in_whatever_form_it_is_kept(kept: Value) -> None:
    assert projected({"profile": kept}) == ({"profile": CUT}, ["profile.shade"])


def test_an_inner_object_may_be_text_too() -> None:
    row = {"profile": {"keys": json.dumps(WHOLE["keys"])}}
    assert projected(row) == ({"profile": {"keys": CUT["keys"]}}, [])


def test_an_array_of_objects_may_be_text() -> None:
    assert projected({"profile": json.dumps([WHOLE, WHOLE])})[0] == {"profile": [CUT, CUT]}


@pytest.mark.parametrize("text", ["value=canary", json.dumps(json.dumps(WHOLE)), b"\xff", '{"keys": [', "\ud800"])
def test_a_text_that_may_hide_a_secret_is_left_out_and_told(text: Value) -> None:
    assert projected({"profile": text}) == ({"profile": None}, ["profile.(no object)"])
    assert projected({"profile": {"keys": text}}) == ({"profile": {"keys": None}}, ["profile.keys.(no object)"])


@pytest.mark.parametrize("value", [None, "", b"", 0, False, 1.5])
def test_what_can_hide_nothing_stays(value: Value) -> None:
    assert projected({"profile": value}) == ({"profile": value}, [])


def test_a_text_where_nothing_is_secret_stays() -> None:
    assert projected({"place": "Porto, {"}) == ({"place": "Porto, {"}, [])
