"""A row that several ways lead to is delivered once, counted once, and leads on as well as its best way allows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.fulfilment.walking import Walked, load_text, walk_all

ANN = {"email": frozenset({"ann@x"})}
HOUSES = """
dataset:
- fides_key: docs
  collections:
  - name: people
    meta: {retention: {kind: account}, source: {path: people.jsonl, format: jsonl}SHARED}
    fields:
    - {name: id, fides_meta: {primary_key: true}}
    - {name: email, fides_meta: {identity: email, data_type: string}}
    - {name: boss, fides_meta: {references: [{dataset: docs, field: people.id, direction: to}]}}
    - {name: house, fides_meta: {references: [{dataset: docs, field: houses.id, direction: from}]}}
  - name: houses
    meta: {retention: {kind: account}, source: {path: houses.jsonl, format: jsonl}}
    fields:
    - {name: id, fides_meta: {primary_key: true}}
    - {name: person, fides_meta: {references: [{dataset: docs, field: people.id, direction: from}]}}
"""
GROUPS = """
dataset:
- fides_key: docs
  collections:
  - name: people
    meta: {retention: {kind: account}, source: {path: people.jsonl, format: jsonl}}
    fields:
    - {name: id, fides_meta: {primary_key: true}}
    - {name: email, fides_meta: {identity: email, data_type: string}}
  - name: groups
    meta: {retention: {kind: account}, source: {path: groups.jsonl, format: jsonl}}
    fields:
    - {name: id, fides_meta: {primary_key: true}}
    - {name: email, fides_meta: {identity: email, data_type: string}}
    - name: members
      fields:
      - {name: person, fides_meta: {references: [{dataset: docs, field: people.id, direction: from}]}}
      - {name: room, fides_meta: {references: [{dataset: docs, field: rooms.id, direction: to}]}}
  - name: rooms
    meta: {retention: {kind: account}, source: {path: rooms.jsonl, format: jsonl}}
    fields:
    - {name: id, fides_meta: {primary_key: true}}
"""


def walked(folder: Path, text: str, **rows: list[dict[str, Any]]) -> Walked:
    for name, lines in rows.items():
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in lines))
    return walk_all(load_text(folder, text), {"docs": f"file://{folder}"}, ANN)


@pytest.mark.parametrize(("shared", "delivered", "withheld"), [("", 2, 0), (", shared: withhold", 1, 1)])
def test_a_row_that_a_lookup_found_and_then_a_better_way_is_one_row(
    shared: str, delivered: int, withheld: int, tmp_path: Path
) -> None:
    """The boss is looked up first, and lives in the same house: found once more, and better."""
    found = walked(
        tmp_path,
        HOUSES.replace("SHARED", shared),
        people=[{"id": 0, "email": "ann@x", "boss": 1, "house": 5}, {"id": 1, "house": 5}],
        houses=[{"id": 5, "person": 0}],
    )
    assert (len(found.rows["people"]), found.withheld["people"]) == (delivered, withheld)


def test_an_element_of_mine_in_anothers_document_leads_to_nothing_of_mine(tmp_path: Path) -> None:
    found = walked(
        tmp_path,
        GROUPS,
        people=[{"id": 0, "email": "ann@x"}],
        groups=[{"id": 1, "email": "bob@x", "members": [{"person": 0, "room": 7}, {"person": 9, "room": 8}]}],
        rooms=[{"id": 7}, {"id": 8}],
    )
    assert found.rows["groups"] == []
    assert found.rows["rooms"] == []
    assert (found.withheld["groups"], found.withheld["rooms"]) == (1, 1)


def test_a_document_without_an_array_is_delivered_once_beside_those_with_one(tmp_path: Path) -> None:
    found = walked(
        tmp_path,
        GROUPS,
        people=[{"id": 0, "email": "ann@x"}],
        groups=[
            {"id": 1, "members": [{"person": 0}, {"person": 9}]},
            {"id": 2, "members": {"person": 0}},
            {"id": 3, "members": {"person": 9}},
        ],
        rooms=[{"id": 7}],
    )
    groups = sorted(found.rows["groups"], key=lambda row: int(str(row["id"])))
    assert groups == [{"id": 1, "members": [{"person": 0}]}, {"id": 2, "members": {"person": 0}}]
    assert found.withheld["groups"] == 0
