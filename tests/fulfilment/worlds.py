"""Small random worlds for the engine: a data map over three databases, their rows, and what is proven."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal

from hypothesis import strategies as st

from dsar.datamap.model import (
    Collection,
    DataMap,
    Dataset,
    Direction,
    Field,
    FieldAddress,
    Location,
    Reference,
    Sharing,
)
from dsar.values import Row, Value
from tests.datamap.test_graph_property import SIZE, Link, World, links

HERE = Location("world.yml", 1)
DATASETS = ("d0", "d1", "d2")
# What is named twice is drawn twice as often: most worlds should have rows that meet.
EMAILS = (None, "", "a@x", "a@x", "a@x", "A@X", "b@x", "b@x", "\u00e4@x", "a\u0308@x", "\u00c4@X")
PHONES = (None, "", 0, "0", 7, "7", 8)
ODD: tuple[Value, ...] = ("", None, "0", "1", 2, 1.0, "01", "x", "X", 2.5, "2.5", "true", "FALSE", b"x")
JOINS = (*(0,) * 8, *(1,) * 6, "", *ODD)
#: What may stand in a column of a type; a database's collation must not make "x" equal "X", "x " or "\u00e9" equal "e".
TYPED: Mapping[str, tuple[Value, ...]] = {
    "text": (
        "",
        "0",
        "0",
        "0",
        "0",
        "1",
        "1",
        "1",
        "01",
        "2",
        "2.5",
        "x",
        "X",
        "x ",
        "e",
        "\u00e9",
        "true",
        "FALSE",
        None,
    ),
    "bigint": (0, 0, 0, 1, 1, 1, 2, None),
    "boolean": (False, True, None),
    "numeric": (Decimal(0), Decimal(0), Decimal(1), Decimal("1.00"), Decimal("2.5"), None),
    "double": (0.0, 1.0, 2.5, None),
}
IDENTITY_SOURCES = ("email", "phone")
Column = tuple[int, str]


@dataclass(frozen=True)
class Case:
    """`types` declare columns; `tagged` collections have a fixed filter; `group` joins two columns as one tuple.

    `sources` are collections with a column whose values become identities of a kind; `real` are the types of columns in
    a database that has such.
    """

    maps: World
    homes: tuple[int, ...]
    types: Mapping[Column, str]
    shared: Mapping[int, Sharing]
    tagged: frozenset[int]
    skipped: frozenset[int]
    after: tuple[int, int] | None
    group: tuple[int, int] | None
    rows: tuple[tuple[Row, ...], ...]
    proven: Mapping[str, frozenset[str]]
    sources: Mapping[int, str] = field(default_factory=dict)
    real: Mapping[Column, str] = field(default_factory=dict)

    def numbers_of(self, dataset: str) -> Iterator[int]:
        return (number for number in range(SIZE) if self.key(number)[0] == dataset)

    def columns(self, number: int) -> list[str]:
        """Return the columns of a collection."""
        names = ["id", *(f"f{link.number}" for link in self.maps.links if link.foreign == number)]
        names += ["e"] * (number in self.maps.emails) + ["p"] * (number in self.maps.phones)
        names += ["t"] * (number in self.tagged) + ["s"] * (number in self.sources)
        ends = {} if self.group is None else {self.group[0]: ["ga", "gb"], self.group[1]: ["ha", "hb"]}
        return names + (["ga", "gb", "ha", "hb"] if len(ends) == 1 and number in ends else ends.get(number, []))

    def key(self, number: int) -> tuple[str, str]:
        return (DATASETS[self.homes[number]], f"c{number}")

    def data_map(self) -> DataMap:
        collections = [self._collection(number) for number in range(SIZE)]
        return DataMap(
            tuple(
                Dataset(key, HERE, collections=tuple(item for item in collections if item.dataset == key))
                for key in DATASETS
            ),
            systems=(),
            fingerprint="0" * 64,
        )

    def _collection(self, number: int) -> Collection:
        dataset, name = self.key(number)
        waits = self.after is not None and self.after[0] == number
        return Collection(
            dataset,
            name,
            HERE,
            fields=tuple(self._field(number, column) for column in self.columns(number)),
            skip_processing=number in self.skipped,
            shared=self.shared.get(number),
            only={"t": 1} if number in self.tagged else {},
            after=(".".join(self.key(self.after[1])),) if waits and self.after else (),
        )

    def _field(self, number: int, column: str) -> Field:
        references = [self._reference(link, number, column) for link in self.maps.links]
        field = Field(
            name=column,
            path=column,
            location=HERE,
            data_type=self.types.get((number, column)),
            identity={"e": "email", "p": "phone"}.get(column),
            identity_source=self.sources.get(number) if column == "s" else None,
            primary_key=column == "id",
            references=tuple(item for item in references if item),
        )
        if self.group is None or column not in ("ha", "hb"):
            return field
        source = FieldAddress(*self.key(self.group[0]), f"g{column[1]}")
        return replace(field, group="pair", references=(Reference(source, Direction.FROM, HERE),))

    def _reference(self, link: Link, number: int, column: str) -> Reference | None:
        """Return the reference of a link if it is declared on this column."""
        if link.declared_on_key and (number, column) == (link.key, "id"):
            way = {True: Direction.TO, False: Direction.FROM, None: None}[link.fanout]
            return Reference(FieldAddress(*self.key(link.foreign), f"f{link.number}"), way, HERE)
        if not link.declared_on_key and (number, column) == (link.foreign, f"f{link.number}"):
            way = {True: Direction.FROM, False: Direction.TO, None: None}[link.fanout]
            return Reference(FieldAddress(*self.key(link.key), "id"), way, HERE)
        return None


def values(column: str, real: str | None) -> st.SearchStrategy[Value]:
    """Return what may stand in a column; `real` is its type, None if it takes anything."""
    found = {"e": EMAILS, "p": PHONES, "t": (1, 1, 2, None), "s": (*EMAILS, *PHONES, "b@x", "8")}.get(column)
    if found is None:
        return st.sampled_from(JOINS if real is None else TYPED[real])
    fits = {"text": str, "bigint": int, None: object}[real]
    return st.sampled_from([value for value in found if value is None or isinstance(value, fits)])


@st.composite
def linked(draw: st.DrawFn) -> World:
    """A map with more links and entry points than one for the graph alone, most of them in chains: rows are to meet."""
    # Who leads whom, and what is the leader's: the smallest map in which a wrong way round leads to others.
    staff = [Link(0, 0, 0, False, False), Link(1, 0, 1, None, True)]
    found: list[Link] = staff if draw(st.integers(0, 3)) == 3 else []
    for link in draw(st.lists(links, min_size=2, max_size=5)):
        if found and draw(st.sampled_from([True, True, True, False])):
            joint = draw(st.sampled_from([found[-1].key, found[-1].foreign]))
            link = replace(link, key=joint) if draw(st.booleans()) else replace(link, foreign=joint)
        found.append(replace(link, number=len(found)))
    collections = st.integers(0, SIZE - 1)
    return World(
        tuple(found),
        emails=frozenset({found[0].key}) | draw(st.frozensets(collections, max_size=2)),
        phones=draw(st.frozensets(collections, max_size=2)),
    )


@st.composite
def cases(draw: st.DrawFn, *, typed: bool) -> Case:
    """Return a world, for a database whose columns are `typed` or one whose columns are not."""
    maps = draw(linked())
    collections = st.integers(0, SIZE - 1)
    case = Case(
        maps=maps,
        homes=tuple(draw(st.lists(st.integers(0, 2), min_size=SIZE, max_size=SIZE))),
        types={},
        shared=draw(st.dictionaries(collections, st.sampled_from(list(Sharing)), max_size=2)),
        tagged=draw(st.frozensets(collections, max_size=1)),
        skipped=draw(st.frozensets(collections, max_size=1)),
        after=draw(st.none() | st.tuples(collections, collections)),
        group=draw(st.none() | st.tuples(collections, collections)),
        rows=(),
        proven={
            kind: found
            for kind, found in (
                ("email", draw(st.frozensets(st.sampled_from(["a@x", "\u00e4@x"]), min_size=1))),
                ("phone", draw(st.frozensets(st.sampled_from(["0", "7"])))),
            )
            if found
        },
        sources=draw(st.dictionaries(collections, st.sampled_from(IDENTITY_SOURCES), max_size=1)),
    )
    columns = [(number, name) for number in range(SIZE) for name in case.columns(number)]
    kinds = st.sampled_from([None, None, None, "integer", "string", "boolean"])
    types = {column: kind for column in columns if column[1] not in "epst" and (kind := draw(kinds))}
    case = replace(case, types=types, real={column: draw(_real(column[1])) for column in columns if typed})
    return replace(
        case, rows=tuple(tuple(draw(st.lists(_rows(case, number), min_size=1, max_size=4))) for number in range(SIZE))
    )


def _real(column: str) -> st.SearchStrategy[str]:
    """Return the types that a column may have."""
    return st.sampled_from(
        {"e": ["text"], "t": ["bigint"], "p": ["text", "bigint"], "s": ["text"]}.get(column, [*TYPED])
    )


def _rows(case: Case, number: int) -> st.SearchStrategy[Row]:
    columns = case.columns(number)
    return st.fixed_dictionaries({name: values(name, case.real.get((number, name))) for name in columns})
