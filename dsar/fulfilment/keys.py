"""Join keys: what is asked of a collection, how values are cast to be equal, and how they rest in a file."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

import orjson

from dsar.fulfilment.reach import Reach
from dsar.values import Value

#: Collections of one or more datasets, by (dataset, collection).
CollectionKey = tuple[str, str]


class UncastableError(Exception):
    """A value that cannot be of the declared type: it can match nothing there."""


def cast(value: Value, data_type: str | None) -> Value:
    """Return a join value as the declared type of the field it is compared with. Raises UncastableError.

    Without a declared type the value stays as it is, but for a UUID, which most stores hold as text.
    """
    if data_type is None:
        return str(value) if isinstance(value, UUID) else value
    try:
        return _CASTS[data_type.removesuffix("[]")](value)
    except (ValueError, TypeError, InvalidOperation) as error:
        raise UncastableError(f"{type(value).__name__} is no {data_type}") from error


def _to_integer(value: Value) -> int:
    number = Decimal(str(value)) if not isinstance(value, bool) else Decimal(int(value))
    if number != number.to_integral_value():
        raise ValueError(value)
    return int(number)


def _to_boolean(value: Value) -> bool:
    if isinstance(value, str):
        return {"true": True, "1": True, "false": False, "0": False}[value.casefold()]
    return bool(value)


def _to_text(value: Value) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


_CASTS: Mapping[str, Callable[[Value], Value]] = {
    "string": _to_text,
    "integer": _to_integer,
    "float": float,
    "boolean": _to_boolean,
    "object_id": _to_text,
    "object": lambda value: value,
}


class KeySet:
    """Values by collection and path, each with the best reach it was found at."""

    def __init__(self) -> None:
        self._values: dict[CollectionKey, dict[str, dict[Value, Reach]]] = {}

    def add(self, collection: CollectionKey, path: str, value: Value, reach: Reach) -> bool:
        """Add a value; return whether it is new or reached better than before."""
        values = self._values.setdefault(collection, {}).setdefault(path, {})
        known = values.get(value)
        if known is not None and known <= reach:
            return False
        values[value] = reach
        return True

    def reach_of(self, collection: CollectionKey, path: str, value: Value) -> Reach | None:
        return self._values.get(collection, {}).get(path, {}).get(value)

    def paths(self, collection: CollectionKey) -> Mapping[str, Mapping[Value, Reach]]:
        return self._values.get(collection, {})

    def pop(self, collection: CollectionKey) -> dict[str, dict[Value, Reach]]:
        """Remove and return everything asked of a collection."""
        return self._values.pop(collection, {})

    def collections(self) -> tuple[CollectionKey, ...]:
        return tuple(key for key, paths in self._values.items() if any(paths.values()))

    def datasets(self) -> frozenset[str]:
        return frozenset(dataset for dataset, _ in self.collections())

    def items(self) -> Iterator[tuple[CollectionKey, str, Value, Reach]]:
        for collection, paths in self._values.items():
            for path, values in paths.items():
                for value, reach in values.items():
                    yield collection, path, value, reach

    def update(self, other: KeySet) -> None:
        for collection, path, value, reach in other.items():
            self.add(collection, path, value, reach)

    def beyond(self, asked: KeySet) -> KeySet:
        """Return the keys that `asked` does not hold, or holds only by a weaker reach."""
        result = KeySet()
        for collection, path, value, reach in self.items():
            known = asked.reach_of(collection, path, value)
            if known is None or known > reach:
                result.add(collection, path, value, reach)
        return result

    def of_dataset(self, dataset: str) -> KeySet:
        result = KeySet()
        for collection, path, value, reach in self.items():
            if collection[0] == dataset:
                result.add(collection, path, value, reach)
        return result

    def dump(self) -> list[Any]:
        """Return the keys as JSON types; `parse` reads them back to equal values of equal types."""
        return [
            [*collection, path, [[*_spell(value), int(reach)] for value, reach in values.items()]]
            for collection, paths in self._values.items()
            for path, values in paths.items()
        ]

    @classmethod
    def parse(cls, data: list[Any]) -> KeySet:
        result = cls()
        for dataset, collection, path, values in data:
            for name, text, reach in values:
                result.add((dataset, collection), path, _READERS[name](text), Reach(reach))
        return result


def _spell(value: Value) -> tuple[str, Any]:
    name, write = _WRITERS[type(value)]
    return name, write(value)


def _same(value: Any) -> Any:
    return value


_WRITERS: Mapping[type, tuple[str, Callable[[Any], Any]]] = {
    bool: ("boolean", _same),
    int: ("integer", str),
    float: ("float", float.hex),
    str: ("string", _same),
    Decimal: ("decimal", str),
    bytes: ("bytes", lambda value: base64.b64encode(value).decode("ascii")),
    datetime: ("datetime", datetime.isoformat),
    date: ("date", date.isoformat),
    UUID: ("uuid", str),
}
_READERS: Mapping[str, Callable[[Any], Any]] = {
    "boolean": _same,
    "integer": int,
    "float": float.fromhex,
    "string": _same,
    "decimal": Decimal,
    "bytes": base64.b64decode,
    "datetime": datetime.fromisoformat,
    "date": date.fromisoformat,
    "uuid": UUID,
}
KEY_TYPES = frozenset(_WRITERS)


def to_bytes(keys: Mapping[str, KeySet]) -> bytes:
    """Return named key sets as the bytes of a key file."""
    return orjson.dumps({name: keyset.dump() for name, keyset in keys.items()})


def from_bytes(data: bytes) -> dict[str, KeySet]:
    """Return what `to_bytes` wrote. Raises ValueError for anything else."""
    return {name: KeySet.parse(value) for name, value in orjson.loads(data).items()}
