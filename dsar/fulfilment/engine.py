"""The engine alone: every store of a data map, stage by stage, to a fixpoint, in one process. Pure.

The portal's workers do the same with a step in the database for each reading; both use the same walk, stages and
outcome, so both write the same bundle.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from dsar.bundle.blocks import BLOCK_BYTES, whole_lines
from dsar.bundle.contents import StoreContents
from dsar.datamap.graph import CollectionKey, Graph
from dsar.datamap.model import Collection, DataMap, Dataset
from dsar.datamap.plan import make_plan
from dsar.fulfilment.keys import KeySet
from dsar.fulfilment.narrowing import Dated
from dsar.fulfilment.outcome import BlocksOf, Outcome, Reading
from dsar.fulfilment.reach import Identities
from dsar.fulfilment.scope import Scope
from dsar.fulfilment.spool import Spool
from dsar.fulfilment.stages import next_datasets
from dsar.fulfilment.walk import Sink, WalkInput, WalkResult, seed_keys, walk
from dsar.stores.base import Snapshot, Store, StoreConfigError, StoreError
from dsar.values import Row, Value

#: (kind, value, where it was found) of an identity.
FoundIdentity = tuple[str, str, str]
#: Told (dataset, collection, rows so far) after every batch.
Progress = Callable[[str, str, int], None]
#: Seconds to wait before a store is asked once more, where waiting can help.
WAITS = (0.5, 2.0)


def silent(_dataset: str, _collection: str, _rows: int) -> None:
    """Tell nobody."""


@dataclass(frozen=True)
class Work:
    """Whose data, and where. `open_store` raises StoreConfigError; `parameters` fill the map's placeholders.

    `seeds` are keys that are known besides those of the identities; they are not changed.
    """

    data_map: DataMap
    graph: Graph
    identities: Identities
    open_store: Callable[[str], Store]
    scope: Scope
    parameters: Mapping[str, Value] = field(default_factory=dict)
    progress: Progress = silent
    seeds: KeySet = field(default_factory=KeySet)


@dataclass
class _Round:
    """What a walk over all stores has asked, and the keys that lead from one to another."""

    asked: KeySet = field(default_factory=KeySet)
    seeds: KeySet = field(default_factory=KeySet)


class Engine:
    """Collects once. Use as a context manager: the rows rest in files without a name until it is left."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._files = ExitStack()
        self._readings: dict[str, list[Reading]] = defaultdict(list)
        self._by_elements: set[str] = set()
        self.proven: set[FoundIdentity] = set()
        self.unproven: set[FoundIdentity] = set()
        self.failures: dict[str, str] = {}
        self._walked = work.scope.walked(work.graph)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._files.close()

    def run(self) -> tuple[StoreContents, ...]:
        """Find all identities, then collect; return every store of the map. A store that fails spoils no other."""
        self._identify()
        self._rounds(self._walked, self._collect)
        plan = make_plan(self._work.data_map, self._work.graph, frozenset(self.identities))
        outcome = Outcome(self._work.scope, plan.unreached)
        return tuple(
            outcome.store(dataset, self._readings[dataset.key], failure=self.failures.get(dataset.key, ""))
            for dataset in self._work.data_map.datasets
        )

    def find(self) -> KeySet:
        """Find all identities, then every key that leads to a row; keep no row. A store that fails is in `failures`."""
        self._identify()
        return self._keys(None)

    def find_toward(self, only: frozenset[CollectionKey], *, identifies: bool) -> KeySet:
        """Find the keys of these collections alone, by the identities that are known, or `identifies` others first."""
        if identifies:
            self._identify()
        return self._keys(only)

    def _keys(self, only: frozenset[CollectionKey] | None) -> KeySet:
        return self._rounds(only, lambda dataset, seeds, asked: self._look(dataset, seeds, asked, only))

    @property
    def identities(self) -> Identities:
        """The identities that were given, and those that fields marked `identity_source` have proven since."""
        known = {kind: set(values) for kind, values in self._work.identities.items()}
        for kind, value, _where in self.proven:
            known.setdefault(kind, set()).add(value)
        return {kind: frozenset(values) for kind, values in known.items()}

    def _identify(self) -> None:
        """Walk what leads to further identities, anew after each that is found: it changes whose a row is."""
        only = self._work.graph.toward_identity_sources()
        known = -1
        while only and known != len(self.proven):
            known = len(self.proven)
            self._rounds(only, lambda dataset, seeds, asked: self._look(dataset, seeds, asked, only))

    def _rounds(
        self, only: frozenset[CollectionKey] | None, read: Callable[[Dataset, KeySet, KeySet], WalkResult]
    ) -> KeySet:
        """Read store after store until no key is left that was not asked; return all that were."""
        done = _Round()
        done.seeds.update(self._work.seeds)
        while True:
            done.seeds.update(seed_keys(self._work.graph, self.identities))
            waiting = done.seeds.waiting(done.asked, only=only) - self.failures.keys()
            keys = next_datasets(self._work.data_map, self._work.graph, waiting)
            if not keys:
                return done.asked
            for key in sorted(keys):
                self._read_one(key, done, read)

    def _read_one(self, key: str, done: _Round, read: Callable[[Dataset, KeySet, KeySet], WalkResult]) -> None:
        dataset = self._work.data_map.dataset(key)
        try:
            result = _patiently(lambda: read(dataset, done.seeds, done.asked))
        except (StoreError, StoreConfigError) as error:
            self.failures[key] = str(error)
            return
        done.asked.absorb(result.asked)
        done.seeds.absorb(result.outgoing)
        self.proven |= result.proven
        self.unproven |= result.unproven

    def _look(
        self, dataset: Dataset, seeds: KeySet, asked: KeySet, only: frozenset[CollectionKey] | None
    ) -> WalkResult:
        with self._work.open_store(dataset.key).snapshot() as snapshot:
            return self._walk(dataset, snapshot, _drop, seeds, asked, only, keys_only=True)

    def _collect(self, dataset: Dataset, seeds: KeySet, asked: KeySet) -> WalkResult:
        # A later key may add elements to an array that was delivered cut down: that store is read from the start.
        anew = dataset.key in self._by_elements
        with ExitStack() as files:
            spool = files.enter_context(Spool(self._work.scope.unwritten))
            sink = Dated(spool, self._work.scope.part)
            with self._work.open_store(dataset.key).snapshot() as snapshot:
                result = self._walk(dataset, snapshot, sink, seeds, KeySet() if anew else asked, self._walked)
                undeclared = [(item.collection, item.name) for item in snapshot.undeclared()]
            self._files.push(files.pop_all())
        sink.settle(result.counts)
        for collection in filter(self._work.scope.drops_all, dataset.collections):
            result.counts.pop(collection.name, None)
        if anew:
            self._readings[dataset.key].clear()
        if result.by_elements:
            self._by_elements.add(dataset.key)
        self._readings[dataset.key].append(
            Reading(result.counts, undeclared, snapshot.taken_at, sizes=spool.sizes(), blocks=_blocks_of(spool))
        )
        return result

    def _walk(
        self,
        dataset: Dataset,
        snapshot: Snapshot,
        sink: Sink,
        seeds: KeySet,
        asked: KeySet,
        only: frozenset[CollectionKey] | None,
        *,
        keys_only: bool = False,
    ) -> WalkResult:
        work = WalkInput(
            data_map=self._work.data_map,
            dataset=dataset,
            graph=self._work.graph,
            identities=self.identities,
            seeds=seeds,
            asked_before=asked,
            parameters=self._work.parameters,
            only_collections=only,
            keys_only=keys_only,
        )
        return walk(
            work,
            snapshot=snapshot,
            sink=sink,
            progress=lambda collection, rows: self._work.progress(dataset.key, collection, rows),
        )


def _drop(_collection: Collection, _rows: Sequence[Row]) -> None:
    """Keep no row: while identities are looked for, only keys matter."""


def _patiently(read: Callable[[], WalkResult]) -> WalkResult:
    """Read, and again after each of WAITS where the store says that waiting can help. Raises StoreError."""
    for seconds in WAITS:
        try:
            return read()
        except StoreError as error:
            if not error.retry:
                raise
            time.sleep(seconds)
    return read()


def _blocks_of(spool: Spool) -> BlocksOf:
    files = dict(spool.files())

    @contextmanager
    def opened(name: str) -> Iterator[Iterator[bytes]]:
        file = files[name]
        file.seek(0)
        yield whole_lines(iter(lambda: file.read(BLOCK_BYTES), b""))

    return opened
