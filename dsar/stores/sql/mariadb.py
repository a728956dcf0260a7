"""What MariaDB and MySQL say in their own way: a snapshot, a time limit, and types that the driver does not know."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, Connection, ExceptionContext, LargeBinary, String, text
from sqlalchemy import types as sqltypes
from sqlalchemy.dialects import mysql
from sqlalchemy.exc import NoSuchTableError
from sqlalchemy.types import TypeEngine

from dsar.stores.parsing import exact_number
from dsar.values import Value

ForeignKey = tuple[tuple[str, ...], tuple[str | None, str], tuple[str, ...]]

DIALECTS = frozenset({"mysql", "mariadb"})

#: Takes the snapshot at once; without it, the first table that is read would take it.
BEGIN = "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY"
#: A value that a column cannot hold is an error, and not cut down to one that it can.
STRICT = "STRICT_ALL_TABLES"
BEGIN_CHANGES = "START TRANSACTION WITH CONSISTENT SNAPSHOT"

#: Types that SQLAlchemy does not know, and would take for a mistake.
MORE_TYPES: dict[str, type[TypeEngine[Any]]] = {
    **dict.fromkeys(("inet4", "inet6"), String),
    **dict.fromkeys(
        ("geometry", "point", "linestring", "polygon", "multipoint", "multilinestring", "multipolygon"), LargeBinary
    ),
    "geometrycollection": LargeBinary,
}

_COLUMNS = text(
    "SELECT column_name, data_type, character_maximum_length FROM information_schema.columns"
    " WHERE table_schema = coalesce(:schema, database()) AND table_name = :name ORDER BY ordinal_position"
)
_WITH_LENGTH = frozenset({"char", "varchar"})
_PRIMARY_KEY = text(
    "SELECT column_name FROM information_schema.key_column_usage"
    " WHERE table_schema = coalesce(:schema, database()) AND table_name = :name"
    " AND constraint_name = 'PRIMARY' ORDER BY ordinal_position"
)
_FOREIGN_KEYS = text(
    "SELECT constraint_name, column_name, referenced_table_schema, referenced_table_name, referenced_column_name"
    " FROM information_schema.key_column_usage"
    " WHERE table_schema = coalesce(:schema, database()) AND table_name = :name"
    " AND referenced_table_name IS NOT NULL ORDER BY constraint_name, ordinal_position"
)
#: MariaDB keeps JSON as text, with a condition of the column's name that it be JSON.
_JSON_COLUMNS = text(
    "SELECT constraint_name FROM information_schema.check_constraints"
    " WHERE constraint_schema = coalesce(:schema, database()) AND table_name = :name"
    " AND level = 'Column' AND check_clause LIKE 'json_valid(%'"
)


def prepare_connection(connection: Any, _record: Any, *, seconds: float, sql_mode: str) -> None:
    """Set up a new connection of PyMySQL: UTC, no sql_mode that changes what is read, and a time limit a statement."""
    limit = f"max_statement_time={seconds}"
    if "MariaDB" not in connection.get_server_info():
        limit = f"max_execution_time={int(seconds * 1000)}"
    with connection.cursor() as cursor:
        cursor.execute(f"SET SESSION sql_mode='{sql_mode}', time_zone='+00:00', {limit}")


@contextmanager
def hung_up_on(connection: Connection) -> Iterator[None]:
    """Close the connection where the block fails: the driver would read what is left of a result to its end."""
    try:
        yield
    except BaseException:
        if connection.dialect.name in DIALECTS and not connection.invalidated:
            _forget_result(connection.connection.dbapi_connection)
            connection.invalidate()
        raise


def forget_lost_result(context: ExceptionContext) -> None:
    """Read nothing more from a connection that was lost, for SQLAlchemy's event handle_error: PyMySQL would try."""
    if context.is_disconnect and context.connection is not None:
        _forget_result(context.connection.connection.dbapi_connection)


def _forget_result(connection: Any) -> None:
    """Have PyMySQL take its result for read: else it reads on from the closed connection when the cursor goes."""
    if connection._result is not None:
        connection._result.unbuffered_active = False


def columns(connection: Connection, schema: str | None, name: str) -> dict[str, TypeEngine[Any]]:
    """Return the columns of a table or view with their types. Raises NoSuchTableError.

    SQLAlchemy takes apart the words of SHOW CREATE TABLE, which fails at names with a backtick or a line's end.
    """
    place, known = {"schema": schema, "name": name}, connection.dialect.ischema_names  # type: ignore[attr-defined]
    types = {
        column: known[kind](length) if kind in _WITH_LENGTH else known.get(kind, sqltypes.NullType)()
        for column, kind, length in connection.execute(_COLUMNS, place)
    }
    if not types:
        raise NoSuchTableError(name)
    if getattr(connection.dialect, "is_mariadb", False):
        types |= dict.fromkeys(connection.execute(_JSON_COLUMNS, place).scalars(), JSON())
    return types


def primary_key(connection: Connection, schema: str | None, name: str) -> list[str]:
    """Return the columns of the primary key in order; none for a table without one."""
    return list(connection.execute(_PRIMARY_KEY, {"schema": schema, "name": name}).scalars())


def foreign_keys(connection: Connection, schema: str | None, name: str) -> list[ForeignKey]:
    """Return the foreign keys of a table: columns, the schema and table they name (None: the same), columns there."""
    found: dict[str, list[Any]] = {}
    for row in connection.execute(_FOREIGN_KEYS, {"schema": schema, "name": name}):
        found.setdefault(row[0], []).append(row)
    here = schema or connection.execute(text("SELECT database()")).scalar_one()
    return [
        (
            tuple(row[1] for row in rows),
            (schema if rows[0][2] == here else rows[0][2], rows[0][3]),
            tuple(row[4] for row in rows),
        )
        for rows in found.values()
    ]


def reader(real_type: TypeEngine[Any], data_type: str | None) -> Callable[[Value], Value] | None:
    """Return the function that turns the driver's values of a column into plain ones; None where they are plain.

    A boolean is a number here, and TINYINT(1) holds 2 and -1 as well: only what the data map declares to be a
    boolean is read as one. A zero date, which Python does not have, stays the text that the server writes.
    """
    if isinstance(real_type, mysql.BIT):
        return partial(_bits, is_boolean=data_type == "boolean")
    if data_type == "boolean" and isinstance(real_type, sqltypes.Integer):
        return _boolean
    return next((convert for kinds, convert in _READERS if isinstance(real_type, kinds)), None)


def _boolean(value: Value) -> Value:
    return bool(value) if value in (0, 1) else value


def _bits(value: Value, *, is_boolean: bool) -> Value:
    number = int.from_bytes(value, "big") if isinstance(value, bytes) else value
    return _boolean(number) if is_boolean and number is not None else number


def _json(value: Value) -> Value:
    return json.loads(value, parse_float=exact_number) if isinstance(value, str) else value


def _uuid(value: Value) -> Value:
    return UUID(value) if isinstance(value, str) else value


def _timestamp(value: Value) -> Value:
    """Return a TIMESTAMP as the instant that it is; the session's zone is UTC."""
    return value.replace(tzinfo=UTC) if isinstance(value, datetime) else value


def single(value: Value) -> Value:
    """Return a number of four bytes, read as one of eight, with the fewest digits that mean the same four bytes."""
    if not isinstance(value, float):
        return value
    wanted = struct.pack("f", value)
    return next(number for digits in range(6, 10) if struct.pack("f", number := float(f"{value:.{digits}g}")) == wanted)


_READERS: tuple[tuple[tuple[type[TypeEngine[Any]], ...], Callable[[Value], Value]], ...] = (
    ((sqltypes.JSON,), _json),
    ((sqltypes.Uuid,), _uuid),
    ((mysql.TIMESTAMP,), _timestamp),
    ((mysql.FLOAT,), single),
)
