"""Rows taken whole before an erasure, and put back where it was a mistake."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import accumulate, chain
from typing import Any

from sqlalchemy import ColumnElement, Connection, Insert, and_, func, literal, select, update
from sqlalchemy import cast as sql_cast
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.compiler import compiles

from dsar.datamap.erasure import MADE, MADE_LENGTHS, Mask, Strategy
from dsar.datamap.model import Collection, Dataset
from dsar.stores.base import ForbiddenError, FoundCollection, StoreError
from dsar.stores.inside import by_field
from dsar.stores.masks import is_any_masked
from dsar.stores.restorable import PutBack, RawRow, WrittenBack
from dsar.stores.sql.chunks import Chunks
from dsar.stores.sql.fetching import Reading
from dsar.stores.sql.introspection import describe
from dsar.stores.sql.raw import RawColumn, bindings, parameters, raw_columns
from dsar.stores.sql.remembering import Told
from dsar.stores.sql.row_masks import are_apart
from dsar.stores.sql.spelt import SpeltMasks, spelt_masks
from dsar.stores.sql.tables import Table, table_name
from dsar.stores.sql.values import reader_of


@dataclass(frozen=True)
class _RawTable:
    """A table with its stored columns. `describe` is asked for its keys, which to take rows nobody needs."""

    where: str
    table: Table
    columns: Mapping[str, RawColumn]
    describe: Callable[[], FoundCollection]

    @cached_property
    def key(self) -> tuple[str, ...]:
        """Its own primary key; no names if it has none."""
        return self.describe().primary_key

    @cached_property
    def own(self) -> tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]:
        """The foreign keys on itself: fields, targets."""
        found = self.describe()
        return tuple((item.fields, item.targets) for item in found.references if item.collection == found.name)

    def reading(self) -> list[ColumnElement[Any]]:
        return [part for name, column in self.columns.items() for part in column.read(self.table.clause.c[name])]

    def row(self, values: Sequence[Any]) -> dict[str, Any]:
        if self._is_spelt:  # most rows: nothing is worked out of what was read
            return dict(zip(self.columns, values, strict=False))
        return {name: column.spelt(values[start:end]) for name, column, start, end in self._places}

    @cached_property
    def _is_spelt(self) -> bool:
        return all(column.is_spelt for column in self.columns.values())

    @cached_property
    def _places(self) -> Sequence[tuple[str, RawColumn, int, int]]:
        """Each column, and between which places its values stand in a row that was read."""
        ends = list(accumulate(len(column.read(self.table.clause.c[name])) for name, column in self.columns.items()))
        return list(zip(self.columns, self.columns.values(), [0, *ends], ends, strict=False))


def is_restored(collection: Collection) -> bool:
    """Return whether rows of the table can be put back: not masked ones that no declared key tells apart."""
    return bool(collection.primary_key) or not is_any_masked(collection)


class SqlRestoring:
    """Takes and puts back rows of one dataset in the caller's transaction."""

    def __init__(self, dataset: Dataset, connection: Connection, reading: Reading, told: Told) -> None:
        self._dataset, self._connection, self._reading, self._told = dataset, connection, reading, told
        self._dialect = connection.dialect.name
        self._described: dict[str, FoundCollection] | None = None
        self._known: dict[str, _RawTable] = {}

    def take(self, collection: Collection, table: Table, chunks: Chunks) -> Iterator[Sequence[RawRow]]:
        """Yield the rows of all chunks. Where there are several, a row may come with each that it matches."""
        raw = self._raw(collection, table)
        reading = raw.reading()
        beside = sorted(chunks.key_columns) if chunks.are_told_apart else []
        declared = {item.name: item for item in collection.fields}
        read = {name: reader_of(declared.get(name), table.types[name], self._dialect) for name in beside}
        columns = [*reading, *(table.read(name).label(None) for name in beside)]
        for at, asked in enumerate(chunks.asked()):
            query = asked.statement(self._told, ("take", collection.key, tuple(beside)), select(*columns).where)
            for batch in self._reading.batches(query, asked.values):
                kept = [
                    raw.row(values)
                    for values in batch
                    if not beside
                    or chunks.owns(
                        at,
                        {
                            name: convert(value)
                            for (name, convert), value in zip(read.items(), values[len(reading) :], strict=True)
                        },
                    )
                ]
                if kept:
                    yield kept

    def put_back(self, collection: Collection, table: Table, rows: Iterable[Sequence[RawRow]]) -> PutBack:
        raw, written, there = self._raw(collection, table), 0, 0
        for batch in _parents_first(rows, raw) if raw.own else rows:
            self._check_columns(raw, batch)
            found = self._put_some(raw, batch)
            written, there = written + found.written, there + found.there
        return PutBack(written, there)

    def write_back(
        self, collection: Collection, table: Table, rows: Iterable[Sequence[RawRow]], masks: Mapping[str, Mask]
    ) -> WrittenBack:
        raw = self._raw(collection, table)
        if not (key := collection.primary_key):
            raise StoreError(f"{raw.where}: without a primary key no row is known again", retry=False)
        wanted, written = 0, 0
        at_once, by_row = are_apart(masks)
        spelt = spelt_masks(by_field(by_row), raw.columns, table.types, raw.where)
        for batch in rows:
            self._check_columns(raw, batch)
            for row in batch if spelt else ():
                found = self._write_inside(raw, key, spelt, row)
                wanted, written = wanted + found.written + found.left, written + found.written
            for name, mask in at_once.items():
                # What was missing had nothing to hash, and is missing still.
                masked = [row for row in batch if mask.strategy is not Strategy.HMAC or row.get(name) is not None]
                wanted += len(masked)
                written += self._write_field(raw, key, name, mask, masked) if masked else 0
        return WrittenBack(written, wanted - written)

    def _write_inside(
        self, raw: _RawTable, key: Sequence[str], masks: Mapping[str, SpeltMasks], row: RawRow
    ) -> WrittenBack:
        """Write back what is inside a row's columns, where nothing there is another than the masks have made it."""
        columns = {name: raw.columns[name] for name in (*key, *masks)}
        now = self._at_key(raw, row, key)
        changed = [name for name, spelt in masks.items() if not spelt.wrote(row.get(name), row.get(name))]
        still = [name for name in changed if now is not None and masks[name].wrote(row.get(name), now.get(name))]
        if still:
            values, clause = bindings(columns), raw.table.clause
            known = and_(*(clause.c[name] == values[name] for name in key))
            statement = update(clause).where(known).values({name: values[name] for name in still})
            self._connection.execute(statement, parameters(columns, row))
        return WrittenBack(len(still), len(changed) - len(still))

    def _write_field(self, raw: _RawTable, key: Sequence[str], name: str, mask: Mask, rows: Sequence[RawRow]) -> int:
        columns = {item: raw.columns[item] for item in (*key, name)}
        values, clause = bindings(columns), raw.table.clause
        known = and_(*(clause.c[item] == values[item] for item in key), self._still(raw, name, mask))
        statement = update(clause).where(known).values({name: values[name]})
        return self._connection.execute(statement, [parameters(columns, row) for row in rows]).rowcount

    def _put_some(self, raw: _RawTable, batch: Sequence[RawRow]) -> PutBack:
        """Write rows all at once; where that is forbidden, one by one, to see which of them are there already."""
        statement = _Putting(raw.table.clause).values(bindings(raw.columns))
        try:
            with self._connection.begin_nested():
                self._connection.execute(statement, [parameters(raw.columns, row) for row in batch])
        except IntegrityError:
            if not raw.key:
                raise
        else:
            return PutBack(written=len(batch))
        there = 0
        for row in batch:
            found = self._at_key(raw, row, raw.key)
            if found is None:
                self._connection.execute(statement, parameters(raw.columns, row))
            elif found == dict(row):
                there += 1
            else:
                raise ForbiddenError(f"{raw.where}: a key is taken by another row meanwhile ({', '.join(raw.key)})")
        return PutBack(len(batch) - there, there)

    def _at_key(self, raw: _RawTable, row: RawRow, key: Sequence[str]) -> RawRow | None:
        columns = {name: raw.columns[name] for name in key}
        values = bindings(columns)
        known = and_(*(raw.table.clause.c[name] == values[name] for name in key))
        found = self._connection.execute(select(*raw.reading()).where(known), parameters(columns, row)).first()
        return None if found is None else raw.row(found)

    def _still(self, raw: _RawTable, name: str, mask: Mask) -> ColumnElement[bool]:
        """Return whether a field holds what a mask wrote (as dsar.fulfilment.erasing.fate knows it)."""
        column = raw.table.clause.c[name]
        if mask.strategy is Strategy.NULL:
            return column.is_(None)
        if mask.strategy is Strategy.FIXED:
            fixed: ColumnElement[Any] = literal(mask.value)
            if self._dialect == "postgresql":
                fixed = sql_cast(fixed, raw.table.types[name])
            return column == fixed
        made = func.substr(column, 1, len(MADE)) == MADE
        length = func.length(column) if self._dialect == "sqlite" else func.char_length(column)
        return and_(made, length == MADE_LENGTHS[mask.strategy])

    def _check_columns(self, raw: _RawTable, batch: Sequence[RawRow]) -> None:
        gone = sorted(set(chain.from_iterable(batch)) - raw.columns.keys())
        if gone:
            raise StoreError(f"{raw.where}: no column {gone[0]!r} to put back", retry=False)

    def _raw(self, collection: Collection, table: Table) -> _RawTable:
        if collection.name not in self._known:
            where, name = f"{collection.dataset}:{collection.name}", table_name(collection, self._dataset)
            columns = self._told.recall(("raw", name), lambda: raw_columns(self._connection, name, table))
            self._known[collection.name] = _RawTable(where, table, columns, partial(self._describe, collection))
        return self._known[collection.name]

    def _describe(self, collection: Collection) -> FoundCollection:
        if self._described is None:
            tables = describe(self._dataset, self._connection)
            self._described = {name: table for table in tables for name in table.declared}
        return self._described.get(collection.name) or FoundCollection(collection.name, {})


class _Putting(Insert):
    """Writes rows as they were, their numbers too that the database would give itself."""

    inherit_cache = False


@compiles(_Putting, "postgresql")
def _overriding(element: Insert, compiler: Any, **options: Any) -> str:
    before, values, after = compiler.visit_insert(element, **options).partition(") VALUES (")
    return f"{before}) OVERRIDING SYSTEM VALUE VALUES ({after}" if values else before


def _parents_first(rows: Iterable[Sequence[RawRow]], raw: _RawTable) -> Iterator[Sequence[RawRow]]:
    """Yield the rows of a table that refers to itself so that none names one that comes later, as far as can be."""
    left: list[RawRow] = [row for batch in rows for row in batch]
    while left:
        waiting = [{_values(row, targets) for row in left} for _, targets in raw.own]
        ready = [
            row
            for row in left
            if not any(
                _values(row, fields) in names and _values(row, fields) != _values(row, targets)
                for (fields, targets), names in zip(raw.own, waiting, strict=True)
            )
        ]
        yield ready or left
        if not ready:
            return  # a circle: the database says whether it takes it
        done = set(map(id, ready))
        left = [row for row in left if id(row) not in done]


def _values(row: RawRow, names: Sequence[str]) -> tuple[Any, ...]:
    return tuple(str(row.get(name)) for name in names)
