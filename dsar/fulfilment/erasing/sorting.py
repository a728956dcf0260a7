"""Read what known keys lead to in one collection, and sort it by what becomes of each row."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from dsar.fulfilment.erasing.fate import Fate, Fates
from dsar.fulfilment.found import Found
from dsar.fulfilment.keys import KeySet
from dsar.fulfilment.meeting import meet
from dsar.fulfilment.reach import Reach
from dsar.fulfilment.visit import Visit
from dsar.fulfilment.walk import MOST_KEYS, selection
from dsar.stores.base import Selection, Snapshot
from dsar.values import Row, at_path, value_to_json

_CHANGED = frozenset({Fate.DELETE, Fate.MASK})
_MODULUS = 1 << 256


@dataclass
class Sorted:
    """The rows of one collection by fate and reason; `digest` changes with which rows are changed and how.

    `targets` name the rows that are changed: by their primary keys, or, where none is declared, by what led to them.
    """

    visit: Visit
    counts: Counter[tuple[Fate, str]] = field(default_factory=Counter)
    digest: int = 0
    _primary: KeySet = field(default_factory=KeySet)
    _asked: Found | None = None

    @property
    def changed(self) -> int:
        """How many rows are deleted or masked."""
        return sum(count for (fate, _), count in self.counts.items() if fate in _CHANGED)

    @property
    def problem(self) -> str:
        """Why the rows that are changed cannot be told from those that stay; "" if they can."""
        stay = sum(count for (fate, _), count in self.counts.items() if fate not in _CHANGED)
        if self.visit.collection.primary_key or not (self.changed and stay):
            return ""
        return f"{self.changed} rows are to be changed and {stay} stay: without a primary key they cannot be told apart"

    def selections(self) -> Iterator[Selection]:
        """Yield what selects the rows that are changed, each once."""
        if not self.changed:
            return
        for wanted in self._targets().portions(MOST_KEYS):
            yield selection(self.visit, wanted)

    def _targets(self) -> Found:
        collection = self.visit.collection
        return self._primary.of(collection.key) if collection.primary_key or self._asked is None else self._asked

    def take(self, row: Row, fate: Fate, why: str) -> None:
        """Count a row. Sums do not depend on the order in which a store returns its rows."""
        self.counts[fate, why] += 1
        if fate not in _CHANGED:
            return
        paths = self.visit.collection.primary_key
        values = tuple(next(iter(at_path(row, path)), None) for path in paths)
        named = value_to_json(list(values)) if paths else value_to_json(row)
        self.digest = (self.digest + int.from_bytes(hashlib.sha256(fate.encode() + named).digest())) % _MODULUS
        if paths:
            self._primary.add(self.visit.collection.key, paths, values, Reach.OWN)

    def by_keys(self, keys: Found) -> None:
        self._asked = keys


def sort(visit: Visit, keys: Found, snapshot: Snapshot) -> Sorted:
    """Read every row that the keys lead to, once. Raises StoreError."""
    result, fates = Sorted(visit), Fates(visit)
    result.by_keys(keys)
    for met in meet(visit, keys, snapshot):
        result.take(met.row, *fates.of(met.row, met.forms, met.known))
    return result
