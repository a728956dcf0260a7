"""Documents that list many people, against an oracle that tries every element until nothing changes.

The map is one circle: people of a team lead to items of boxes, items to tags of notes, a note back to a team. What may
vary is everything else: the documents, and whether an array is delivered whole.
"""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dsar.fulfilment import keys, walk
from dsar.values import Row
from tests.fulfilment.walking import load_text, walk_all
from tests.often import HARD

OWN, LOOKED_UP, FOREIGN, NEVER = range(4)
ME = "a@x"
MAP = """
dataset:
- fides_key: docs
  collections:
  - name: teams
    meta: {retention: {kind: account}, source: {path: teams.jsonl, format: jsonl}}
    fields:
    - {name: id, fides_meta: {primary_key: true}}
    - name: people
      fides_meta: {data_type: "object[]", return_all_elements: ALL0}
      fields:
      - {name: email, fides_meta: {identity: email, data_type: string}}
      - {name: next, fides_meta: {references: [{dataset: docs, field: boxes.items.key, direction: to}]}}
  - name: boxes
    meta: {retention: {kind: account}, source: {path: boxes.jsonl, format: jsonl}}
    fields:
    - {name: id, fides_meta: {primary_key: true}}
    - name: items
      fides_meta: {data_type: "object[]", return_all_elements: ALL1}
      fields:
      - {name: key}
      - {name: up, fides_meta: {references: [{dataset: docs, field: notes.tags, direction: to}]}}
  - name: notes
    meta: {retention: {kind: account}, source: {path: notes.jsonl, format: jsonl}}
    fields:
    - {name: id, fides_meta: {primary_key: true}}
    - {name: tags, fides_meta: {data_type: "string[]", return_all_elements: ALL2}}
    - {name: back, fides_meta: {references: [{dataset: docs, field: teams.id, direction: to}]}}
"""
KEYS = st.sampled_from(["k", "k", "l", "m", "", None])
PERSON = st.fixed_dictionaries({"email": st.sampled_from([ME, ME.upper(), "b@x", "b@x", None, ""]), "next": KEYS})
ITEM = st.fixed_dictionaries({"key": KEYS, "up": KEYS})
NUMBERS = st.sampled_from([0, 0, 1, 2])


def several(elements: st.SearchStrategy[object]) -> st.SearchStrategy[list[object]]:
    return st.lists(elements, max_size=4)


TEAM = st.fixed_dictionaries({"id": NUMBERS, "people": several(PERSON)})
BOX = st.fixed_dictionaries({"id": NUMBERS, "items": several(ITEM)})
NOTE = st.fixed_dictionaries(
    {"id": NUMBERS, "tags": several(KEYS.filter(lambda key: key is not None)), "back": NUMBERS | st.none()}
)


@dataclass(frozen=True)
class Docs:
    """`whole` says of each array whether it is delivered whole."""

    teams: list[Row]
    boxes: list[Row]
    notes: list[Row]
    whole: tuple[bool, bool, bool]


DOCS = st.builds(
    Docs,
    teams=st.lists(TEAM, min_size=1, max_size=4),
    boxes=st.lists(BOX, min_size=1, max_size=4),
    notes=st.lists(NOTE, min_size=1, max_size=4),
    whole=st.tuples(st.booleans(), st.booleans(), st.booleans()),
)
Levels = dict[object, int]


class Oracle:
    """The best level at which each key of each collection is asked; grows until nothing changes."""

    def __init__(self, docs: Docs) -> None:
        self.docs = docs
        self.keys: dict[str, Levels] = {"teams": {}, "boxes": {}, "notes": {}}
        before = None
        while before != (before := repr(self.keys)):
            self._once()

    def _once(self) -> None:
        for row in self.docs.teams:
            for person in self._leading(row, "people"):
                self._ask("boxes", person["next"], self.team_level(row))
        for row in self.docs.boxes:
            for item in row["items"]:
                level = self.level(row) if self.docs.whole[1] else self.of("boxes", item["key"])
                self._ask("notes", item["up"], level)
        for row in self.docs.notes:
            self._ask("teams", row["back"], self.note_level(row))

    def _leading(self, row: Row, name: str) -> list[Row]:
        return [person for person in row[name] if self.docs.whole[0] or is_me(person)]

    def _ask(self, target: str, key: object, level: int) -> None:
        if key is not None and level != NEVER:
            known = self.keys[target]
            known[key] = min(known.get(key, NEVER), max(level, LOOKED_UP))

    def of(self, collection: str, key: object) -> int:
        return NEVER if key is None else self.keys[collection].get(key, NEVER)

    def team_level(self, row: Row) -> int:
        if any(map(is_me, row["people"])):
            return OWN
        level = self.of("teams", row["id"])
        return FOREIGN if level != NEVER and names_somebody(row) else level

    def level(self, row: Row) -> int:
        return min((self.of("boxes", item["key"]) for item in row["items"]), default=NEVER)

    def note_level(self, row: Row) -> int:
        return min((self.of("notes", tag) for tag in row["tags"]), default=NEVER)


def is_me(person: Row) -> bool:
    return str(person["email"]).lower() == ME


def names_somebody(row: Row) -> bool:
    return any(person["email"] for person in row["people"])


def expected(docs: Docs) -> tuple[dict[str, Counter[str]], Counter[str]]:
    """Return what is delivered and how many rows are withheld, by collection."""
    oracle, found, withheld = Oracle(docs), dict[str, Counter[str]](), Counter[str]()

    def sort(name: str, level: int, row: Row) -> None:
        if level in (OWN, LOOKED_UP):
            found.setdefault(name, Counter())[printed(row)] += 1
        elif level == FOREIGN:
            withheld[name] += 1

    for row in docs.teams:
        mine = [person for person in row["people"] if is_me(person)]
        people = row["people"] if docs.whole[0] or not mine else mine
        sort("teams", oracle.team_level(row), {**row, "people": people})
    for row in docs.boxes:
        items = [item for item in row["items"] if docs.whole[1] or oracle.of("boxes", item["key"]) <= LOOKED_UP]
        sort("boxes", oracle.level(row), {**row, "items": items})
    for row in docs.notes:
        tags = [tag for tag in row["tags"] if docs.whole[2] or oracle.of("notes", tag) <= LOOKED_UP]
        sort("notes", oracle.note_level(row), {**row, "tags": tags})
    return found, withheld


def printed(row: Row) -> str:
    return json.dumps(row, sort_keys=True)


def collected(docs: Docs, folder: Path) -> tuple[dict[str, Counter[str]], Counter[str]]:
    text = MAP
    for number, whole in enumerate(docs.whole):
        text = text.replace(f"ALL{number}", str(whole).lower())
    for name in ("teams", "boxes", "notes"):
        lines = "".join(json.dumps(row) + "\n" for row in getattr(docs, name))
        (folder / f"{name}.jsonl").write_text(lines, encoding="utf-8")
    found = walk_all(load_text(folder, text), {"docs": f"file://{folder}"}, {"email": frozenset({ME})})
    rows = {name: Counter(map(printed, rows)) for name, rows in found.rows.items() if rows}
    return rows, Counter(found.withheld)


def agrees(docs: Docs) -> None:
    with tempfile.TemporaryDirectory() as folder:
        rows, withheld = collected(docs, Path(folder))
    assert (rows, +withheld) == expected(docs)


@pytest.mark.thorough
@settings(HARD, max_examples=100)
@given(DOCS)
def test_documents_give_what_the_oracle_says(docs: Docs) -> None:
    agrees(docs)


@settings(HARD, max_examples=40)
@given(DOCS, st.integers(0, 3), st.integers(1, 3))
def test_so_it_is_where_few_keys_fit(docs: Docs, held: int, asked: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(keys, "MOST_HELD", held)
        patch.setattr(walk, "MOST_KEYS", asked)
        agrees(docs)
