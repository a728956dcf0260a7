"""The values of a join key as bytes, from which come equal values of equal types: on disk and in key files."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson

from dsar.values import Value


def spell(values: tuple[Value, ...]) -> bytes:
    """Return the values as JSON, without a line's end."""
    return orjson.dumps([_spell(value) for value in values])


def unspell(spelled: bytes) -> tuple[Value, ...]:
    """Return what `spell` was given. Raises ValueError for anything else."""
    return read_values(orjson.loads(spelled))


def read_values(data: Any) -> tuple[Value, ...]:
    """Return values from parsed JSON. Raises ValueError if `spell` did not write it."""
    try:
        return tuple([_READERS[name](text) for name, text in data])
    except (KeyError, TypeError, ArithmeticError) as error:
        raise ValueError("these are no values of a key") from error


def _spell(value: Value) -> tuple[str, Any]:
    name, write = _WRITERS[type(value)]
    return name, write(value)


def _same(value: Any) -> Any:
    return value


def _text(value: str) -> str:
    """Return base64: lone surrogates, which some stores hold, are no JSON."""
    return base64.b64encode(value.encode("utf-8", "surrogatepass")).decode("ascii")


def _read_text(text: str) -> str:
    return base64.b64decode(text).decode("utf-8", "surrogatepass")


_WRITERS: Mapping[type, tuple[str, Callable[[Any], Any]]] = {
    bool: ("boolean", _same),
    int: ("integer", str),
    float: ("float", float.hex),
    str: ("string", _text),
    Decimal: ("decimal", str),
    bytes: ("bytes", lambda value: base64.b64encode(value).decode("ascii")),
    datetime: ("datetime", datetime.isoformat),
    date: ("date", date.isoformat),
    time: ("time", time.isoformat),
    UUID: ("uuid", str),
}
_READERS: Mapping[str, Callable[[Any], Any]] = {
    "boolean": _same,
    "integer": int,
    "float": float.fromhex,
    "string": _read_text,
    "decimal": Decimal,
    "bytes": base64.b64decode,
    "datetime": datetime.fromisoformat,
    "date": date.fromisoformat,
    "time": time.fromisoformat,
    "uuid": UUID,
}
KEY_TYPES = frozenset(_WRITERS)
