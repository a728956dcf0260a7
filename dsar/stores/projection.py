"""Cuts a row as a store gave it down to what the data map declares and no bundle must hide."""

from __future__ import annotations

from collections.abc import Mapping

from dsar.datamap.model import Collection, Field
from dsar.stores.noticing import Noticed
from dsar.stores.parsing import parse
from dsar.values import Row, Value

#: Noticed of a text where an object with a secret was declared: it may hold the secret, and is left out.
NO_OBJECT = "(no object)"


class Projector:
    """Keeps declared fields, drops secrets at every depth, and notes keys that nobody declared.

    Fields come in declared order. An object declared without `fields` is kept whole, one with `fields` keeps those,
    though it be kept as text: many a column of text and many a key holds JSON. A text that is no object where one with
    a secret was declared comes as null.
    """

    def __init__(self, collection: Collection, noticed: Noticed) -> None:
        self._collection = collection
        self._noticed = noticed
        self._fields = _by_name(collection.fields)
        secrets = collection.secret_paths
        self._hiding = {
            item.path for item in collection.walk() if any(path.startswith(f"{item.path}.") for path in secrets)
        }
        self._nested = {item.path: _by_name(item.fields) for item in collection.walk() if item.fields}

    def project(self, row: Row) -> Row:
        return self._object(row, self._fields, "")

    def _object(self, value: Row, fields: Mapping[str, Field], prefix: str) -> Row:
        for name in value.keys() - fields.keys():
            self._noticed.field(self._collection, f"{prefix}{name}")
        return {
            name: self._value(value[name], item) for name, item in fields.items() if name in value and not item.secret
        }

    def _value(self, value: Value, item: Field) -> Value:
        if not item.fields:
            return value
        value = structure(value)
        if isinstance(value, list):
            return [self._value(part, item) for part in value]
        if isinstance(value, dict):
            return self._object(value, self._nested[item.path], f"{item.path}.")
        return self._no_object(value, item)

    def _no_object(self, value: Value, item: Field) -> Value:
        if not value or not isinstance(value, str | bytes) or item.path not in self._hiding:
            return value
        self._noticed.field(self._collection, f"{item.path}.{NO_OBJECT}")
        return None


def structure(value: Value) -> Value:
    """Return the object or array that a text holds as JSON; any other value, and other text, as it is."""
    if not isinstance(value, str | bytes):
        return value
    try:
        found = parse(value.encode() if isinstance(value, str) else value)
    except ValueError:  # no JSON; UnicodeEncodeError is one: half a character is none either
        return value
    return found if isinstance(found, dict | list) else value


def _by_name(fields: tuple[Field, ...]) -> dict[str, Field]:
    return {item.name: item for item in fields}
