"""Which columns a collection's files have, and what the bundle's schema says of each (Table Schema v1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dsar.bundle.contents import CollectionContents
from dsar.datamap.model import DataMap, Field
from dsar.wording import N_

#: Value type -> Table Schema's type and format, of the JSON as much as of the CSV spelling.
_SEEN: dict[str, dict[str, str]] = {
    "boolean": {"type": "boolean"},
    "integer": {"type": "integer"},
    "float": {"type": "number"},
    "decimal": {"type": "number"},
    "duration": {"type": "number"},
    "string": {"type": "string"},
    "uuid": {"type": "string", "format": "uuid"},
    "bytes": {"type": "string", "format": "binary"},
    "datetime": {"type": "datetime", "format": "any"},  # `default` allows UTC without fractions only
    "date": {"type": "date"},
    "time": {"type": "time", "format": "any"},
    "array": {"type": "array"},
    "object": {"type": "object"},
}
_NUMBERS = frozenset({"integer", "float", "decimal"})
_DECLARED = {"string": "string", "object_id": "string", "integer": "integer", "float": "number", "boolean": "boolean"}


def columns(contents: CollectionContents) -> tuple[Field, ...]:
    """Return the top-level fields that stand in the files, in the order of the data map."""
    return tuple(item for item in contents.collection.readable if item.name not in contents.excluded_fields)


def hidden_paths(contents: CollectionContents) -> tuple[str, ...]:
    """Return the nested paths that no row may hold: secrets of the map and what was excluded from this bundle."""
    named = {*contents.collection.secret_paths, *contents.excluded_fields}
    return tuple(sorted(path for path in named if "." in path))


def excluded(contents: CollectionContents) -> dict[str, str]:
    """Return field path -> why it is not in the files; the secrets of the map are named with it."""
    secrets = dict.fromkeys(contents.collection.secret_paths, N_("secret: protects access, never shown"))
    return {**secrets, **contents.excluded_fields}


def types_of(contents: CollectionContents, item: Field) -> frozenset[str]:
    return contents.types.get(item.name, frozenset())


def table_schema(contents: CollectionContents, data_map: DataMap) -> dict[str, Any]:
    """Return the Table Schema of a collection's rows, with the data map's words as properties of its own."""
    shown = columns(contents)
    schema: dict[str, Any] = {
        "fields": [_field(contents, data_map, item) for item in shown],
        "missingValues": [""],
    }
    names = {item.name for item in shown}
    key = contents.collection.primary_key
    if key and names.issuperset(key):
        schema["primaryKey"] = list(key)
    return schema


def _field(contents: CollectionContents, data_map: DataMap, item: Field) -> dict[str, Any]:
    described = {"name": item.name, **_type(types_of(contents, item), item.data_type)}
    return {**described, **_words(contents, data_map, item), **_nested(contents, data_map, item)}


def _type(seen: frozenset[str], declared: str | None) -> Mapping[str, str]:
    """Return the type of what was seen; of the declaration where nothing was; any where values differ in kind."""
    if len(seen) == 1:
        return _SEEN[next(iter(seen))]
    if seen:
        return {"type": "number" if seen <= _NUMBERS else "any"}
    if declared is None:
        return {"type": "any"}
    return {"type": "array" if declared.endswith("[]") else _DECLARED.get(declared, declared)}


def _words(contents: CollectionContents, data_map: DataMap, item: Field) -> dict[str, Any]:
    words: dict[str, Any] = {
        "description": item.description,
        "dataCategories": list(item.data_categories or contents.collection.data_categories),
        "origin": data_map.origin(contents.collection, item).value,
        "valueTypes": sorted(types_of(contents, item)),
        "unit": "seconds" if types_of(contents, item) == frozenset({"duration"}) else "",
    }
    return {name: value for name, value in words.items() if value}


def _nested(contents: CollectionContents, data_map: DataMap, item: Field) -> dict[str, Any]:
    shown = [child for child in item.fields if not child.secret and child.path not in contents.excluded_fields]
    if not shown:
        return {}
    return {"nestedFields": [{"name": child.name, **_inner(contents, data_map, child)} for child in shown]}


def _inner(contents: CollectionContents, data_map: DataMap, item: Field) -> dict[str, Any]:
    words = {
        "description": item.description,
        "dataCategories": list(item.data_categories),
        "origin": data_map.origin(contents.collection, item).value,
        **_nested(contents, data_map, item),
    }
    return {name: value for name, value in words.items() if value}
