"""Small random worlds for the engine: a data map over three SQLite files, their rows, and what is proven."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

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
EMAILS = (None, "", "a@x", "a@x", "A@X", "b@x", "\u00e4@x", "a\u0308@x", "\u00c4@X")
PHONES = (None, "", 0, "0", 7, "7", 8)
JOINS = (0, 0, 0, 1, 1, "", "", None, "0", "1", 2, 1.0, "01", "x", "X")
Column = tuple[int, str]


@dataclass(frozen=True)
class Case:
    """`types` declare columns; `tagged` collections have a fixed filter; `group` joins two columns as one tuple."""

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

    def columns(self, number: int) -> list[str]:
        """Return the columns of a collection."""
        names = ["id", *(f"f{link.number}" for link in self.maps.links if link.foreign == number)]
        names += ["e"] * (number in self.maps.emails) + ["p"] * (number in self.maps.phones)
        names += ["t"] * (number in self.tagged)
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

    def write(self, folder: Path) -> dict[str, str]:
        """Write the rows into a file a dataset; return the addresses."""
        for home, dataset in enumerate(DATASETS):
            file = folder / f"{dataset}.sqlite3"
            file.unlink(missing_ok=True)
            with closing(sqlite3.connect(file, isolation_level=None)) as database:
                database.execute("pragma synchronous = off")
                database.execute("begin")
                for number in (number for number in range(SIZE) if self.homes[number] == home):
                    self._write(database, number)
                database.execute("commit")
        return {dataset: f"sqlite:///{folder}/{dataset}.sqlite3" for dataset in DATASETS}

    def _write(self, database: sqlite3.Connection, number: int) -> None:
        columns = self.columns(number)
        database.execute(f"create table c{number}({', '.join(columns)})")
        marks = ", ".join("?" * len(columns))
        lines = [[row[column] for column in columns] for row in self.rows[number]]
        database.executemany(f"insert into c{number} values ({marks})", lines)  # noqa: S608  # numbers of ours


def values(column: str, data_type: str | None) -> st.SearchStrategy[Value]:
    """Return what may stand in a column; SQLite keeps booleans as 0 and 1."""
    if data_type == "boolean":
        return st.sampled_from((None, 0, 1))
    return st.sampled_from({"e": EMAILS, "p": PHONES, "t": (1, 1, 2, None)}.get(column, JOINS))


@st.composite
def linked(draw: st.DrawFn) -> World:
    """A map with more links and entry points than one for the graph alone: rows are to meet."""
    found = draw(st.lists(links, min_size=2, max_size=7))
    collections = st.integers(0, SIZE - 1)
    return World(
        tuple(replace(link, number=number) for number, link in enumerate(found)),
        emails=draw(st.frozensets(collections, min_size=1, max_size=3)),
        phones=draw(st.frozensets(collections, max_size=2)),
    )


@st.composite
def cases(draw: st.DrawFn) -> Case:
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
    )
    joins = [(number, name) for number in range(SIZE) for name in case.columns(number) if name not in ("e", "p", "t")]
    kinds = st.sampled_from([None, None, "integer", "string", "boolean"])
    types = {column: kind for column in joins if (kind := draw(kinds))}
    case = replace(case, types=types)
    return replace(
        case, rows=tuple(tuple(draw(st.lists(_rows(case, number), min_size=1, max_size=4))) for number in range(SIZE))
    )


def _rows(case: Case, number: int) -> st.SearchStrategy[Row]:
    columns = case.columns(number)
    return st.fixed_dictionaries({name: values(name, case.types.get((number, name))) for name in columns})
