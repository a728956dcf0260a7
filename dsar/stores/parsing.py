"""JSON text to rows, without loss of long numbers."""

from __future__ import annotations

import json
import re
from math import isinf
from typing import Any

import orjson

from dsar.values import Row, Value

#: orjson turns integers beyond 64 bits into floats; 19 digits in a row are read by the slower exact parser.
_LONG_NUMBER = re.compile(rb"[0-9]{19}")


def parse(text: bytes) -> Value:
    """Return the value of a JSON text. Raises ValueError, whose message never quotes the text."""
    try:
        if _LONG_NUMBER.search(text):
            return json.loads(text, parse_constant=_refuse, parse_float=_finite)
        return orjson.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(type(error).__name__) from None


def rows_at(value: Value, path: tuple[str, ...]) -> list[Row]:
    """Return the rows in a document: the object or array of objects at the path. Raises ValueError."""
    for name in path:
        if not isinstance(value, dict) or name not in value:
            raise ValueError(f"has no {name!r}")
        value = value[name]
    rows = value if isinstance(value, list) else [value]
    if not all(isinstance(row, dict) for row in rows):
        raise ValueError("is no object")
    return rows


def _finite(text: str) -> float:
    number = float(text)
    if isinf(number):
        raise ValueError("too large a number")
    return number


def _refuse(name: str) -> Any:
    raise ValueError(name)
