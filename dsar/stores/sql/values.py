"""Values as a driver gives them, turned into the plain Python types that a bundle can write."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from ipaddress import IPv4Address, IPv4Interface, IPv4Network, IPv6Address, IPv6Interface, IPv6Network
from typing import Any
from uuid import UUID

from psycopg.types.multirange import Multirange
from psycopg.types.range import Range
from sqlalchemy import types as sqltypes
from sqlalchemy.types import TypeEngine

from dsar.datamap.model import Field
from dsar.stores.base import StoreError
from dsar.stores.projection import structure
from dsar.stores.sql import mariadb
from dsar.values import Value

_PLAIN = frozenset({type(None), bool, int, float, str, Decimal, bytes, datetime, date, time, timedelta, UUID})


def plain_column(values: Sequence[Any]) -> Sequence[Value]:
    """Return the values of a column, each as `plain` returns it."""
    return values if set(map(type, values)) <= _PLAIN else list(map(plain, values))


def plain(value: Any) -> Value:
    """Return the value in types that dsar.values writes. Raises StoreError (not for retry) for a foreign type."""
    if type(value) in _PLAIN:
        return value
    for kinds, convert in _CONVERTERS:
        if isinstance(value, kinds):
            return convert(value)
    raise StoreError(f"the database returned a value of type {type(value).__name__}, which is not known", retry=False)


def _range(value: Range[Any]) -> Value:
    """Return bounds by name; a range that contains nothing has none (null bounds would mean: everything)."""
    if value.isempty:
        return {"empty": True}
    return {"lower": plain(value.lower), "upper": plain(value.upper), "bounds": value.bounds}


_Converter = Callable[[Any], Value]
_CONVERTERS: tuple[tuple[tuple[type, ...], _Converter], ...] = (
    ((memoryview, bytearray), bytes),
    ((Range,), _range),
    ((Enum,), lambda value: plain(value.value)),
    ((Mapping,), lambda value: {str(key): plain(part) for key, part in value.items()}),
    ((list, tuple, Multirange), lambda value: [plain(part) for part in value]),
    ((set, frozenset), lambda value: sorted((plain(part) for part in value), key=str)),
    ((IPv4Address, IPv4Interface, IPv4Network, IPv6Address, IPv6Interface, IPv6Network), str),
    # Subclasses of the plain types, which JSON must not be left to guess at.
    ((str,), lambda value: str.__str__(value)),
    ((int,), int),
    ((float,), float),
)


def holds_documents(item: Field | None, real_type: TypeEngine[Any]) -> bool:
    """Return whether a column holds objects or arrays that are no array of the database: as JSON, or as its text."""
    if isinstance(real_type, sqltypes.JSON):
        return True
    is_declared = item is not None and (bool(item.fields) or (item.data_type or "").endswith("[]"))
    return is_declared and not isinstance(real_type, sqltypes.ARRAY)


def reader_of(item: Field | None, real_type: TypeEngine[Any], dialect: str) -> _Converter:
    """Return the function that turns this column's values into plain ones, and texts of JSON into documents."""
    read = reader(real_type, dialect, item.data_type if item else None)
    if isinstance(real_type, sqltypes.JSON) or not holds_documents(item, real_type):
        return read
    return lambda value: structure(read(value))


def reader(real_type: TypeEngine[Any], dialect: str, data_type: str | None) -> _Converter:
    """Return the function that turns this column's values into plain ones.

    SQLite stores neither booleans, dates nor decimals: the column's declared type says what a value means,
    and a value that is not written so stays what it is.
    """
    if dialect in mariadb.DIALECTS:
        return mariadb.reader(real_type, data_type) or plain
    if dialect == "postgresql":
        return next((convert for kinds, convert in _POSTGRESQL if isinstance(real_type, kinds)), plain)
    if dialect != "sqlite":
        return plain
    if data_type == "boolean":
        return _sqlite_boolean
    if isinstance(real_type, sqltypes.Numeric) and getattr(real_type, "scale", None):
        return _sqlite_money
    return next((convert for kinds, convert in _SQLITE if isinstance(real_type, kinds)), plain)


def _sqlite_boolean(value: Value) -> Value:
    return bool(value) if type(value) is int and value in (0, 1) else value


def _sqlite_decimal(value: Value) -> Value:
    return Decimal(repr(value)) if isinstance(value, float) else value


def _sqlite_money(value: Value) -> Value:
    """Return a number of a column with decimal places: SQLite keeps whole ones, 5.00, as the integer 5."""
    return Decimal(value) if type(value) is int else _sqlite_decimal(value)


class Parsing:
    """Reads texts as values; what is no such text stays what it is."""

    def __init__(self, parse: Callable[[str], Value]) -> None:
        self._parse = parse

    def __call__(self, value: Value) -> Value:
        if not isinstance(value, str):
            return value
        try:
            return self._parse(value)
        except ValueError:
            return value

    def column(self, values: Sequence[Any]) -> list[Value]:
        try:
            return list(map(self._parse, values))
        except (ValueError, TypeError):  # a null, or what is no such text
            return [self(value) for value in values]


_SQLITE: tuple[tuple[tuple[type[TypeEngine[Any]], ...], _Converter], ...] = (
    ((sqltypes.Boolean,), _sqlite_boolean),
    ((sqltypes.DateTime,), Parsing(datetime.fromisoformat)),
    ((sqltypes.Date,), Parsing(date.fromisoformat)),
    ((sqltypes.Time,), Parsing(time.fromisoformat)),
    ((sqltypes.JSON,), Parsing(json.loads)),
    ((sqltypes.Numeric,), _sqlite_decimal),
)
#: Read as text (see Table.read): psycopg's own reader of a moment is the slowest part of a long table. What Python has
#: no moment for (infinity, years BC) stays the text that PostgreSQL writes.
_POSTGRESQL: tuple[tuple[tuple[type[TypeEngine[Any]], ...], _Converter], ...] = (
    ((sqltypes.DateTime,), Parsing(datetime.fromisoformat)),
    ((sqltypes.Date,), Parsing(date.fromisoformat)),
)
