"""What each type of Redis value is as a row."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from dsar.datamap.model import Collection, Field
from dsar.stores.casting import cast
from dsar.stores.parsing import parse
from dsar.values import Row, Value


@dataclass(frozen=True, slots=True)
class ValueType:
    """How a value is asked of a pipeline, and how the answer becomes a row (None: there is no such key).

    `row` raises ValueError for an answer that is not what the data map says.
    """

    ask: Callable[[Any, bytes], Any]
    row: Callable[[Any, Mapping[str, Field]], Row | None]


def make_row(kind: str, answer: Any, fields: Mapping[str, Field]) -> Row | None:
    """Return the row in a server's answer, or None if the key has gone. Raises ValueError."""
    return TYPES[kind].row(answer, fields)


def fields_of(collection: Collection) -> dict[str, Field]:
    return {item.name: item for item in collection.fields}


def text(raw: bytes) -> str | bytes:
    """Return UTF-8 as text; other bytes stay bytes."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw


def typed(raw: bytes, item: Field | None) -> Value:
    """Return the value as its declared type; one that is not written so stays what it is."""
    value = text(raw)
    if item is None or item.data_type is None or isinstance(value, bytes):
        return value
    if item.data_type == "object" or item.data_type.endswith("[]"):
        return _structure(raw, value)
    found = cast(value, item.data_type)
    return value if found is None else found


def _structure(raw: bytes, value: str) -> Value:
    try:
        return parse(raw)
    except ValueError:
        return value


def _hash(answer: Mapping[bytes, bytes], fields: Mapping[str, Field]) -> Row | None:
    named = {name.decode("utf-8", "backslashreplace"): raw for name, raw in answer.items()}
    return {name: typed(raw, fields.get(name)) for name, raw in named.items()} or None


def _string(answer: bytes | None, fields: Mapping[str, Field]) -> Row | None:
    return None if answer is None else {"value": typed(answer, fields.get("value"))}


def _json(answer: bytes | None, _fields: Mapping[str, Field]) -> Row | None:
    found = None if answer is None else parse(answer)
    if answer is not None and not isinstance(found, dict):
        raise ValueError("no object")
    return found


def _elements(answer: list[bytes], fields: Mapping[str, Field]) -> Row | None:
    return {"values": [_element(raw, fields.get("values")) for raw in answer]} if answer else None


def _element(raw: bytes, item: Field | None) -> Value:
    value = text(raw)
    if item is None or isinstance(value, bytes):
        return value
    if (item.data_type or "").removesuffix("[]") == "object":
        return _structure(raw, value)
    found = cast(value, item.data_type)
    return value if found is None else found


def _members(answer: list[tuple[bytes, float]], fields: Mapping[str, Field]) -> Row | None:
    item = next((part for part in getattr(fields.get("members"), "fields", ()) if part.name == "member"), None)
    members = [{"member": typed(member, item), "score": float(score)} for member, score in answer]
    return {"members": members} if members else None


TYPES: Mapping[str, ValueType] = {
    "hash": ValueType(lambda pipe, key: pipe.hgetall(key), _hash),
    "string": ValueType(lambda pipe, key: pipe.get(key), _string),
    "json": ValueType(lambda pipe, key: pipe.get(key), _json),
    "list": ValueType(lambda pipe, key: pipe.lrange(key, 0, -1), _elements),
    "set": ValueType(lambda pipe, key: pipe.smembers(key), lambda answer, fields: _elements(sorted(answer), fields)),
    "zset": ValueType(lambda pipe, key: pipe.zrange(key, 0, -1, withscores=True), _members),
}
