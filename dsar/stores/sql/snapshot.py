"""One consistent, read-only view of a database: one connection in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, select, text, true

from dsar.columns import Columns
from dsar.datamap.model import Collection, Dataset
from dsar.stores.base import Average, Explained, Group, Selection, Undeclared
from dsar.stores.batching import BATCH_ROWS, bounded
from dsar.stores.noticing import Noticed
from dsar.stores.projection import Projector
from dsar.stores.sql.chunks import Chunks
from dsar.stores.sql.errors import translated
from dsar.stores.sql.estimating import rows_a_key
from dsar.stores.sql.explaining import explain
from dsar.stores.sql.fetching import NONE, Reading, Values
from dsar.stores.sql.grouping import TableFacts, are_whole_numbers, grouped, tells_apart
from dsar.stores.sql.remembering import Memory, Told
from dsar.stores.sql.spellings import Spellings
from dsar.stores.sql.tables import Table, Tables, table_name
from dsar.stores.sql.values import Parsing, plain, plain_column, reader_of
from dsar.values import Row, Value


class SqlSnapshot:
    """Reads collections of one dataset as they were at `taken_at` (aware, UTC)."""

    def __init__(self, dataset: Dataset, connection: Connection, *, most_rows: int, memory: Memory) -> None:
        self._dataset, self._most_rows = dataset, most_rows
        self._connection, self._reading = connection, Reading(connection)
        self._dialect = connection.dialect.name
        self._noticed = Noticed(dataset)
        # Both databases take their snapshot at the first read, not at BEGIN.
        told = self._told = _first_read(dataset, connection, memory)
        self.taken_at = datetime.now(UTC)
        self._tables = Tables(dataset, connection, self._noticed, told)
        self._facts = TableFacts(connection, self._tables.names, told)
        self._spellings = Spellings(connection, self._tables.addresses, told) if self._dialect == "postgresql" else None

    def settled(self) -> AbstractContextManager[None]:
        """Return what waits, before the transaction ends, for all that is still being read."""
        return self._reading.settled()

    def read(self, collection: Collection, selection: Selection) -> Iterator[Sequence[Row]]:
        what = f"{collection.dataset}:{collection.name}"
        with translated(what):
            table = self._tables.get(collection)
            chunks = Chunks(collection, selection, table, self._dialect, self._spellings, self._told)
            project = self._projecting(collection)
            names = [item.name for item in collection.readable]
            for batch in bounded(self._rows(collection, table, chunks, names), self._most_rows, what):
                yield project(batch)

    def scan(
        self, collection: Collection, fields: Sequence[str], *, since: datetime | None = None
    ) -> Iterator[Sequence[Row]]:
        with translated(f"{collection.dataset}:{collection.name}"):
            table = self._tables.get(collection)
            project = self._projecting(collection)
            readers = self._readers(collection, table, list(fields))
            for batch in self._stream(readers, table.select(readers, true())):
                yield project(batch)

    def _projecting(self, collection: Collection) -> Callable[[Sequence[Row]], Sequence[Row]]:
        """Return what cuts documents down to their declared parts; of plain columns only declared ones were read."""
        if not any(item.fields for item in collection.readable):
            return lambda batch: batch
        projector = Projector(collection, self._noticed)
        return lambda batch: [projector.project(row) for row in batch]

    def count(self, collection: Collection, selection: Selection) -> int:
        with translated(f"{collection.dataset}:{collection.name}"):
            table = self._tables.get(collection)
            chunks = Chunks(collection, selection, table, self._dialect, self._spellings, self._told)
            if chunks.are_told_apart:
                return sum(len(batch) for batch in self._rows(collection, table, chunks, []))
            return sum(self._count(table, condition) for condition in chunks.conditions())

    def groups(
        self, collection: Collection, selection: Selection, fields: Sequence[str]
    ) -> Iterator[Sequence[Group]] | None:
        if self._dialect != "postgresql":
            return None
        with translated(f"{collection.dataset}:{collection.name}"):
            table = self._tables.get(collection)
            key, facts = collection.primary_key, self._facts.of(table)
            if facts is None or facts.key != frozenset(key) or not tells_apart(table.types, [*fields, *key]):
                return None
            chunks = Chunks(collection, selection, table, self._dialect, self._spellings, self._told)
            if chunks.is_loose or not chunks.key_columns <= set(fields):
                return None
        has_few = len(selection.alternatives) == 1 and chunks.key_columns >= set(fields)
        return self._groups(collection, table, chunks, fields, has_few=has_few)

    def undeclared(self) -> tuple[Undeclared, ...]:
        with translated(self._dataset.key):
            self._tables.note_tables()
        return self._noticed.sorted()

    def explain(self, collection: Collection, by: Sequence[tuple[str, ...]]) -> Explained:
        with translated(f"{collection.dataset}:{collection.name}"):
            found = self._tables.get(collection)
            return explain(collection, by, found, self._connection.dialect, self._spellings)

    def rows_a_key(self, collection: Collection, paths: tuple[str, ...]) -> Average | None:
        with translated(f"{collection.dataset}:{collection.name}"):
            return rows_a_key(collection, paths, self._tables.get(collection), self._connection)

    def _count(self, table: Table, condition: ColumnElement[bool]) -> int:
        return self._connection.execute(select(func.count()).select_from(table.clause).where(condition)).scalar_one()

    def _groups(
        self, collection: Collection, table: Table, chunks: Chunks, fields: Sequence[str], *, has_few: bool
    ) -> Iterator[Sequence[Group]]:
        """`has_few`: no more than there are keys in a chunk."""
        readers = self._readers(collection, table, list(fields))
        with translated(f"{collection.dataset}:{collection.name}"):
            for at, asked in enumerate(chunks.asked()):
                is_one = has_few and asked.is_of_one and are_whole_numbers(table.types, fields)
                query = asked.statement(
                    self._told,
                    ("groups", collection.key, tuple(fields), is_one),
                    partial(grouped, table, fields, collection.primary_key, is_one=is_one),
                )
                read = self._reading.at_once if has_few and chunks.number(at) <= BATCH_ROWS else self._reading.batches
                for batch in read(query, asked.values):
                    found = [
                        Group(
                            {
                                name: convert(value)
                                for (name, convert), value in zip(readers.items(), values, strict=False)
                            },
                            values[-2],
                            int(values[-1]),
                        )
                        for values in batch
                        if values[-2]
                    ]
                    yield [group for group in found if not chunks.are_told_apart or chunks.owns(at, group.row)]

    def _rows(self, collection: Collection, table: Table, chunks: Chunks, names: list[str]) -> Iterator[Sequence[Row]]:
        """Yield batches of rows with the named columns and, where several chunks need them, the key columns."""
        told_apart = chunks.are_told_apart
        hidden = sorted(chunks.key_columns - set(names)) if told_apart else []
        readers = self._readers(collection, table, [*names, *hidden])
        for at, asked in enumerate(chunks.asked()):
            query = asked.statement(
                self._told,
                ("rows", collection.key, tuple(readers)),
                lambda condition: table.select(readers, condition),
            )
            for batch in self._stream(readers, query, asked.values):
                kept: Sequence[Row] = [row for row in batch if chunks.owns(at, row)] if told_apart else batch
                if found := _without(kept, hidden):
                    yield found

    def _stream(
        self, readers: dict[str, Callable[[Any], Value]], query: Select[Any], values: Values = NONE
    ) -> Iterator[Columns]:
        for batch in self._reading.batches(query, values):
            columns = zip(*batch, strict=True)
            yield Columns(
                {name: _read(convert, found) for (name, convert), found in zip(readers.items(), columns, strict=True)},
                len(batch),
            )

    def _readers(self, collection: Collection, table: Table, names: list[str]) -> dict[str, Callable[[Any], Value]]:
        declared = {item.name: item for item in collection.fields}
        return {name: reader_of(declared.get(name), table.types[name], self._dialect) for name in names}


_FIRST_READ = {"sqlite": text("SELECT count(*) FROM sqlite_schema"), "oracle": text("SELECT 1 FROM dual")}


def _first_read(dataset: Dataset, connection: Connection, memory: Memory) -> Told:
    """Read something, whereupon the snapshot is taken; return what is known of the tables already."""
    dialect = connection.dialect.name
    if dialect == "postgresql":
        return memory.told(connection, {table_name(collection, dataset)[1] for collection in dataset.collections})
    connection.execute(_FIRST_READ.get(dialect, text("SELECT 1")))
    return Told()


def _read(convert: Callable[[Any], Value], values: Sequence[Any]) -> Sequence[Value]:
    if convert is plain:
        return plain_column(values)
    return convert.column(values) if isinstance(convert, Parsing) else list(map(convert, values))


def _without(rows: Sequence[Row], hidden: list[str]) -> Sequence[Row]:
    if not hidden:
        return rows
    return [{name: value for name, value in row.items() if name not in hidden} for row in rows]
