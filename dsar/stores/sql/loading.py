"""Puts the rows of an export into tables: parents first, in the caller's transaction.

An export never holds everything that a table wants. Secrets and what was knowingly left out are in none, and a row may
name another person's (who sent an invitation), which is not in it either. Where the table can do without, it does;
else something is made up that means nothing: a random text for a secret that has to be there, and a stand-in for a row
that is named, of which only the key is true. All of it is told.
"""

from __future__ import annotations

import secrets
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Any

from sqlalchemy import BindParameter, Connection, and_, bindparam, func, insert, inspect, or_, select
from sqlalchemy import types as sqltypes

from dsar.datamap.model import Collection, Dataset
from dsar.stores.base import Arriving, FoundCollection, FoundReference, MadeUp, StoreError
from dsar.stores.noticing import Noticed
from dsar.stores.sql.encoding import Encode, NotCarriedError, encoder, made_up
from dsar.stores.sql.errors import refused, translated
from dsar.stores.sql.introspection import describe
from dsar.stores.sql.tables import Name, Table, Tables, table_name
from dsar.values import Row, Value

_KEYS_A_QUESTION = 200
_Key = tuple[Value, ...]


class _AsBound(sqltypes.UserDefinedType[Any]):
    """Hands each value to the driver as it is: a cast to the type of the Python value would be the wrong one."""

    cache_ok = True


@dataclass(frozen=True)
class _Target:
    """A table that rows go into: what it is called, its columns that must have a value, the keys of others in it."""

    name: str
    table: Table
    required: tuple[str, ...]
    references: tuple[FoundReference, ...]


class SqlLoading:
    """Loads into the tables of one dataset."""

    def __init__(self, dataset: Dataset, connection: Connection) -> None:
        self._dataset, self._connection = dataset, connection
        self._dialect = connection.dialect.name
        self._tables = Tables(dataset, connection, Noticed(dataset))
        self._found = {item.name: item for item in describe(dataset, connection)}
        self._targets: dict[str, _Target] = {}
        self._made_up: Counter[tuple[str, str]] = Counter()

    def load(self, arriving: Sequence[Arriving]) -> Sequence[MadeUp]:
        by_table: dict[str, list[Arriving]] = defaultdict(list)
        for item in arriving:
            by_table[self._written(item.collection)].append(item)
        for name in self._parents_first(by_table):
            for item in by_table[name]:
                doing = f"{item.collection.dataset}:{item.collection.name}"
                with translated(doing), refused(doing):
                    self._load(item, self._target(name), doing)
        return [MadeUp(place, column, count) for (place, column), count in sorted(self._made_up.items())]

    def _load(self, item: Arriving, target: _Target, doing: str) -> None:
        encoding = _Encoding(item, target, self._dialect, doing)
        for batch in _ordered(item, target):
            self._insert(target, [encoding.row(row) for row in batch])

    def _insert(self, target: _Target, rows: Sequence[Row]) -> None:
        for row in rows:
            for column in target.required:
                if column not in row:
                    row[column] = self._value(target, column)
                    self._made_up[target.name, column] += 1
        for reference in target.references:
            self._stand_in(target, reference, rows)
        for shape in _shapes(rows):
            names = list(shape[0])
            values = {name: bindparam(f"p{at}", type_=_AsBound()) for at, name in enumerate(names)}
            bound = [{f"p{at}": row[name] for at, name in enumerate(names)} for row in shape]
            self._connection.execute(insert(target.table.clause).values(values), bound)

    def _stand_in(self, target: _Target, reference: FoundReference, rows: Sequence[Row]) -> None:
        """Make a row for each key that is named and not there."""
        wanted = dict.fromkeys(tuple(row.get(field) for field in reference.fields) for row in rows)
        if reference.collection == target.name:
            for row in rows:
                wanted.pop(tuple(row.get(name) for name in reference.targets), None)
        keys = [key for key in wanted if None not in key]
        if keys:
            parent = self._target(reference.collection)
            for key in self._missing(parent, reference.targets, keys):
                self._insert_stand_in(parent, dict(zip(reference.targets, key, strict=True)))

    def _insert_stand_in(self, target: _Target, row: Row) -> None:
        for reference in target.references:
            if reference.collection == target.name and set(reference.fields) <= set(target.required):
                # It names itself, or there would be no end to it.
                row = {name: row.get(to) for name, to in zip(reference.fields, reference.targets, strict=True)} | row
        row |= {column: self._value(target, column) for column in target.required if column not in row}
        self._made_up[target.name, ""] += 1
        self._insert(target, [row])

    def _missing(self, target: _Target, columns: Sequence[str], keys: Sequence[_Key]) -> Iterator[_Key]:
        """Yield the keys that no row of the table has: asked for many at once, and one by one where some are."""
        for chunk in (keys[at : at + _KEYS_A_QUESTION] for at in range(0, len(keys), _KEYS_A_QUESTION)):
            if self._count(target, columns, chunk) < len(chunk):
                yield from (key for key in chunk if not self._count(target, columns, [key]))

    def _count(self, target: _Target, columns: Sequence[str], keys: Sequence[_Key]) -> int:
        clause = target.table.clause
        conditions = [
            and_(*(clause.c[name] == _bound(value) for name, value in zip(columns, key, strict=True))) for key in keys
        ]
        found = select(*(clause.c[name] for name in columns)).where(or_(*conditions)).distinct().subquery()
        return self._connection.execute(select(func.count()).select_from(found)).scalar_one()

    def _value(self, target: _Target, column: str) -> Any:
        real_type = target.table.types[column]
        value = made_up(real_type, secrets.token_hex(16))
        if value is None:
            where = f"{self._dataset.key}:{target.name}.{column}"
            raise StoreError(
                f"{where} must have a value, which no export holds and none can be made up of", retry=False
            )
        return value

    def _written(self, collection: Collection) -> str:
        schema, name = self._plain(table_name(collection, self._dataset))
        found = f"{schema}.{name}" if schema else name
        if found not in self._found:
            raise StoreError(f"{collection.dataset}:{collection.name}: there is no table {found}", retry=False)
        return found

    def _plain(self, name: Name) -> Name:
        return (None, name[1]) if name[0] == inspect(self._connection).default_schema_name else name

    def _target(self, name: str) -> _Target:
        if name not in self._targets:
            schema, _dot, plain = name.rpartition(".")
            place = (schema or None, plain)
            facts = inspect(self._connection).get_columns(plain, schema or None)
            self._targets[name] = _Target(
                name=name,
                table=self._tables.look_up(place),
                required=tuple(item["name"] for item in facts if _must_be_given(item)),
                references=self._found[name].references if name in self._found else (),
            )
        return self._targets[name]

    def _parents_first(self, names: Iterable[str]) -> list[str]:
        wanted = set(names)
        before = {name: _parents(self._found[name]) for name in self._found}
        try:
            return [name for name in TopologicalSorter(before).static_order() if name in wanted]
        except CycleError as error:
            circle = ", ".join(sorted(set(error.args[1])))
            raise StoreError(
                f"{self._dataset.key}: tables name each other in a circle: {circle}", retry=False
            ) from None


def _parents(found: FoundCollection) -> set[str]:
    return {reference.collection for reference in found.references} - {found.name}


def _must_be_given(column: Mapping[str, Any]) -> bool:
    fills_itself = column.get("default") is not None or column.get("computed") or column.get("identity")
    return not (column["nullable"] or fills_itself or column.get("autoincrement") is True)


class _Encoding:
    """Turns rows of JSON into rows that are bound."""

    def __init__(self, item: Arriving, target: _Target, dialect: str, doing: str) -> None:
        self._item, self._target, self._dialect, self._doing = item, target, dialect, doing
        self._ways: dict[str, Encode] = {}

    def row(self, row: Row) -> Row:
        """Return the row. Raises StoreError for a value or column that the table does not have."""
        return {name: self._value(name, value) for name, value in row.items()}

    def _value(self, name: str, value: Value) -> Any:
        if name not in self._ways:
            self._ways[name] = self._way(name)
        if value is None:
            # A column of JSON that must have a value holds JSON's own null.
            is_document = isinstance(self._target.table.types[name], sqltypes.JSON)
            return "null" if is_document and name in self._target.required else None
        try:
            return self._ways[name](value)
        except NotCarriedError as error:
            raise StoreError(f"{self._doing}.{name}: a value {error}", retry=False) from None

    def _way(self, name: str) -> Encode:
        if name not in self._target.table.types:
            raise StoreError(f"{self._doing}: the table has no column {name!r}", retry=False)
        try:
            return encoder(self._target.table.types[name], self._dialect, self._item.kinds.get(name, frozenset()))
        except StoreError as error:
            raise StoreError(f"{self._doing}.{name}: {error}", retry=False) from None


def _bound(value: Value) -> BindParameter[Any]:
    return bindparam(None, value, type_=_AsBound(), unique=True)


def _shapes(rows: Sequence[Row]) -> Iterator[list[Row]]:
    """Yield rows that have the same columns together: a statement for each."""
    shapes: dict[tuple[str, ...], list[Row]] = defaultdict(list)
    for row in rows:
        shapes[tuple(row)].append(row)
    yield from shapes.values()


def _ordered(item: Arriving, target: _Target) -> Iterator[Sequence[Row]]:
    """Yield batches of rows; those of a table that names itself after the rows that they name."""
    own = [reference for reference in target.references if reference.collection == target.name]
    if not own:
        yield from item.batches()
        return
    rows = [row for batch in item.batches() for row in batch]
    for reference in own[:1]:
        at = {tuple(row.get(name) for name in reference.targets): number for number, row in enumerate(rows)}
        named = {
            number: {at[key]} - {number}
            for number, row in enumerate(rows)
            if (key := tuple(row.get(name) for name in reference.fields)) in at
        }
        order = TopologicalSorter({number: named.get(number, set()) for number in range(len(rows))}).static_order()
        yield from ([rows[number]] for number in order)
