"""Which rows a selection means, decided in Python: for stores that cannot filter, and for rows met twice."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from itertools import product
from typing import Any

from dsar.datamap.model import Collection, Field
from dsar.stores.base import Alternative, Selection
from dsar.stores.casting import canonical
from dsar.values import Row, Value, at_path

Key = tuple[Hashable, ...]


def fields_by_path(collection: Collection) -> dict[str, Field]:
    """Return every field of the collection, nested ones too, by its dotted path."""
    return {item.path: item for item in collection.walk()}


def wanted(value: Value) -> tuple[Value, ...]:
    """Return what a fixed filter (`meta.only`) allows: a list means any of its items."""
    return tuple(value) if isinstance(value, list | tuple) else (value,)


def key_of(values: tuple[Value, ...], items: tuple[Field | None, ...]) -> Key | None:
    """Return the canonical form of a tuple of values; None if a part of it can equal nothing (NULL, say)."""
    key = tuple(canonical(value, item) for value, item in zip(values, items, strict=True))
    return None if None in key else key


def row_keys(row: Row, paths: tuple[str, ...], items: tuple[Field | None, ...]) -> Iterator[Key]:
    """Yield the canonical tuples that a row has at the paths; arrays on the way give several."""
    parts = [
        {form for value in at_path(row, path) if (form := canonical(value, item)) is not None}
        for path, item in zip(paths, items, strict=True)
    ]
    return product(*parts)


class Matcher:
    """Tells whether a row of the collection matches the selection, before secrets are cut from it."""

    def __init__(self, collection: Collection, selection: Selection) -> None:
        fields = fields_by_path(collection)
        self._alternatives = [_prepare(item, fields) for item in selection.alternatives]
        self._only = [_prepare(item, fields) for item in _as_alternatives(selection.only)]

    def matches(self, row: Row) -> bool:
        return any(_hit(row, item) for item in self._alternatives) and all(_hit(row, item) for item in self._only)


_Prepared = tuple[tuple[str, ...], tuple[Field | None, ...], frozenset[Key]]


def _as_alternatives(only: Mapping[str, Any]) -> Iterator[Alternative]:
    for path, value in only.items():
        yield Alternative(paths=(path,), values=frozenset((item,) for item in wanted(value)))


def _prepare(alternative: Alternative, fields: Mapping[str, Field]) -> _Prepared:
    items = tuple(fields.get(path) for path in alternative.paths)
    keys = (key_of(values, items) for values in alternative.values)
    return alternative.paths, items, frozenset(key for key in keys if key is not None)


def _hit(row: Row, prepared: _Prepared) -> bool:
    paths, items, keys = prepared
    return any(key in keys for key in row_keys(row, paths, items))
