"""The values that travel from a store to a bundle, and how JSON writes each of them.

Pure: knows nothing of Django, stores or bundles. JSON Lines is the authority of a bundle, so every
type has one spelling here that loses nothing; the type itself is told by the schema beside the rows
(never by a tag inside them: a person's own string may look like any tag).
"""

from __future__ import annotations

import base64
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

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
    return value_to_json(row)


def value_to_json(value: Value) -> bytes:
    """Return one value as `to_json` spells it in a row. Raises TypeError."""
    try:
        # Passing subclasses through matters: an IntEnum or a str subclass of a driver must not be guessed at.
        return orjson.dumps(plain_json(value), option=orjson.OPT_PASSTHROUGH_SUBCLASS)
    except orjson.JSONEncodeError as error:
        raise TypeError(str(error)) from error


def plain_json(value: Value) -> Value:
    """Return the value in types that JSON has, recursively. Raises TypeError for an unknown type."""
    encode = _ENCODERS.get(type(value))
    if encode is None:
        raise TypeError(f"a store returned a value of type {type(value).__name__}, which no bundle can carry")
    return encode(value)


def _same(value: Value) -> Value:
    return value


def _integer(value: int) -> Value:
    # As orjson has it, with or without a sign: a column's values are spelt alike, one by one or all at once.
    return value if -_INT64 <= value < 2 * _INT64 else str(value)


def _float(value: float) -> Value:
    if value != value:
        return "NaN"
    if value in (float("inf"), float("-inf")):
        return "INF" if value > 0 else "-INF"
    return value


def is_text(value: str) -> bool:
    """Return whether it is Unicode text: a lone surrogate is none, and no JSON reader would take it."""
    return value.isascii() or not any("\ud800" <= letter <= "\udfff" for letter in value)


def as_text(value: str) -> str:
    """Return the value as Unicode text; in the place of what is none stands a visible replacement."""
    return value.encode("utf-8", "replace").decode() if not value.isascii() else value


def on_one_line(text: str) -> str:
    """Return a text for a terminal: controls, which could rub out or fake lines, are spelt as escapes."""
    return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in text)


_ENCODERS: dict[type, Any] = {
    type(None): _same,
    bool: _same,
    int: _integer,
    float: _float,
    str: as_text,
    Decimal: str,
    bytes: lambda value: base64.b64encode(value).decode("ascii"),
    datetime: lambda value: value.isoformat(),
    date: lambda value: value.isoformat(),
    time: lambda value: value.isoformat(),
    timedelta: lambda value: str(Decimal(value // timedelta(microseconds=1)).scaleb(-6)),
    UUID: str,
    list: lambda value: [plain_json(item) for item in value],
    tuple: lambda value: [plain_json(item) for item in value],
    dict: lambda value: {as_text(str(key)): plain_json(item) for key, item in value.items()},
}

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
