"""JSON Schemas (draft 2020-12) of exported records: made from the data map, so that every tenant has them. Pure.

A record is a line of JSON as dsar.values writes it. The map says what a field is to be; what a store was seen to hold
besides, in an export, is allowed there as well, since the schema tells of the rows and not the other way round.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from typing import Any
from urllib.parse import quote

import orjson

from dsar.datamap.model import Collection, Field

Schema = dict[str, Any]

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_NULL: Schema = {"type": "null"}
_DIGITS: Schema = {"type": "string", "pattern": "^-?[0-9]+$"}
_SECONDS = r"[0-9]{2}(\.[0-9]+)?"
_DAY, _HOUR = "[0-9]{4}-[0-9]{2}-[0-9]{2}", f"[0-9]{{2}}:[0-9]{{2}}:{_SECONDS}"
_OFFSET = f"([+-][0-9]{{2}}:[0-9]{{2}}(:{_SECONDS})?)?"
_NUMBER: Schema = {
    "type": "string",
    "description": "A number, as text so that no digit is lost.",
    "pattern": r"^(-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?|NaN|-?INF|-?Infinity)$",
}
#: Value type, as dsar.values names it -> how JSON has it.
_SEEN: Mapping[str, tuple[Schema, ...]] = {
    "boolean": ({"type": "boolean"},),
    "integer": ({"type": "integer"}, _DIGITS),  # beyond 64 bits it is written as text
    "float": ({"type": "number"}, _NUMBER),
    "decimal": (_NUMBER,),
    "string": ({"type": "string"},),
    "uuid": ({"type": "string", "format": "uuid"},),
    "bytes": ({"type": "string", "contentEncoding": "base64"},),
    "datetime": ({"type": "string", "pattern": f"^{_DAY}T{_HOUR}{_OFFSET}$"},),
    "date": ({"type": "string", "format": "date", "pattern": f"^{_DAY}$"},),
    "time": ({"type": "string", "pattern": f"^{_HOUR}{_OFFSET}$"},),
    "duration": ({**_NUMBER, "description": "A number of seconds, as text so that no digit is lost."},),
    "array": ({"type": "array"},),
    "object": ({"type": "object"},),
}
_DECLARED: Mapping[str, tuple[Schema, ...]] = {
    "string": _SEEN["string"],
    "object_id": _SEEN["string"],
    "integer": _SEEN["integer"],
    "float": _SEEN["float"],
    "boolean": _SEEN["boolean"],
}
_NOTHING: Mapping[str, frozenset[str]] = {}


def record_schema(
    *, collection: Collection, excluded: Container[str], types: Mapping[str, frozenset[str]] = _NOTHING
) -> Schema:
    """Return the schema of one record of the collection.

    `excluded` holds the paths of fields that are in no file (secrets never are); `types` the value types that were seen
    in a top-level field, by dsar.values' names.
    """
    shown = _shown(collection.fields, excluded)
    keys = [item.name for item in shown if item.primary_key]
    schema: Schema = {
        "$schema": _DIALECT,
        "$id": f"urn:rights-portal:record:{quote(collection.dataset, safe='')}:{quote(collection.name, safe='')}",
        "title": collection.title or collection.name,
        "description": collection.description,
        "type": "object",
        "properties": {item.name: _field(item, excluded, types.get(item.name, frozenset())) for item in shown},
        "required": keys,
        "additionalProperties": False,
    }
    return {name: value for name, value in schema.items() if value or name in ("properties", "additionalProperties")}


def document(schema: Schema) -> bytes:
    """Return a schema as the text of its file."""
    return orjson.dumps(schema, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def _shown(fields: Iterable[Field], excluded: Container[str]) -> list[Field]:
    return [item for item in fields if not item.secret and item.path not in excluded]


def _field(item: Field, excluded: Container[str], seen: frozenset[str]) -> Schema:
    ways = [*_declared(item, excluded)]
    covered = {way["type"] for way in ways if way["type"] in ("array", "object")}
    ways += [way for name in sorted(seen) for way in _SEEN[name] if way not in ways and way["type"] not in covered]
    described = {"description": item.description} if item.description else {}
    return described | (_any_of(ways, may_lack=not item.primary_key) if ways else {})


def _declared(item: Field, excluded: Container[str]) -> list[Schema]:
    """Return how a value may be written by the map's word; nothing where it does not say."""
    kind, is_array = (item.data_type or "").removesuffix("[]"), (item.data_type or "").endswith("[]")
    if item.fields:
        inner = [_object(item, excluded)]
    else:
        inner = [{"type": "object"}] if kind == "object" else list(_DECLARED.get(kind, ()))
    if item.fields and not item.data_type:  # an object, or each object of an array: the map need not say which
        return [*inner, _array(inner)]
    return [_array(inner)] if is_array else inner


def _object(item: Field, excluded: Container[str]) -> Schema:
    shown = _shown(item.fields, excluded)
    properties = {child.name: _field(child, excluded, frozenset()) for child in shown}
    return {"type": "object", "properties": properties, "additionalProperties": False}


def _array(ways: list[Schema]) -> Schema:
    return {"type": "array", "items": _any_of(ways, may_lack=True)} if ways else {"type": "array"}


def _any_of(ways: list[Schema], *, may_lack: bool) -> Schema:
    """Return the schema of a value that is written in one of the ways, or is null where it `may_lack`."""
    if len(ways) == 1 and may_lack:
        return {**ways[0], "type": [ways[0]["type"], "null"]}
    allowed = [*ways, _NULL] if may_lack else ways
    return allowed[0] if len(allowed) == 1 else {"anyOf": allowed}
