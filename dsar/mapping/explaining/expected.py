"""How many rows a key is expected to find, and how far that is to be trusted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from dsar.datamap.graph import CollectionKey
from dsar.datamap.model import Collection, DataMap
from dsar.fulfilment.reach import Identities
from dsar.fulfilment.walk import fixed_values
from dsar.mapping.explaining.asking import Stores
from dsar.mapping.explaining.steps import Key, Stage
from dsar.stores.base import Alternative, Estimating, Selection, Snapshot, StoreError
from dsar.values import Value


class Basis(StrEnum):
    """COUNTED in the store just now, ESTIMATED by somebody, NOT_KNOWN, or NOT_ASKED of any store."""

    COUNTED = "counted"
    ESTIMATED = "estimated"
    NOT_KNOWN = "not known"
    NOT_ASKED = "not asked"


@dataclass(frozen=True, slots=True)
class Expected:
    """`rows` is None where it is not known; `by` whose estimate it is, and of what, or why there is none."""

    basis: Basis
    rows: float | None = None
    at_most: bool = False
    by: str = ""


class Expecting:
    """Expects rows of keys, of those that lead to others first, whatever the order in which they are visited.

    `problems` are what stores said that would not answer.
    """

    def __init__(
        self,
        data_map: DataMap,
        identities: Identities,
        stages: Iterable[Stage],
        stores: Stores,
        parameters: Mapping[str, Value],
    ) -> None:
        self._data_map, self._identities, self._stores, self._parameters = data_map, identities, stores, parameters
        self._keys: dict[CollectionKey, dict[Key, None]] = {}
        for visit in (visit for stage in stages for visit in stage.visits):
            self._keys.setdefault(visit.collection, {}).update(dict.fromkeys(visit.keys))
        self._known: dict[tuple[CollectionKey, Key], Expected] = {}
        self._under_way: set[CollectionKey] = set()
        self.problems: dict[CollectionKey, str] = {}

    def of(self, collection: CollectionKey, key: Key) -> Expected:
        """Return what a key finds: counted where its values are known."""
        known = self._known.get((collection, key))
        if known is None:
            known = self._known[collection, key] = self._expect(self._data_map.collection(collection), key)
        return known

    def _expect(self, collection: Collection, key: Key) -> Expected:
        if not self._stores.ask:
            return Expected(Basis.NOT_ASKED)
        if key.kind:
            return self._asked(collection, lambda snapshot: self._of_identity(collection, key, snapshot))
        keys = self._rows_of((key.sources[0].dataset, key.sources[0].collection))
        if keys is None:
            return _not_known(f"the rows of {key.sources[0].collection} are not known")
        if keys == 0:
            return Expected(Basis.ESTIMATED, 0, by=f"{key.sources[0].collection} having no row")
        if collection.primary_key and set(collection.primary_key) <= set(key.paths):
            return Expected(Basis.ESTIMATED, keys, at_most=True, by="one row a key")
        return self._asked(collection, lambda snapshot: _by_average(collection, key, keys, snapshot))

    def _rows_of(self, collection: CollectionKey) -> float | None:
        """Return the rows that all keys of a collection find together; None where one is not known, as in a circle."""
        if collection in self._under_way:
            return None
        self._under_way.add(collection)
        rows = [self.of(collection, key).rows for key in self._keys[collection]]
        self._under_way.remove(collection)
        known = [found for found in rows if found is not None]
        return sum(known) if len(known) == len(rows) else None

    def _asked(self, collection: Collection, ask: Callable[[Snapshot], Expected]) -> Expected:
        try:
            snapshot = self._stores.snapshot(collection.dataset)
            return ask(snapshot) if snapshot is not None else _not_known("the store did not answer")
        except StoreError as error:
            self._stores.give_up(collection.dataset)
            self.problems[collection.key] = str(error)
            return _not_known("the store did not answer")

    def _of_identity(self, collection: Collection, key: Key, snapshot: Snapshot) -> Expected:
        if key.kind not in self._identities:
            return _not_known(f"no {key.kind} is given")
        values = frozenset((value,) for value in self._identities[key.kind])
        only = fixed_values(collection, self._parameters)
        return Expected(Basis.COUNTED, snapshot.count(collection, Selection((Alternative(key.paths, values),), only)))


def _by_average(collection: Collection, key: Key, keys: float, snapshot: Snapshot) -> Expected:
    """Multiply the keys, one a row of where they come from, by the rows that one finds."""
    average = snapshot.rows_a_key(collection, key.paths) if isinstance(snapshot, Estimating) else None
    if average is None:
        return _not_known(f"the store has no statistics of {', '.join(key.paths)}")
    told = f"{average.by}, {round(keys):,} × {average.rows:.3g}"
    return Expected(Basis.ESTIMATED, keys * average.rows, by=told)


def _not_known(why: str) -> Expected:
    return Expected(Basis.NOT_KNOWN, by=why)
