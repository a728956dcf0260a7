"""What has to be known of a table before rows of it go by their time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    and_,
    any_,
    bindparam,
    exists,
    inspect,
    literal_column,
    not_,
    or_,
    select,
    text,
    true,
    tuple_,
    type_coerce,
)
from sqlalchemy import column as sql_column
from sqlalchemy import table as sql_table
from sqlalchemy import types as sqltypes
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import TypeEngine

from dsar.datamap.model import Collection, Dataset
from dsar.stores.base import FoundCollection, FoundReference, Selection, StoreError
from dsar.stores.expiring import Expiry
from dsar.stores.noticing import Noticed
from dsar.stores.sql import mariadb
from dsar.stores.sql.chunks import Chunks, fixed
from dsar.stores.sql.expiring import times
from dsar.stores.sql.introspection import describe
from dsar.stores.sql.tables import Table, Tables, table_name

Key = tuple[Any, ...]
#: Keys to leave out in a statement; of more, every row is read and decided over.
_MOST_LEFT_OUT = 5_000
_HAS_ROW_IDS = text("SELECT NOT wr FROM pragma_table_list WHERE name = :name COLLATE NOCASE AND type = 'table'")


@dataclass(frozen=True)
class Naming:
    """Rows of another table, or of the same, that name a row: `condition` holds for a row that one names."""

    table: str
    condition: ColumnElement[bool]
    is_own: bool


class Described:
    """A collection's table as it is, and the conditions on its rows."""

    def __init__(self, dataset: Dataset, collection: Collection, expiry: Expiry, connection: Connection) -> None:
        self.collection, self.expiry = collection, expiry
        self.dialect = connection.dialect.name
        self.table: Table = Tables(dataset, connection, Noticed(dataset)).get(collection)
        self._time = expiry.time_field.partition(".")[0]
        self.is_nested = "." in expiry.time_field
        self.kind: TypeEngine[Any] = self.table.types[self._time]
        found = describe(dataset, connection)
        self.key = self._key(dataset, connection, found)
        self.naming = tuple(self._naming(dataset, connection, found))
        self.only: ColumnElement[bool] = and_(true(), *fixed(collection, expiry.only, self.table, self.dialect))

    @property
    def name(self) -> str:
        return f"{self.collection.dataset}:{self.collection.name}"

    @property
    def time(self) -> ColumnElement[Any]:
        return self.table.clause.c[self._time]

    def can_tell_without(self, kept: Sequence[Selection]) -> bool:
        """Return whether a statement can tell exactly which rows are past, but for those that selections mean."""
        return (
            not self.is_nested
            and times.is_typed(self.kind, self.dialect)
            and self._are_exact(self.expiry.only)
            and sum(len(part.values) for item in kept for part in item.alternatives) <= _MOST_LEFT_OUT
            and not any(self.chunks(item).is_loose for item in kept)
        )

    def _are_exact(self, only: Any) -> bool:
        """Return whether fixed values are compared as Python does: a collation may find equal what is not."""
        return self.dialect == "postgresql" or all(isinstance(value, int) for value in only.values())

    def past_but(self, kept: Sequence[Selection]) -> ColumnElement[bool]:
        """Return the condition of rows that are past by the general days, but for those that selections mean."""
        left_out = [condition.is_not(true()) for item in kept for condition in self.conditions(item)]
        return and_(times.before(self.time, self.kind, self.expiry.general, self.dialect), self.only, *left_out)

    def maybe_past(self) -> ColumnElement[bool]:
        """Return a condition that lets every row through that may be past by anybody's days."""
        if self.is_nested:
            return self.only
        return and_(times.at_least_before(self.time, self.kind, self.expiry.soonest, self.dialect), self.only)

    def conditions(self, selection: Selection) -> list[ColumnElement[bool]]:
        return list(self.chunks(selection).conditions())

    def chunks(self, selection: Selection) -> Chunks:
        return Chunks(self.collection, selection, self.table, self.dialect)

    def unnamed(self) -> list[ColumnElement[bool]]:
        """Return the conditions that nothing names a row."""
        return [not_(item.condition) for item in self.naming]

    def beyond(self, key: Key | None) -> ColumnElement[bool]:
        """Return the condition of rows after a key (of values, or of parameters for them), in the order of keys."""
        return true() if key is None else _compared(self.key, key, self.dialect, "gt")

    def up_to(self, key: Key | None) -> ColumnElement[bool]:
        return true() if key is None else _compared(self.key, key, self.dialect, "le")

    def among(self, keys: Sequence[Key]) -> ColumnElement[bool]:
        if len(self.key) > 1:
            return tuple_(*self.key).in_(keys)
        values = [key[0] for key in keys]
        if self.dialect == "postgresql":
            return self.key[0] == any_(bindparam(None, values, type_=ARRAY(self.key[0].type), unique=True))
        return self.key[0].in_(values)

    def _key(
        self, dataset: Dataset, connection: Connection, found: Sequence[FoundCollection]
    ) -> tuple[ColumnElement[Any], ...]:
        """Return what names a row. Raises StoreError if nothing does."""
        own = next((item for item in found if self.collection.name in item.declared), None)
        if self.dialect == "sqlite" and connection.execute(_HAS_ROW_IDS, {"name": self.table.clause.name}).scalar():
            return (literal_column("_rowid_", sqltypes.Integer()),)
        if own is not None and own.primary_key:
            return tuple(self._typed(name) for name in own.primary_key)
        raise StoreError(f"{self.name}: its rows have no primary key by which they could be deleted", retry=False)

    def _typed(self, name: str) -> ColumnElement[Any]:
        """Return a column of the key with its type, by which its values are sent back; SQLite has none to speak of."""
        found = self.table.clause.c[name]
        return found if self.dialect == "sqlite" else type_coerce(found, self.table.types[name])

    def _naming(self, dataset: Dataset, connection: Connection, found: Sequence[FoundCollection]) -> list[Naming]:
        schema, name = table_name(self.collection, dataset)
        if schema == inspect(connection).default_schema_name:
            schema = None
        own = f"{schema}.{name}" if schema else name
        return [
            self._named_by(child.name, reference, is_own=child.name == own)
            for child in found
            for reference in child.references
            if reference.collection == own
        ]

    def _named_by(self, name: str, reference: FoundReference, *, is_own: bool) -> Naming:
        schema, _dot, plain = name.rpartition(".")
        columns = dict.fromkeys([*reference.fields, *(reference.targets if is_own else ())])
        child = sql_table(plain, *map(sql_column, columns), schema=schema or None).alias("naming")
        parts = zip(reference.fields, reference.targets, strict=True)
        joined: list[ColumnElement[bool]] = [child.c[field] == self.table.clause.c[target] for field, target in parts]
        if is_own and self.dialect not in mariadb.DIALECTS:  # a row may name itself; MariaDB then refuses to delete it
            joined.append(or_(*(child.c[key] != self.table.clause.c[key] for key in reference.targets)))
        named = exists(select(1).select_from(child).where(*joined).correlate(self.table.clause))
        return Naming(name, named, is_own)


def _compared(columns: tuple[ColumnElement[Any], ...], key: Key, dialect: str, how: str) -> ColumnElement[bool]:
    """Return the condition that a key is greater than another, or not greater."""
    if dialect in mariadb.DIALECTS and len(columns) > 1:  # it compares tuples without looking into its index
        greater = or_(
            *(
                and_(*(columns[before] == key[before] for before in range(at)), columns[at] > key[at])
                for at in range(len(columns))
            )
        )
        bounded = columns[0] >= key[0] if how == "gt" else columns[0] <= key[0]
        return and_(bounded, greater if how == "gt" else not_(greater))
    bound: list[ColumnElement[Any]] = [
        value if isinstance(value, BindParameter) else bindparam(None, value, unique=True) for value in key
    ]
    left: Any = columns[0] if len(columns) == 1 else tuple_(*columns)
    right: Any = bound[0] if len(columns) == 1 else tuple_(*bound)
    return left > right if how == "gt" else left <= right  # type: ignore[no-any-return]
