"""BSON's types as the plain values of dsar.values."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from bson import json_util
from bson.binary import Binary
from bson.dbref import DBRef
from bson.decimal128 import Decimal128
from bson.int64 import Int64
from bson.objectid import ObjectId

from dsar.values import Value


def plain(value: Any) -> Value:
    """Return the value in types that a bundle can carry, recursively.

    ObjectId becomes its 24 hexadecimal digits, Int64 an integer, Decimal128 a Decimal, Binary its bytes (a
    UUID only in subtype 4: the byte order of subtype 3 is not known). What has no plain form (regular expressions,
    timestamps, code, MinKey, MaxKey, DBRef, dates beyond the year 9999) is an object of MongoDB Extended JSON v2.
    """
    convert = _PLAIN.get(type(value))
    return convert(value) if convert else _extended(value)


def _same(value: Any) -> Value:
    return value


def _object(value: dict[str, Any]) -> dict[str, Value]:
    return {name: plain(item) for name, item in value.items()}


def _array(value: list[Any]) -> list[Value]:
    return [plain(item) for item in value]


def _extended(value: Any) -> Value:
    # Raises TypeError for what is no BSON type: nothing of the driver's may pass unseen.
    return plain(dict(json_util.default(value, json_util.CANONICAL_JSON_OPTIONS)))


_PLAIN: dict[type, Callable[[Any], Value]] = {
    type(None): _same,
    bool: _same,
    int: _same,
    float: _same,
    str: _same,
    bytes: _same,
    datetime: _same,
    UUID: _same,
    dict: _object,
    list: _array,
    Int64: int,
    Binary: bytes,
    ObjectId: str,
    DBRef: lambda value: plain(dict(value.as_doc())),
    Decimal128: lambda value: value.to_decimal(),
}
