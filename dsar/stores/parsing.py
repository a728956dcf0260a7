"""JSON text to rows, without loss of long numbers."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from math import isinf
from typing import Any

import orjson

from dsar.values import Row, Value

#: orjson turns integers beyond 64 bits into floats, and rounds fractions to them: what a float might not hold is read
#: by the slower exact parser.
_LONG_NUMBER = re.compile(rb"[0-9]{19}|(?=[0-9.]{17})[0-9]+\.")


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


def exact_number(text: str) -> float | Decimal:
    """Return a JSON number as a float if that is exactly it, else as a Decimal."""
    number = float(text)
    exact = Decimal(text)
    return number if Decimal(repr(number)) == exact else exact


def _finite(text: str) -> float | Decimal:
    if isinf(float(text)):
        raise ValueError("too large a number")
    return exact_number(text)


def _refuse(name: str) -> Any:
    raise ValueError(name)
