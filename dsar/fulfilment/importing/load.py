"""Loads an export: looked at first, then into every store or none, then exported again and compared."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from typing import cast

import orjson

from dsar.bundle.contents import CollectionContents
from dsar.bundle.export import Export, Key
from dsar.datamap.graph import build_graph
from dsar.datamap.model import Collection, DataMap, Origin
from dsar.fulfilment.collect import Asked
from dsar.fulfilment.engine import Engine
from dsar.fulfilment.importing.tally import Tally
from dsar.fulfilment.reach import Identities, normal_form
from dsar.fulfilment.scope import Scope
from dsar.stores.base import Arriving, Loadable, MadeUp, Store, StoreConfigError, StoreError
from dsar.stores.projection import structure
from dsar.values import Value


class NotFittingError(Exception):
    """Map, stores and export do not fit one another; each line of the message says what to do. Nothing was loaded."""


class NotEmptyError(Exception):
    """The platform holds rows of the person already; the message names collections. Nothing was loaded."""


class NotLoadedError(Exception):
    """A store did not take its rows. The message says whether anything was loaded elsewhere."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A collection whose rows differ between the export and one that was made of the platform after loading it."""

    key: Key
    before: int
    after: int


def without(data_map: DataMap, is_out: Callable[[Collection], bool]) -> DataMap:
    """Return the map in which nothing is asked of these collections."""
    return replace(
        data_map,
        datasets=tuple(
            replace(
                dataset,
                collections=tuple(
                    replace(item, skip_processing=True) if is_out(item) else item for item in dataset.collections
                ),
            )
            for dataset in data_map.datasets
        ),
    )


class Import:
    """One export and one platform. `asked` says the map, without what is left out, and where the stores are."""

    def __init__(self, export: Export, asked: Asked, left_out: Iterable[str]) -> None:
        self._export = export
        self._left_out = frozenset(left_out)
        self._asked = replace(asked, identities=_identities(export, asked.data_map), is_export=True)
        self._scope = Scope(asked.data_map, Origin.INFERRED)
        self._keys = sorted(key for key in export.rows if key[0] not in self._left_out)

    @property
    def rows(self) -> Mapping[Key, int]:
        """How many rows are to be loaded into each collection."""
        return {key: self._export.rows[key] for key in self._keys}

    def check(self) -> None:
        """Look whether everything fits. Raises NotFittingError with every reason."""
        wrong = [*self._strangers(), *self._unloadable()]
        if not self._asked.identities:
            wrong.append("the map knows no identity by which the rows of this export could be found")
        if wrong:
            raise NotFittingError("\n".join(wrong))

    def check_empty(self) -> None:
        """Look whether the platform holds anything of the person. Raises NotEmptyError, NotLoadedError."""
        with self._engine() as engine:
            found = [item for store in engine.run() for item in store.collections if item.rows or item.withheld]
            failures = _told(engine.failures)
        if failures:
            raise NotLoadedError(f"nothing was loaded: what is there already could not be read: {failures}")
        if found:
            told = ", ".join(f"{':'.join(item.collection.key)} ({item.rows + item.withheld})" for item in found)
            raise NotEmptyError(f"this platform holds rows of this person already: {told}")

    def load(self) -> Mapping[str, Sequence[MadeUp]]:
        """Load every row, in one transaction a store; return what had to be made up. Raises NotLoadedError."""
        kept: list[str] = []
        told: dict[str, Sequence[MadeUp]] = {}
        at = ""
        try:
            # All stores are filled before the first keeps anything: one that refuses takes all back.
            with ExitStack() as stack:
                for at, arriving in self._arriving().items():
                    stack.push(_noting(kept, at))
                    loading = stack.enter_context(cast(Loadable, self._store(at)).loading())
                    told[at] = loading.load(arriving)
        except (StoreError, StoreConfigError) as error:
            where = f"loaded are {', '.join(sorted(kept))} alone" if kept else "nothing was loaded"
            raise NotLoadedError(f"{where}: {error}") from error
        return told

    def differences(self) -> list[Difference]:
        """Export the platform and compare row by row. Raises NotLoadedError if a store could not be read."""
        with self._engine() as engine:
            again = {item.collection.key: _tally(item) for store in engine.run() for item in store.collections}
            failures = _told(engine.failures)
        if failures:
            raise NotLoadedError(f"everything is loaded, but could not be read again: {failures}")
        before = {key: self._tally(key) for key in self._keys}
        return [
            Difference(key, before.get(key, Tally()).rows, again.get(key, Tally()).rows)
            for key in sorted(before.keys() | again.keys())
            if before.get(key, Tally()) != again.get(key, Tally())
        ]

    def _engine(self) -> Engine:
        """Return what reads the platform; of files that are not there at all, nothing is asked."""
        try:
            asked = replace(self._asked, data_map=without(self._asked.data_map, self._is_bare))
        except (StoreError, StoreConfigError) as error:
            raise NotLoadedError(str(error)) from error
        return Engine(asked.work())

    def _is_bare(self, collection: Collection) -> bool:
        if collection.skip_processing:
            return True
        store = self._store(collection.dataset)
        return isinstance(store, Loadable) and store.is_bare(collection)

    def _strangers(self) -> list[str]:
        """Return what the export has and the map has not."""
        known = {item.key: item for item in self._asked.data_map.collections()}
        wrong = []
        for key in self._keys:
            if key not in known:
                wrong.append(f"the export has rows of {':'.join(key)}, which the map does not: --leave-out {key[0]}")
                continue
            wrong += self._undelivered(known[key])
        return wrong

    def _undelivered(self, collection: Collection) -> Iterator[str]:
        """Yield fields that no export of this map holds: unknown ones, secrets and what was inferred, at any depth.

        Whoever wrote an export may have put them in to have them written: a password's hash, a second factor.
        """
        hidden = self._scope.excluded(collection)
        delivered = {item.name for item in collection.readable} - hidden.keys()
        name = ":".join(collection.key)
        for field in sorted(self._export.kinds(collection.key).keys() - delivered):
            yield f"the export has the field {name}.{field}, which no export of this map holds"
        for path in sorted(path for path in hidden if "." in path):
            rows = (row for batch in self._export.batches(collection.key) for row in batch)
            if any(_holds(row, path.split(".")) for row in rows):
                yield f"a row of the export has {name}.{path}, which no export of this map holds"

    def _unloadable(self) -> list[str]:
        wrong = []
        datasets = {item.key for item in self._asked.data_map.datasets}
        for key in sorted(self._datasets() & datasets):
            try:
                store = self._store(key)
            except StoreConfigError as error:
                wrong.append(str(error))
                continue
            if not isinstance(store, Loadable):
                wrong.append(f"{key}: rows cannot be loaded into {store.kind} yet: --leave-out {key}")
        return wrong

    def _datasets(self) -> set[str]:
        return {dataset for dataset, _name in self._keys}

    def _store(self, dataset: str) -> Store:
        return self._asked.store(dataset)

    def _arriving(self) -> dict[str, list[Arriving]]:
        found: dict[str, list[Arriving]] = defaultdict(list)
        for key in self._keys:
            batches = partial(self._export.batches, key)
            found[key[0]].append(Arriving(self._asked.data_map.collection(key), batches, self._export.kinds(key)))
        return found

    def _tally(self, key: Key) -> Tally:
        tally = Tally()
        for batch in self._export.batches(key):
            tally = tally.plus(batch)
        return tally


def _noting(kept: list[str], dataset: str) -> Callable[..., None]:
    """Return what notes, when the store's own block has ended without an error, that its rows are there to stay."""

    def note(kind: object, _error: object, _trace: object) -> None:
        if kind is None:
            kept.append(dataset)

    return note


def _identities(export: Export, data_map: DataMap) -> Identities:
    """Return the export's identities of the kinds that lead somewhere in the map."""
    known, found = build_graph(data_map).kinds, defaultdict[str, set[str]](set)
    for kind, value in export.identities:
        form = normal_form(kind, value)
        if kind in known and form is not None:
            found[kind].add(form)
    return {kind: frozenset(values) for kind, values in found.items()}


def _holds(value: Value, names: Sequence[str]) -> bool:
    """Return whether something is at a path, also inside texts of JSON: a store reads those as documents."""
    if not names:
        return True
    found = structure(value)
    if isinstance(found, list):
        return any(_holds(item, names) for item in found)
    return isinstance(found, dict) and names[0] in found and _holds(found[names[0]], names[1:])


def _told(failures: Mapping[str, str]) -> str:
    return "; ".join(f"{key}: {why}" for key, why in sorted(failures.items()))


def _tally(item: CollectionContents) -> Tally:
    tally = Tally()
    if item.open_blocks is None:
        return tally
    with item.open_blocks() as blocks:
        for block in blocks:
            tally = tally.plus(orjson.loads(line) for line in block.splitlines())
    return tally
