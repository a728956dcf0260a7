"""Cuts a row as a store gave it down to what the data map declares and no bundle must hide."""

from __future__ import annotations

from collections.abc import Mapping

from dsar.datamap.model import Collection, Field
from dsar.stores.noticing import Noticed
from dsar.values import Row, Value


class Projector:
    """Keeps declared fields, drops secrets at every depth, and notes keys that nobody declared.

    Fields come in declared order. An object declared without `fields` is kept whole, one with `fields` keeps those.
    """

    def __init__(self, collection: Collection, noticed: Noticed) -> None:
        self._collection = collection
        self._noticed = noticed
        self._fields = _by_name(collection.fields)
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
        if isinstance(value, list):
            return [self._value(part, item) for part in value]
        if isinstance(value, dict):
            return self._object(value, self._nested[item.path], f"{item.path}.")
        return value


def _by_name(fields: tuple[Field, ...]) -> dict[str, Field]:
    return {item.name: item for item in fields}
