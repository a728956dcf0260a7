"""The values of columns exactly as a database holds them, in types of JSON: to be written back without loss.

Each database is asked for the spelling that it reads back itself: PostgreSQL and MariaDB have a text for every value,
and SQLite, whose columns hold values of any type, tells the type of each.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import BindParameter, ColumnElement, Connection, Double, String, Text, case, func, text
from sqlalchemy import cast as sql_cast
from sqlalchemy.types import UserDefinedType

from dsar.stores.base import StoreError
from dsar.stores.sql import mariadb
from dsar.stores.sql.tables import Name, Table

_BINARY = frozenset({"binary", "varbinary", "tinyblob", "blob", "mediumblob", "longblob", "bit"})


class RawColumn(Protocol):
    """How one column's values are read and written."""

    #: How many values are read and bound for one of the column's.
    binds: int
    #: Whether the one value that is read is the spelling.
    is_spelt: bool

    def read(self, column: ColumnElement[Any]) -> Sequence[ColumnElement[Any]]:
        """Return the expressions that are read."""

    def spelt(self, values: Sequence[Any]) -> Any:
        """Return what was read in types of JSON; None for NULL."""

    def bound(self, spelling: Any) -> Sequence[Any]:
        """Return the values that are bound for a spelling."""

    def write(self, bound: Sequence[BindParameter[Any]]) -> ColumnElement[Any]:
        """Return the expression of the column's value."""


def raw_columns(connection: Connection, name: Name, table: Table) -> dict[str, RawColumn]:
    """Return every column of a table that is stored, not worked out of others. Raises StoreError."""
    dialect = connection.dialect.name
    if dialect == "sqlite":
        return _of_sqlite(connection, name)
    if dialect == "postgresql":
        return _of_postgresql(connection, name)
    if dialect in mariadb.DIALECTS:
        return _of_mariadb(connection, name)
    raise StoreError(f"rows of {dialect} cannot be kept as they are", retry=False)


@dataclass(frozen=True, slots=True)
class _Sqlite:
    """A value of any type: ["text", …] is one that is no UTF-8, which only its bytes tell."""

    binds = 2
    is_spelt = False

    def read(self, column: ColumnElement[Any]) -> Sequence[ColumnElement[Any]]:
        return column, func.typeof(column)

    def spelt(self, values: Sequence[Any]) -> Any:
        value, kind = values
        if isinstance(value, float):
            return ["real", value.hex()]
        return [kind, base64.b64encode(value).decode("ascii")] if isinstance(value, bytes) else value

    def bound(self, spelling: Any) -> Sequence[Any]:
        if not isinstance(spelling, list):
            return spelling, 0
        kind, text = spelling
        return (float.fromhex(text), 0) if kind == "real" else (base64.b64decode(text), int(kind == "text"))

    def write(self, bound: Sequence[BindParameter[Any]]) -> ColumnElement[Any]:
        value, is_text = bound
        return case((is_text == 1, sql_cast(value, Text)), else_=value)


def _of_sqlite(connection: Connection, name: Name) -> dict[str, RawColumn]:
    asked = text("SELECT name FROM pragma_table_xinfo(:name, :schema) WHERE hidden = 0 ORDER BY cid")
    found = connection.execute(asked, {"name": name[1], "schema": name[0] or "main"})
    return {column: _Sqlite() for column in found.scalars()}


class _Named(UserDefinedType[Any]):
    """A type by the name that the database itself has for it."""

    cache_ok = True

    def __init__(self, name: str) -> None:
        self.name = name

    def get_col_spec(self, **_options: Any) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class _Postgresql:
    """A value of any type by its text."""

    type: str
    binds = 1
    is_spelt = True

    def read(self, column: ColumnElement[Any]) -> Sequence[ColumnElement[Any]]:
        return (sql_cast(column, Text),)

    def spelt(self, values: Sequence[Any]) -> Any:
        return values[0]

    def bound(self, spelling: Any) -> Sequence[Any]:
        return (spelling,)

    def write(self, bound: Sequence[BindParameter[Any]]) -> ColumnElement[Any]:
        return sql_cast(sql_cast(bound[0], Text), _Named(self.type))


_POSTGRESQL = text(
    "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute"
    " JOIN pg_class ON pg_class.oid = attrelid JOIN pg_namespace ON pg_namespace.oid = relnamespace"
    " WHERE nspname = coalesce(:schema, current_schema()) AND relname = :name"
    " AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attnum"
)


def _of_postgresql(connection: Connection, name: Name) -> dict[str, RawColumn]:
    found = connection.execute(_POSTGRESQL, {"schema": name[0], "name": name[1]})
    return {column: _Postgresql(kind) for column, kind in found}


@dataclass(frozen=True, slots=True)
class _Mariadb:
    """A value by its text, or, where it is none, by its bytes in digits."""

    kind: str
    binds = 1
    is_spelt = True

    @property
    def is_binary(self) -> bool:
        return self.kind in _BINARY or (self.kind in mariadb.MORE_TYPES and not self.kind.startswith("inet"))

    def read(self, column: ColumnElement[Any]) -> Sequence[ColumnElement[Any]]:
        if self.is_binary:
            return (func.hex(column),)
        if self.kind == "float":  # written with six digits only
            column = sql_cast(column, Double)
        return (sql_cast(column, String),)

    def spelt(self, values: Sequence[Any]) -> Any:
        return values[0]

    def bound(self, spelling: Any) -> Sequence[Any]:
        return (spelling,)

    def write(self, bound: Sequence[BindParameter[Any]]) -> ColumnElement[Any]:
        return func.unhex(bound[0]) if self.is_binary else bound[0]


_MARIADB = text(
    "SELECT column_name, data_type FROM information_schema.columns"
    " WHERE table_schema = coalesce(:schema, database()) AND table_name = :name"
    " AND coalesce(generation_expression, '') = '' ORDER BY ordinal_position"
)


def _of_mariadb(connection: Connection, name: Name) -> dict[str, RawColumn]:
    found = connection.execute(_MARIADB, {"schema": name[0], "name": name[1]})
    return {column: _Mariadb(kind) for column, kind in found}


def parameters(columns: Mapping[str, RawColumn], row: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is bound for a row, by the names that `bindings` gave."""
    return {
        f"dsar_{number}_{part}": value
        for number, (name, column) in enumerate(columns.items())
        for part, value in enumerate(column.bound(row.get(name)))
    }


def bindings(columns: Mapping[str, RawColumn]) -> dict[str, ColumnElement[Any]]:
    """Return the expression of each column's value, with parameters in it."""
    return {
        name: column.write([BindParameter(f"dsar_{number}_{part}") for part in range(column.binds)])
        for number, (name, column) in enumerate(columns.items())
    }
