"""Random maps and rows in real databases: texts and objects lose what is the person's, all beside it stays.

What must be in a text is put together from the pieces that it was put together of, not found in it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace

import pytest
from hypothesis import assume, event, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from dsar.datamap.erasure import Erasure as Rule
from dsar.datamap.erasure import ErasureAction, Mask, Strategy
from dsar.datamap.model import DataMap, Field
from dsar.fulfilment.erasing.fate import Fate
from tests.datamap.test_graph_property import SIZE
from tests.fulfilment.databases import Backend, printed
from tests.fulfilment.erasing.test_erasing_property import World, _is_odd, is_theirs, place  # noqa: F401
from tests.fulfilment.oracle import settled
from tests.fulfilment.worlds import HERE, cases
from tests.often import HARD, often
from tests.stores.sql_servers import SQL_SERVERS

#: How each name may be written.
NAMES = {
    "Zoë Quist": ("Zoë Quist", "ZOË  QUIST", "zoe\u0308 quist"),
    "Bob": ("Bob", "BOB"),
    "李小龙": ("李小龙",),
    "Li": ("Li",),  # too short
}
FILLERS = ("", "Bobby", "Zoe Quist", "Jim-bo", "5.00", "\\u0042ob?", "«»", "[erased]")
#: Texts as pieces: what is written, and the name that it is; "" is none.
Pieces = tuple[tuple[str, str], ...]
SPELT = tuple((spelt, name) for name, every in NAMES.items() for spelt in every)
PIECES = st.lists(st.sampled_from((*SPELT, *((filler, "") for filler in FILLERS))), min_size=2, max_size=6).map(tuple)
RULES = ("whole", "whole", "texts", "texts of others", "kept", None)


def joined(pieces: Pieces, known: frozenset[str] = frozenset()) -> str:
    return " / ".join("[erased]" if name in known else spelt for spelt, name in pieces)


def document(pieces: Pieces, known: frozenset[str], *, is_masked: bool) -> str:
    """Return an object as text, in odd spelling that must stay; of `known` nothing is left in its note."""

    def string(value: str, was: str) -> str:
        escaped = value.replace("\\", "\\\\")
        # Strings are written anew as plain signs, those that nothing is taken out of not.
        return f'"{escaped}"' if value != was else f'"{escaped.replace("/", chr(92) + "/")}"'

    note = string(joined(pieces, known), joined(pieces))
    name, who = ("null", '"x"') if is_masked else ('"Bob"', '"Bob"')
    items = f'[ {{"who":{who},"b":1e2}}, 7, {{}} ]'
    return f'{{ "n": 5.00,"name" :{name},  "name":{name}, "items": {items}, "note": {note}, "Bob": 1}}'


@dataclass
class Texts(World):
    """Each row with a name, a text and an object beside what the case gives it."""

    pieces: tuple[tuple[str, Pieces], ...] = ()

    def __post_init__(self) -> None:
        super().__post_init__()
        for number in range(SIZE):
            dataset, table = self.case.key(number)
            given = self.given(number)  # by a connection of its own, which a changed table would keep waiting
            with self.engines[dataset].begin() as connection:
                for column in ("n", "txt", "doc"):
                    connection.execute(text(f"alter table {table} add column {column} text"))
                for k, (name, pieces) in given.items():
                    values = {"n": name, "txt": joined(pieces), "doc": document(pieces, frozenset(), is_masked=False)}
                    connection.execute(text(f"update {table} set n = :n, txt = :txt, doc = :doc where k = {k}"), values)  # noqa: S608

    def given(self, number: int) -> dict[int, tuple[str, Pieces]]:
        """Return what each row of a collection is given, by its key `k`."""
        return {k: self.pieces[(number + k) % len(self.pieces)] for k in self.keys(number)}

    def keys(self, number: int) -> dict[int, str]:
        """Return the rows of a collection as the case knows them, by their keys `k`."""
        dataset, table = self.case.key(number)
        columns = self.case.columns(number)
        with self.engines[dataset].connect() as connection:
            found = connection.execute(text(f"select k, {', '.join(columns)} from {table}")).mappings().all()  # noqa: S608
        return {
            row["k"]: printed(self.place.read(self.case, number, {name: row[name] for name in columns}))
            for row in found
        }

    def data_map(self) -> DataMap:
        found = super().data_map()
        datasets = []
        for dataset in found.datasets:
            collections = []
            for item in dataset.collections:
                rule = self.rules[int(item.name[1:])]
                collections.append(replace(item, fields=(*item.fields, *FIELDS), erasure=named(rule, item.key)))
            datasets.append(replace(dataset, collections=tuple(collections)))
        return replace(found, datasets=tuple(datasets))

    def held(self, number: int) -> dict[int, tuple[str, ...]]:
        dataset, table = self.case.key(number)
        with self.engines[dataset].connect() as connection:
            rows = connection.execute(text(f"select k, n, txt, doc from {table}"))  # noqa: S608
            return {row[0]: tuple(row[1:]) for row in rows}


def _inside(name: str, *fields: Field, under: str = "doc") -> Field:
    return Field(name=name, path=f"{under}.{name}", location=HERE, fields=fields)


FIELDS = (
    Field(name="n", path="n", location=HERE, data_type="string"),
    Field(name="txt", path="txt", location=HERE, data_type="string"),
    Field(
        name="doc",
        path="doc",
        location=HERE,
        fields=(_inside("name"), _inside("items", _inside("who", under="doc.items")), _inside("note")),
    ),
)


def named(rule: Rule | None, key: tuple[str, str]) -> Rule | None:
    """Return the rule with the collection's own names as what is redacted."""
    if rule is None:
        return None
    masks = {
        path: replace(mask, values=((*key, "n"),)) if mask.strategy is Strategy.REDACT else mask
        for path, mask in rule.masks.items()
    }
    return replace(rule, masks=masks)


REDACT = {"txt": Mask(Strategy.REDACT), "doc.note": Mask(Strategy.REDACT)}
MASKS = {**REDACT, "doc.name": Mask(Strategy.NULL), "doc.items.who": Mask(Strategy.FIXED, "x")}
WRITTEN: Mapping[str | None, Rule | None] = {
    "whole": Rule(ErasureAction.MASK, masks=MASKS),
    "texts": Rule(ErasureAction.MASK, masks=REDACT),
    "texts of others": Rule(ErasureAction.MASK, masks=REDACT, shared=True),
    "kept": Rule(ErasureAction.KEEP, why="A duty."),
    None: None,
}


def theirs(world: Texts, rule_of: Mapping[int, Rule]) -> dict[int, set[int]]:
    """Return the keys `k` of rows that are the person's by these rules."""
    case, found = settled(world.case, world.place.read)
    wanted = {
        (number, printed(row))
        for number, row in found.own
        if number in rule_of and is_theirs(case, number, row, rule_of[number])
    }
    return {number: {k for k, row in world.keys(number).items() if (number, row) in wanted} for number in range(SIZE)}


def holds(data: st.DataObject, place: Backend) -> None:  # noqa: F811
    case = data.draw(cases(typed=place.typed))
    own_rows = settled(case, place.read)[1].own
    assume(own_rows and not any(_is_odd(case, number, row) for number, row in own_rows))
    rules = {number: WRITTEN[data.draw(st.sampled_from(RULES))] for number in range(SIZE)}
    pieces = data.draw(st.lists(st.tuples(st.sampled_from([*NAMES, "Bob"]), PIECES), min_size=1, max_size=3))
    world = Texts(case, place, rules, pieces=tuple(pieces))
    masking = {number: rule for number, rule in rules.items() if rule and rule.action is ErasureAction.MASK}
    changed, own = theirs(world, masking), theirs(world, dict.fromkeys(range(SIZE), Rule(ErasureAction.DELETE)))
    before, rows = {number: world.held(number) for number in range(SIZE)}, world.rows()
    erasure = world.erasure()
    preview = erasure.preview()
    assert {number: world.held(number) for number in range(SIZE)} == before, "a preview changes nothing"
    if preview.problems:
        event("refused")
        assert any(_is_odd(case, number, row) for number in range(SIZE) for row in case.rows[number]), preview.problems
        return
    assert erasure.execute(fingerprint=preview.fingerprint).failure == ""
    proof = erasure.verify()
    assert (proof.count(Fate.DELETE, Fate.MASK), proof.problems) == (0, ())
    assert world.rows() == rows, "what leads to rows stays"
    redacted = Counter[str]({"person's": 0, "others'": 0})
    for number in range(SIZE):
        given = world.given(number)
        known = frozenset(given[k][0] for k in own[number]) - {"", "Li"}
        for k, held in world.held(number).items():
            name, text_of = given[k]
            is_masked = rules[number] == WRITTEN["whole"]
            lost = (name, joined(text_of, known), document(text_of, known, is_masked=is_masked))
            if k in changed[number]:
                assert held == lost
                redacted["person's"] += held[1] != before[number][k][1]
            else:
                assert held == before[number][k] or (held == lost and rules[number] == WRITTEN["texts of others"])
                redacted["others'"] += held != before[number][k]
    for whose, count in redacted.items():
        event(f"{whose} texts redacted" if count else f"no text of {whose} redacted")


@pytest.mark.thorough
@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
@settings(HARD, max_examples=8)
@given(st.data())
def test_nothing_but_the_person_goes_out_of_texts_and_objects(place: Backend, data: st.DataObject) -> None:  # noqa: F811
    holds(data, place)


@pytest.mark.thorough
@pytest.mark.parametrize("place", SQL_SERVERS, indirect=True)
@often(40)
@given(st.data())
def test_so_it_is_in_every_database(place: Backend, data: st.DataObject) -> None:  # noqa: F811
    holds(data, place)
