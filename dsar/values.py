"""The values that travel from a store to a bundle, and how JSON writes each of them.

Pure: knows nothing of Django, stores or bundles. JSON Lines is the authority of a bundle, so every
type has one spelling here that loses nothing; the type itself is told by the schema beside the rows
(never by a tag inside them: a person's own string may look like any tag).
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from math import isfinite
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson

#: None, bool, int, float, Decimal, str, bytes, date, datetime, time, timedelta, UUID, list or dict of them.
Value = Any
#: One row: field name -> value, nested objects as dicts, arrays as lists.
Row = dict[str, Value]

_INT64 = 1 << 63


def to_json(row: Row) -> bytes:
    """Return the row as one line of JSON, without the line end.

    Decimal and integers beyond 64 bits become strings of digits, bytes base64 (RFC 4648), dates and
    times ISO 8601 with their offset, timedelta seconds as a decimal string, UUID its canonical text,
    and the floats that JSON cannot say (NaN, infinities) "NaN", "INF", "-INF" (XML Schema's spelling).
    Raises TypeError for a value of any other type: nothing is written that could not be read back.
    """
    try:
        # Passing subclasses through matters: an IntEnum or a str subclass of a driver must not be guessed at.
        return orjson.dumps(_plain(row), option=orjson.OPT_PASSTHROUGH_SUBCLASS)
    except orjson.JSONEncodeError as error:
        raise TypeError(str(error)) from error


def to_lines(rows: Sequence[Row]) -> bytes:
    """Return the rows as lines of JSON with their ends: `to_json` of each. Raises TypeError as that does."""
    if _is_easy(rows):
        try:
            return _joined(_dumps(row, _extra, _OPTIONS) for row in rows)
        except orjson.JSONEncodeError:
            pass  # a long number, half a character: what JSON has no word for is spelt below
    return _joined(to_json(row) + b"\n" for row in rows)


def _joined(lines: Iterable[bytes]) -> bytes:
    # One by one: what orjson returns holds far more memory than it needs while it lives.
    result = bytearray()
    for line in lines:
        result += line
    return bytes(result)


def _is_easy(rows: Sequence[Row]) -> bool:
    """Return whether orjson by itself writes these values as `to_json` does, or calls `_extra` or fails."""
    values = [value for row in rows for value in row.values()]
    types = set(map(type, values))
    if not types <= _EASY:
        return False
    if float in types and not all(isfinite(value) for value in values if type(value) is float):
        return False
    return datetime not in types or {value.tzinfo for value in values if type(value) is datetime} <= _EASY_ZONES


def _plain(value: Value) -> Value:
    """Return the value in types that JSON has, recursively. Raises TypeError for an unknown type."""
    encode = _ENCODERS.get(type(value))
    if encode is None:
        raise TypeError(f"a store returned a value of type {type(value).__name__}, which no bundle can carry")
    return encode(value)


def _same(value: Value) -> Value:
    return value


def _integer(value: int) -> Value:
    return value if -_INT64 <= value < _INT64 else str(value)


def _float(value: float) -> Value:
    if value != value:
        return "NaN"
    if value in (float("inf"), float("-inf")):
        return "INF" if value > 0 else "-INF"
    return value


def _text(value: str) -> str:
    # A lone surrogate is not Unicode text and no JSON reader would take it; the replacement is visible.
    return value.encode("utf-8", "replace").decode() if not value.isascii() else value


_ENCODERS: dict[type, Any] = {
    type(None): _same,
    bool: _same,
    int: _integer,
    float: _float,
    str: _text,
    Decimal: str,
    bytes: lambda value: base64.b64encode(value).decode("ascii"),
    datetime: lambda value: value.isoformat(),
    date: lambda value: value.isoformat(),
    time: lambda value: value.isoformat(),
    timedelta: lambda value: str(Decimal(value // timedelta(microseconds=1)).scaleb(-6)),
    UUID: str,
    list: lambda value: [_plain(item) for item in value],
    tuple: lambda value: [_plain(item) for item in value],
    dict: lambda value: {_text(str(key)): _plain(item) for key, item in value.items()},
}

_dumps, _OPTIONS = orjson.dumps, orjson.OPT_PASSTHROUGH_SUBCLASS | orjson.OPT_APPEND_NEWLINE
#: Types that orjson writes as `_ENCODERS` do, and those that it hands to `_extra`.
_EASY = frozenset({type(None), bool, int, str, float, datetime, date, UUID, Decimal, bytes, timedelta})
_EASY_ZONES = frozenset({None, UTC, ZoneInfo("UTC")})


def _extra(value: Value) -> Value:
    return _plain(value)


TYPE_NAMES: dict[type, str] = {
    bool: "boolean",
    int: "integer",
    float: "float",
    str: "string",
    Decimal: "decimal",
    bytes: "bytes",
    datetime: "datetime",
    date: "date",
    time: "time",
    timedelta: "duration",
    UUID: "uuid",
    list: "array",
    tuple: "array",
    dict: "object",
}


def type_name(value: Value) -> str | None:
    """Return the name by which a bundle's schema calls the value's type; None for a missing value."""
    return None if value is None else TYPE_NAMES[type(value)]


def at_path(row: Row, path: str) -> Iterable[Value]:
    """Yield every value at a dotted path; arrays on the way are walked element by element.

    A missing key yields nothing, a null yields None: the two differ for a join and for a reader.
    """
    yield from _walk(row, path.split("."))


def _walk(value: Value, names: list[str]) -> Iterable[Value]:
    if isinstance(value, list):
        for item in value:
            yield from _walk(item, names)
    elif not names:
        yield value
    elif isinstance(value, dict) and names[0] in value:
        yield from _walk(value[names[0]], names[1:])
