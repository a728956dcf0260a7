"""Masks inside of objects, redacted texts and rows that let go, undone in every kind of store."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from dsar.fulfilment.restoring.keeping import not_restorable
from tests.fulfilment.erasing.test_erasing_kinds import Stores
from tests.fulfilment.erasing.test_redacting_kinds import stores  # noqa: F401 - a fixture
from tests.fulfilment.restoring.test_kinds import Undoing, told
from tests.stores.http_server import Reply

EVERY = {("cache", "sessions"), ("cache", "profiles"), ("cache", "drafts"), ("mail", "letters"), ("notes", "notes")}


def test_everything_inside_comes_back(stores: Stores, tmp_path: Path) -> None:  # noqa: F811
    before, work = told(stores.everything()), Undoing(stores, tmp_path)
    keys = [item.key for item in stores.data_map.collections()]
    assert not not_restorable(keys, data_map=stores.data_map, open_store=stores.open_store)
    assert work.erase() == ""
    assert {key for key, value in before["cache"].items() if stores.everything()["cache"][key] != value} == {
        b"session:1",
        b"profile:1",
        b"draft:1",
    }
    done = work.undo()
    assert (done.failure, done.left.total(), done.taken.total()) == ("", 0, 0)
    assert done.fields == {("cache", "drafts"): 1} | dict.fromkeys(EVERY - {("cache", "drafts")}, 2)
    assert told(stores.everything()) == before


def test_what_somebody_wrote_since_is_left(stores: Stores, tmp_path: Path) -> None:  # noqa: F811
    """In each place another value in the object, and other text beside the marker."""
    before, work = told(stores.everything()), Undoing(stores, tmp_path)
    assert work.erase() == ""
    for row in (stores.letters[0], stores.deployment.collections["notes"][0]):
        change(row)
    session: dict[Any, Any] = stores.client.hgetall("session:1")
    row = {"who": json.loads(session[b"who"]), "note": session[b"note"].decode()}
    change(row)
    stores.client.hset("session:1", mapping={"who": json.dumps(row["who"]), "note": row["note"]})
    profile = json.loads(stores.client.get("profile:1"))  # type: ignore[arg-type]
    change(profile)
    stores.client.set("profile:1", json.dumps(profile))
    stores.client.append("draft:1", " Done.")
    since = told(stores.everything())
    done = work.undo()
    assert (done.failure, done.fields.total()) == ("", 0)
    assert done.left == {("cache", "drafts"): 1} | dict.fromkeys(EVERY - {("cache", "drafts")}, 2)
    assert told(stores.everything()) == {**since, "people": before["people"]}


def change(row: dict[str, Any]) -> None:
    row["who"]["shade"] = "red"
    row["note"] += " Done."


@pytest.mark.parametrize("again", [False, True], ids=["half-way", "in two tries"])
def test_what_a_try_masked_that_failed_half_way_comes_back(
    stores: Stores,  # noqa: F811
    tmp_path: Path,
    *,
    again: bool,
) -> None:
    stores.letters += [{**stores.letters[0], "id": at} for at in (3, 4)]
    before, work, real = told(stores.everything()), Undoing(stores, tmp_path), stores.service.resources["letters"]
    stores.service.resources["letters"] = lambda asked: (
        Reply(None, 422) if asked.method == "PATCH" and asked.target == "/letters/4" else real(asked)
    )
    assert "2 of 3 rows of this service are changed" in work.erase()
    stores.service.resources["letters"] = real
    if again:
        assert work.erase() == ""
        assert stores.letters[3]["note"] == "For [erased]: ask bob."
    done = work.undo()
    assert (done.failure, done.left.total(), done.taken.total()) == ("", 0, 0)
    assert told(stores.everything()) == before
