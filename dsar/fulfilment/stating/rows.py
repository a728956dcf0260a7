"""Rows of one collection that are to be written, those that are written alike together, named by primary keys."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field

from dsar.datamap.erasure import Mask, Strategy
from dsar.fulfilment.keys import KeySet
from dsar.fulfilment.reach import Reach
from dsar.fulfilment.stating.kept import RowKey
from dsar.fulfilment.visit import Visit
from dsar.fulfilment.walk import MOST_KEYS, selection
from dsar.stores.base import Changing
from dsar.values import Row, Value, at_path


class RowsDifferError(Exception):
    """A store wrote into other rows than were read, or shows another value when it is read again."""


@dataclass
class _Alike:
    """Rows into which the same is written."""

    values: Mapping[str, Value]
    keys: KeySet = field(default_factory=KeySet)
    rows: int = 0


@dataclass
class Writing:
    """What is written into which rows."""

    visit: Visit
    _alike: dict[Hashable, _Alike] = field(default_factory=dict)
    rows: int = 0

    def add(self, key: RowKey, values: Mapping[str, Value]) -> None:
        """Have a row's fields written. Values that are spelt otherwise are never one: 1.0 is not 1.00, nor True 1."""
        collection = self.visit.collection
        same = tuple((name, type(value), repr(value)) for name, value in sorted(values.items()))
        alike = self._alike.setdefault(same, _Alike(values))
        alike.keys.add(collection.key, collection.primary_key, key, Reach.OWN)
        alike.rows += 1
        self.rows += 1

    def write(self, changing: Changing) -> int:
        """Write; return into how many rows. Raises RowsDifferError, StoreError."""
        for alike in self._alike.values():
            self._write(alike, changing)
        return self.rows

    def _write(self, alike: _Alike, changing: Changing) -> None:
        collection = self.visit.collection
        masks = {name: _mask(value) for name, value in alike.values.items()}
        portions = alike.keys.of(collection.key).portions(MOST_KEYS)
        rows = sum(changing.mask(collection, selection(self.visit, wanted), masks, key=b"") for wanted in portions)
        if rows != alike.rows:
            name = f"{collection.dataset}:{collection.name}"
            raise RowsDifferError(f"{name}: {rows} rows would be written where {alike.rows} were found")


def key_of(visit: Visit, row: Row) -> RowKey:
    """Return the values of the row's primary key, None for a part that is missing."""
    return tuple(next(iter(at_path(row, path)), None) for path in visit.collection.primary_key)


def _mask(value: Value) -> Mask:
    return Mask(Strategy.NULL) if value is None else Mask(Strategy.FIXED, value)
