"""Values as an export's JSON has them, as a driver binds them: the way back of dsar.stores.sql.values.

The column's own type says what a text means. Texts are handed over as they are where the server itself reads them.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from sqlalchemy import types as sqltypes
from sqlalchemy.dialects import mysql
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import TypeEngine

from dsar.stores.base import StoreError
from dsar.stores.sql import mariadb
from dsar.values import Value

Encode = Callable[[Value], Any]

_UNBOUND = {"INF": float("inf"), "-INF": float("-inf")}
_MOST_INTEGER = 1 << 63


class NotCarriedError(ValueError):
    """The value cannot be that of the column; the message says why, and quotes no value."""


def encoder(real_type: TypeEngine[Any], dialect: str, kinds: frozenset[str]) -> Encode:
    """Return what turns the values of a column into what is bound. Raises StoreError where JSON lost what they were.

    `kinds` are the types that were seen in the column. What is returned raises NotCarriedError.
    """
    if isinstance(real_type, sqltypes.JSON):
        return _document
    if dialect == "sqlite":
        return _sqlite(real_type, kinds)
    if dialect == "postgresql":
        return _postgresql(real_type)
    if dialect in mariadb.DIALECTS:
        return _mariadb(real_type)
    raise StoreError(f"rows cannot be loaded into {dialect} yet", retry=False)


def _document(value: Value) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _single(value: Value) -> Any:
    """Return a value that is one; an object or array in a column of text is kept as JSON, as it is read."""
    return _document(value) if isinstance(value, dict | list) else value


def _bytes(value: Value) -> bytes:
    try:
        return base64.b64decode(value, validate=True)
    except (TypeError, binascii.Error) as error:
        raise NotCarriedError("is no base64, and the column holds bytes") from error


def _sqlite(real_type: TypeEngine[Any], kinds: frozenset[str]) -> Encode:
    """Any column of SQLite may hold anything: whether a text stands for bytes is known from what was seen."""
    if "bytes" in kinds:
        if kinds & {"string", "datetime", "date", "time", "decimal"}:
            raise StoreError("it holds texts and bytes, which JSON writes alike", retry=False)
        return lambda value: _bytes(value) if isinstance(value, str) else _single(value)
    if isinstance(real_type, sqltypes.DateTime):
        return _sqlite_moment
    if "float" in kinds and "string" not in kinds:
        return lambda value: _UNBOUND.get(value, value) if isinstance(value, str) else _single(value)
    return lambda value: _sqlite_integer(_single(value))


def _sqlite_integer(value: Value) -> Any:
    if isinstance(value, int) and not -_MOST_INTEGER <= value < _MOST_INTEGER:
        raise NotCarriedError("is a number beyond 64 bits")
    return value


def _sqlite_moment(value: Value) -> Any:
    """Return a moment without an offset as SQLAlchemy writes it to SQLite; one with an offset as it is."""
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return _single(value)
    return value if moment.tzinfo else moment.isoformat(" ", "microseconds")


def _postgresql(real_type: TypeEngine[Any]) -> Encode:
    """The server reads numbers, moments, spans of seconds and its own types from their texts."""
    if isinstance(real_type, sqltypes.LargeBinary):
        return _bytes
    if isinstance(real_type, ARRAY):
        part = _postgresql(real_type.item_type)
        return lambda value: _array(value, part)
    if isinstance(real_type, sqltypes.String):
        return _single
    return _plain


def _array(value: Value, part: Encode) -> Any:
    if isinstance(value, list):
        return [None if item is None else _array(item, part) for item in value]
    return part(value)


def _plain(value: Value) -> Any:
    if isinstance(value, dict):
        if value.get("empty") is True:
            return "empty"
        if value.keys() == {"lower", "upper", "bounds"} and len(value["bounds"] or "") == 2:
            return _range(value)
    if isinstance(value, dict | list):
        raise NotCarriedError("is an object or array, and the column holds single values")
    return value


def _range(value: dict[str, Any]) -> str:
    """Return a range as PostgreSQL writes it; a bound that is not there has no text."""
    lower, upper = (_bound(value[name]) for name in ("lower", "upper"))
    return f"{value['bounds'][0]}{lower},{upper}{value['bounds'][1]}"


def _bound(value: Value) -> str:
    text = "" if value is None else str(value).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"' if text else ""


def _mariadb(real_type: TypeEngine[Any]) -> Encode:
    if isinstance(real_type, mysql.BIT):
        return _plain
    if isinstance(real_type, sqltypes._Binary):
        return _bytes
    if isinstance(real_type, mysql.SET):
        return lambda value: ",".join(value) if isinstance(value, list) else value
    if isinstance(real_type, sqltypes.Time):
        return _span
    if isinstance(real_type, sqltypes.DateTime):
        return _moment_in_utc
    return _single if isinstance(real_type, sqltypes.String) else _plain


def _span(value: Value) -> timedelta:
    try:
        return timedelta(microseconds=int(Decimal(value).scaleb(6)))
    except (TypeError, ValueError, InvalidOperation) as error:
        raise NotCarriedError("is no number of seconds") from error


def _moment_in_utc(value: Value) -> Any:
    """Return a moment in the zone of the session; what Python has no moment for is left to the server."""
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return _plain(value)
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment


def made_up(real_type: TypeEngine[Any], token: str) -> Any:
    """Return a value that a column takes and that means nothing, in the form that is bound; None where there is none.

    `token`: 32 random digits, of which a text is made that nobody knows beforehand, and that is nobody's.
    """
    if isinstance(real_type, sqltypes.Enum):
        return real_type.enums[0]
    found = next((value for kinds, value in _NOTHING if isinstance(real_type, kinds)), None)
    if found is not None:
        return found
    if isinstance(real_type, sqltypes.Uuid):
        return token
    length = getattr(real_type, "length", None)
    text = f"unset-{token}" if not length or length >= len(token) else token
    return text[:length] if isinstance(real_type, sqltypes.String | sqltypes.NullType) else None


_NOTHING: tuple[tuple[tuple[type[TypeEngine[Any]], ...], Any], ...] = (
    ((sqltypes.Boolean,), False),
    ((sqltypes.Integer, sqltypes.Numeric, sqltypes.Float), 0),
    ((sqltypes.JSON,), "{}"),
    ((sqltypes._Binary,), b""),
    ((sqltypes.DateTime,), datetime(1970, 1, 1, tzinfo=UTC).replace(tzinfo=None).isoformat(" ", "microseconds")),
    ((sqltypes.Date,), date(1970, 1, 1).isoformat()),
    ((ARRAY,), []),
)
