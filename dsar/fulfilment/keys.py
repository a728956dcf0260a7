"""Sets of join keys: in memory for an ordinary person, on disk for one who has very many (docs/decisions/0010)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from dsar.fulfilment import shelved
from dsar.fulfilment.found import Found, Held, beyond
from dsar.fulfilment.joinkey import Asked, CollectionKey, Form, Paths, form_of
from dsar.fulfilment.reach import Reach
from dsar.fulfilment.shelf import Line
from dsar.fulfilment.shelved import Shelved, Shelves
from dsar.values import Value

#: Keys that a set holds in memory, some 350 bytes each. One that gets more writes them to disk, so many at a time.
MOST_HELD = 20_000


class KeySet:
    """Keys by collection and paths. Keys that are spelt alike are one, of the best reach."""

    def __init__(self) -> None:
        self._keys: dict[CollectionKey, dict[Paths, dict[Form, Asked]]] = {}
        self._held = 0
        #: What did not fit; then `_keys` is what is not written yet, and a key may be in both.
        self._shelves: Shelves | None = None

    def add(self, collection: CollectionKey, paths: Paths, values: tuple[Value, ...], reach: Reach) -> None:
        self.share(collection, paths, form_of(values), Asked(values, reach))

    def share(self, collection: CollectionKey, paths: Paths, form: Form, asked: Asked) -> None:
        """Add a key of another set, as `add` does: one copy of it is enough."""
        keys = self._keys.setdefault(collection, {}).setdefault(paths, {})
        known = keys.get(form)
        if known is not None and known.reach <= asked.reach:
            return
        keys[form] = asked
        self._held += known is None
        if self._held > MOST_HELD:
            self._put_away()

    def update(self, other: KeySet) -> None:
        for collection, found in other._keys.items():
            for paths, keys in found.items():
                for form, asked in keys.items():
                    self.share(collection, paths, form, asked)
        for collection, paths, lines in other._shelves.groups() if other._shelves else ():
            self._put(collection, paths, lines)

    def absorb(self, other: KeySet) -> None:
        """Add the keys of a set that nobody uses afterwards: the larger of the two is not copied."""
        if other._shelves and not self._shelves:
            self.__dict__, other.__dict__ = other.__dict__, self.__dict__
        self.update(other)

    def of(self, collection: CollectionKey) -> Found:
        """Return everything asked of a collection."""
        return self._put_away().of(collection) if self._shelves else Held(self._keys.get(collection, {}))

    def pop(self, collection: CollectionKey) -> Found:
        """Remove and return everything asked of a collection."""
        if self._shelves:
            return self._put_away().pop(collection)
        keys = self._keys.pop(collection, {})
        self._held -= sum(map(len, keys.values()))
        return Held(keys)

    def collections(self) -> tuple[CollectionKey, ...]:
        held = (key for key, paths in self._keys.items() if any(paths.values()))
        return tuple(dict.fromkeys([*(self._shelves.collections() if self._shelves else ()), *held]))

    def datasets(self) -> frozenset[str]:
        return frozenset(dataset for dataset, _ in self.collections())

    def recalls(self, collection: CollectionKey, paths: Paths, form: Form, reach: Reach) -> bool:
        """Return whether the key is in memory, found at least as well. On disk nothing is looked up."""
        known = self._keys.get(collection, {}).get(paths, {}).get(form)
        return known is not None and known.reach <= reach

    def beyond(self, asked: KeySet, *, dataset: str) -> KeySet:
        """Return the keys of a dataset that `asked` does not hold, or holds only by a weaker reach."""
        result = KeySet()
        for collection in self.collections():
            if collection[0] == dataset:
                result._take_beyond(collection, self, asked)
        return result

    def _take_beyond(self, collection: CollectionKey, found: KeySet, asked: KeySet) -> None:
        if found._shelves:
            for paths, lines in found._shelved_beyond(collection, asked):
                self._put(collection, paths, lines)
            return
        for paths, keys in found._held_beyond(collection, asked).items():
            for form, item in keys.items():
                self.share(collection, paths, form, item)

    def waiting(self, asked: KeySet, *, only: Collection[CollectionKey] | None = None) -> frozenset[str]:
        """Return the datasets of which a key is beyond `asked`; `only` limits the collections that are looked at."""
        found: set[str] = set()
        for collection in self.collections():
            if collection[0] not in found and (only is None or collection in only) and self._waits(collection, asked):
                found.add(collection[0])
        return frozenset(found)

    def _waits(self, collection: CollectionKey, asked: KeySet) -> bool:
        if self._shelves:
            return next(self._shelved_beyond(collection, asked), None) is not None
        return bool(self._held_beyond(collection, asked))

    def _held_beyond(self, collection: CollectionKey, asked: KeySet) -> dict[Paths, dict[Form, Asked]]:
        keys = self._keys.get(collection, {})
        return beyond(keys, asked.of(collection).among(lambda paths: keys.get(paths, ())))

    def _shelved_beyond(self, collection: CollectionKey, asked: KeySet) -> Iterator[tuple[Paths, list[Line]]]:
        return self._on_disk(collection).beyond(asked._on_disk(collection))

    def _on_disk(self, collection: CollectionKey) -> Shelved:
        return self._put_away().of(collection)

    def lines(self) -> Iterator[tuple[CollectionKey, Paths, Iterator[Line]]]:
        """Yield all keys by collection and paths, as they rest on disk."""
        if self._shelves:
            yield from self._put_away().groups()
        else:
            for collection, found in self._keys.items():
                for paths, keys in found.items():
                    yield collection, paths, shelved.lines(keys)

    def _put_away(self) -> Shelves:
        """Write what is in memory to disk. Sorted, they go where others were just written."""
        shelves = self._shelves = self._shelves or Shelves()
        keys, self._keys, self._held = self._keys, {}, 0
        for collection, found in keys.items():
            for paths, group in found.items():
                shelves.put(collection, paths, sorted(shelved.lines(group)))
        return shelves

    def _put(self, collection: CollectionKey, paths: Paths, lines: Iterable[Line]) -> None:
        self._shelves = self._shelves or Shelves()
        self._shelves.put(collection, paths, lines)
