"""A store as it was when somebody was erased: rows that came later are not there, nor can they be changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import product
from typing import Any, cast

from dsar.datamap.graph import Graph
from dsar.datamap.model import Collection, DataMap
from dsar.fulfilment.joinkey import CollectionKey, Form, Paths, form_of
from dsar.fulfilment.reach import Reach
from dsar.fulfilment.replaying.moments import is_later, time_field
from dsar.fulfilment.visit import Way, ways_from
from dsar.stores.base import (
    Certainty,
    Changeable,
    Changing,
    FoundCollection,
    Narrowing,
    Selection,
    Snapshot,
    Store,
    Undeclared,
)
from dsar.stores.casting import canonical
from dsar.values import Row, at_path


class Past:
    """What of a person's rows had come when they were erased, by dataset.

    Where the person came back (`doubts`), a row of which nobody can tell when it came counts only if it names one that
    is still there and old: an erasure had left none that it could name.
    """

    def __init__(self, as_of: Mapping[str, datetime], *, doubts: bool, data_map: DataMap, graph: Graph) -> None:
        self._as_of, self._doubts = as_of, doubts
        self._data_map, self._graph = data_map, graph
        self._ways: dict[CollectionKey, tuple[Way, ...]] = {}
        self._old: dict[CollectionKey, dict[Paths, set[Form]]] = {}

    def holds(self, collection: Collection, row: Row) -> bool:
        later = is_later(row, time_field(collection), self._as_of[collection.dataset])
        if not self._doubts:
            return not later
        is_old = self._names_old(collection, row) if later is None else not later
        if is_old:
            self._note(collection, row)
        return is_old

    def _names_old(self, collection: Collection, row: Row) -> bool:
        return any(
            not forms.isdisjoint(
                product(*({canonical(value, collection.at(path)) for value in at_path(row, path)} for path in paths))
            )
            for paths, forms in self._old.get(collection.key, {}).items()
        )

    def _note(self, collection: Collection, row: Row) -> None:
        """Note how rows name this one, which are the person's as it is."""
        if collection.key not in self._ways:
            ways = ways_from(collection.key, self._data_map, self._graph)
            self._ways[collection.key] = tuple(way for way in ways if way.onward(Reach.OWN) is Reach.OWN)
        for way in self._ways[collection.key]:
            self._old.setdefault(way.target, {}).setdefault(way.paths, set()).update(map(form_of, way.keys(row)))


def past_store(store: Store, past: Past) -> Store:
    return _PastChangeable(store, past) if isinstance(store, Changeable) else _PastStore(store, past)


class _PastStore:
    def __init__(self, store: Store, past: Past) -> None:
        self._store, self._past = store, past
        self.kind = store.kind

    @property
    def certainty(self) -> Certainty | None:
        return self._store.certainty

    @contextmanager
    def snapshot(self) -> Iterator[Snapshot]:
        with self._store.snapshot() as snapshot:
            yield cast(Snapshot, _PastSnapshot(snapshot, self._past))

    def introspect(self) -> tuple[FoundCollection, ...]:
        return self._store.introspect()

    def close(self) -> None:
        """The store is whose it was."""


class _PastChangeable(_PastStore):
    @contextmanager
    def changing(self, *, commits: bool) -> Iterator[Changing]:
        assert isinstance(self._store, Changeable)  # noqa: S101 - past_store has asked
        with self._store.changing(commits=commits) as changing:
            yield cast(Changing, _PastSnapshot(changing, self._past))


class _PastSnapshot:
    """Everything as the snapshot has it, but for what is read.

    Changes are selected by what was read: rows that came later are told from the others by their primary keys, or by
    the store itself as it meets them. Where neither can be more rows are met than were seen, and all is taken back.
    """

    def __init__(self, snapshot: Snapshot, past: Past) -> None:
        self._snapshot, self._past = snapshot, past
        if isinstance(snapshot, Narrowing):
            snapshot.narrow(past.holds)

    def read(self, collection: Collection, selection: Selection) -> Iterator[Sequence[Row]]:
        for batch in self._snapshot.read(collection, selection):
            kept = [row for row in batch if self._past.holds(collection, row)]
            if kept:
                yield kept

    def groups(self, _collection: Collection, _selection: Selection, _fields: Sequence[str]) -> None:
        """Of rows that are counted together nobody sees which came later."""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._snapshot, name)


class NothingThere:
    """A store that is left alone: it holds nothing."""

    kind = "nothing"
    certainty = Certainty(collections=True, fields=True)

    def __init__(self) -> None:
        self.taken_at = datetime.now(UTC)

    @contextmanager
    def snapshot(self) -> Iterator[Snapshot]:
        yield self

    def read(self, collection: Collection, selection: Selection) -> Iterator[Sequence[Row]]:
        yield from ()

    def count(self, collection: Collection, selection: Selection) -> int:
        return 0

    def undeclared(self) -> tuple[Undeclared, ...]:
        return ()

    def introspect(self) -> tuple[FoundCollection, ...]:
        return ()

    def close(self) -> None:
        """There is nothing to close."""
