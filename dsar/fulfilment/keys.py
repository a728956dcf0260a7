"""Join keys: what is asked of a collection, and how it rests in a file between the steps of a request."""

from __future__ import annotations

import base64
from collections.abc import Callable, Collection, Hashable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson

from dsar.datamap.model import Field
from dsar.fulfilment.reach import Reach
from dsar.stores.casting import canonical, cast
from dsar.values import Value

#: A collection by (dataset, collection).
CollectionKey = tuple[str, str]
#: Where a key is asked: one path, or the paths of a group, whose values are one tuple.
Paths = tuple[str, ...]
#: The form in which two tuples of values are equal: "42" and 42 are one key, True and 1 are two.
Form = tuple[Hashable, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """A key with the best reach it was found at; `values` are as long as the paths it is asked at."""

    values: tuple[Value, ...]
    reach: Reach


def key_value(value: Value, target: Field) -> Value | None:
    """Return a value found elsewhere as the field that it is asked of declares it; None if it can equal nothing.

    Falsy values are values. A whole object, an array or a value that cannot be of the type joins nothing.
    """
    found = cast(value, target.data_type) if type(value) in KEY_TYPES else None
    return found if canonical(found, target) is not None else None


def form_of(values: tuple[Value, ...]) -> Form:
    return tuple(canonical(value, None) for value in values)


class KeySet:
    """Keys by collection and paths. Keys that are spelt alike are one."""

    def __init__(self) -> None:
        self._keys: dict[CollectionKey, dict[Paths, dict[Form, Asked]]] = {}

    def add(self, collection: CollectionKey, paths: Paths, values: tuple[Value, ...], reach: Reach) -> bool:
        """Add a key; return whether it is new or reached better than before."""
        return self.share(collection, paths, form_of(values), Asked(values, reach))

    def share(self, collection: CollectionKey, paths: Paths, form: Form, asked: Asked) -> bool:
        """Add a key of another set, as `add` does: of a million keys one copy is enough."""
        keys = self._keys.setdefault(collection, {}).setdefault(paths, {})
        known = keys.get(form)
        if known is not None and known.reach <= asked.reach:
            return False
        keys[form] = asked
        return True

    def of(self, collection: CollectionKey) -> Mapping[Paths, Mapping[Form, Asked]]:
        """Return everything asked of a collection."""
        return self._keys.get(collection, {})

    def pop(self, collection: CollectionKey) -> dict[Paths, dict[Form, Asked]]:
        """Remove and return everything asked of a collection."""
        return self._keys.pop(collection, {})

    def collections(self) -> tuple[CollectionKey, ...]:
        return tuple(key for key, paths in self._keys.items() if any(paths.values()))

    def datasets(self) -> frozenset[str]:
        return frozenset(dataset for dataset, _ in self.collections())

    def update(self, other: KeySet) -> None:
        for collection, paths, form, asked in other._items():
            self.share(collection, paths, form, asked)

    def holds(self, collection: CollectionKey, paths: Paths, values: tuple[Value, ...], reach: Reach) -> bool:
        """Return whether the key is here, found at least as well."""
        known = self.of(collection).get(paths, {}).get(form_of(values))
        return known is not None and known.reach <= reach

    def beyond(self, asked: KeySet) -> KeySet:
        """Return the keys that `asked` does not hold, or holds only by a weaker reach."""
        return self._where(lambda key, paths, item: not asked.holds(key, paths, item.values, item.reach))

    def of_dataset(self, dataset: str) -> KeySet:
        return self._where(lambda key, _paths, _item: key[0] == dataset)

    def without_datasets(self, datasets: Collection[str]) -> KeySet:
        return self._where(lambda key, _paths, _item: key[0] not in datasets)

    def within(self, collections: frozenset[CollectionKey]) -> KeySet:
        return self._where(lambda key, _paths, _item: key in collections)

    def dump(self) -> list[Any]:
        """Return the keys as JSON types; `parse` reads them back to equal values of equal types."""
        return [
            [
                *collection,
                paths,
                [[[_spell(value) for value in item.values], int(item.reach)] for item in keys.values()],
            ]
            for collection, found in self._keys.items()
            for paths, keys in found.items()
        ]

    @classmethod
    def parse(cls, data: list[Any]) -> KeySet:
        result = cls()
        for dataset, collection, paths, keys in data:
            for values, reach in keys:
                read = tuple(_READERS[name](text) for name, text in values)
                result.add((dataset, collection), tuple(paths), read, Reach(reach))
        return result

    def _items(self) -> Iterator[tuple[CollectionKey, Paths, Form, Asked]]:
        for collection, found in self._keys.items():
            for paths, keys in found.items():
                for form, asked in keys.items():
                    yield collection, paths, form, asked

    def _where(self, wanted: Callable[[CollectionKey, Paths, Asked], bool]) -> KeySet:
        result = KeySet()
        for collection, paths, form, asked in self._items():
            if wanted(collection, paths, asked):
                result._keys.setdefault(collection, {}).setdefault(paths, {})[form] = asked
        return result


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


def to_bytes(keys: Mapping[str, KeySet]) -> bytes:
    """Return named key sets as the bytes of a key file."""
    return orjson.dumps({name: keyset.dump() for name, keyset in keys.items()})


def from_bytes(data: bytes) -> dict[str, KeySet]:
    """Return what `to_bytes` wrote. Raises ValueError for anything else."""
    return {name: KeySet.parse(value) for name, value in orjson.loads(data).items()}
