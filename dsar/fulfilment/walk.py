"""Walk one store to a fixpoint: read what the known keys lead to, follow the edges, until nothing is new.

Only join keys are remembered, never rows. A row is new exactly if it matches none of the keys that were
asked before, so rows reached by two ways are delivered once, identical rows without a key as often as they
occur, and memory grows with the keys alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from time import perf_counter
from typing import Protocol

from dsar.datamap.graph import Edge, Graph, Shape
from dsar.datamap.model import Collection, DataMap, Dataset, Sharing
from dsar.fulfilment.keys import KEY_TYPES, CollectionKey, KeySet, UncastableError, cast
from dsar.fulfilment.reach import Identities, Owner, OwnerRule, Reach, normal_form
from dsar.stores.base import Alternative, Selection, Snapshot
from dsar.values import Row, Value, at_path, type_name

#: Identities found but not proven are told to the reviewer; a list longer than this tells nothing more.
MOST_UNPROVEN = 50


class Sink(Protocol):
    """Where delivered rows go."""

    def __call__(self, collection: Collection, row: Row, /) -> None: ...


@dataclass
class CollectionCounts:
    """What was found in a collection: delivered rows, withheld rows of others, seconds of reading, value types seen."""

    rows: int = 0
    withheld: int = 0
    seconds: float = 0.0
    types: dict[str, set[str]] = field(default_factory=dict)


@dataclass
class WalkResult:
    """`asked` is everything asked in this walk, `outgoing` the keys for other stores."""

    counts: dict[str, CollectionCounts] = field(default_factory=dict)
    asked: KeySet = field(default_factory=KeySet)
    outgoing: KeySet = field(default_factory=KeySet)
    proven: set[tuple[str, str, str]] = field(default_factory=set)  # kind, value, where
    unproven: set[tuple[str, str, str]] = field(default_factory=set)


@dataclass(frozen=True)
class WalkInput:
    """`only_collections` limits the walk (None: no limit); `parameters` fill the map's `only` placeholders."""

    data_map: DataMap
    dataset: Dataset
    graph: Graph
    identities: Identities
    seeds: KeySet
    asked_before: KeySet
    parameters: Mapping[str, Value] = field(default_factory=dict)
    only_collections: frozenset[CollectionKey] | None = None


def seed_keys(graph: Graph, identities: Identities) -> KeySet:
    """Return the keys a walk starts from: every proven identity at every entry point of its kind."""
    seeds = KeySet()
    for kind, values in identities.items():
        for entry in graph.entry_points(kind):
            for value in values:
                seeds.add((entry.dataset, entry.collection), entry.path, value, Reach.OWN)
    return seeds


def walk(
    work: WalkInput, *, snapshot: Snapshot, sink: Sink, progress: Callable[[str, int], None] | None = None
) -> WalkResult:
    """Read everything in one store that the seeds lead to. Raises StoreError.

    `progress(collection, rows)` is called after every batch with the rows delivered from it so far.
    """
    walker = _Walker(work, snapshot, sink, progress or (lambda _name, _rows: None))
    walker.run()
    return walker.result


class _Walker:
    def __init__(self, work: WalkInput, snapshot: Snapshot, sink: Sink, progress: Callable[[str, int], None]) -> None:
        self.work, self.snapshot, self.sink, self.progress = work, snapshot, sink, progress
        self.result = WalkResult()
        self.asked = KeySet()
        self.asked.update(work.asked_before)
        self.pending = work.seeds.of_dataset(work.dataset.key).beyond(self.asked)
        self.visits = {item.name: _Visit(item, work) for item in work.dataset.collections if not item.skip_processing}

    def run(self) -> None:
        while asking := self._next():
            paths = self.pending.pop(asking.collection.key)
            for reach in Reach:
                wanted = {path: _of_reach(values, reach) for path, values in paths.items()}
                self._read(asking, {path: values for path, values in wanted.items() if values}, reach)

    def _next(self) -> _Visit | None:
        """Return the next collection with keys to ask, in the order of the data map."""
        limit = self.work.only_collections
        waiting = set(self.pending.collections())
        for visit in self.visits.values():
            key = visit.collection.key
            if key in waiting and (limit is None or key in limit):
                return visit
        return None

    def _read(self, visit: _Visit, wanted: Mapping[str, frozenset[Value]], reach: Reach) -> None:
        if not wanted:
            return
        counts = self.result.counts.setdefault(visit.collection.name, CollectionCounts())
        started = perf_counter()
        selection = Selection(
            tuple(Alternative((path,), frozenset((value,) for value in values)) for path, values in wanted.items()),
            visit.only,
        )
        for batch in self.snapshot.read(visit.collection, selection):
            for row in batch:
                if visit.matches(row, wanted):
                    self._take(visit, row, reach, counts)
            self.progress(visit.collection.name, counts.rows)
        for path, values in wanted.items():
            for value in values:
                self.asked.add(visit.collection.key, path, value, reach)
                self.result.asked.add(visit.collection.key, path, value, reach)
        counts.seconds += perf_counter() - started

    def _take(self, visit: _Visit, row: Row, reach: Reach, counts: CollectionCounts) -> None:
        """Deliver or withhold a row, once, and follow its edges."""
        owner = visit.owner(row)
        now = _effective(owner, reach)
        before = visit.reach_before(row, self.asked)
        if before is not None:
            before = _effective(owner, before)
            if before <= now:
                return
        self._count(visit, row, counts, now=visit.delivers(now, owner), before=_before(visit, before, owner))
        self._note_identities(visit, row, now)
        self._follow(visit, row, now)

    def _count(self, visit: _Visit, row: Row, counts: CollectionCounts, *, now: bool, before: bool | None) -> None:
        """Deliver the row unless it was (`before`: delivered, withheld, or None for never seen), else count it."""
        if now and before is not True:
            counts.rows += 1
            counts.withheld -= before is False
            for name, value in row.items():
                if (seen := type_name(value)) is not None:
                    counts.types.setdefault(name, set()).add(seen)
            self.sink(visit.collection, row)
        elif not now and before is None:
            counts.withheld += 1

    def _follow(self, visit: _Visit, row: Row, reach: Reach) -> None:
        for edge, target_type in visit.edges:
            if edge.shape is Shape.FANOUT and not edge.directed and reach is not Reach.OWN:
                continue
            onward = max(reach, Reach.LOOKUP) if edge.shape is Shape.LOOKUP else reach
            for value in at_path(row, edge.source.path):
                self._add(edge, value, target_type, onward)

    def _add(self, edge: Edge, value: Value, target_type: str | None, reach: Reach) -> None:
        if type(value) not in KEY_TYPES:
            return  # null joins nothing, and nor does a whole object
        try:
            key = cast(value, target_type)
        except UncastableError:
            return  # a value that the target's type cannot hold equals nothing there
        collection = (edge.target.dataset, edge.target.collection)
        if edge.target.dataset != self.work.dataset.key:
            self.result.outgoing.add(collection, edge.target.path, key, reach)
            return
        known = self.asked.reach_of(collection, edge.target.path, key)
        if edge.target.collection in self.visits and (known is None or known > reach):
            self.pending.add(collection, edge.target.path, key, reach)

    def _note_identities(self, visit: _Visit, row: Row, reach: Reach) -> None:
        for path, kind in visit.identity_sources:
            for value in at_path(row, path):
                self._note(visit, path, kind, value, proven=reach is Reach.OWN)
        if reach is Reach.OWN:
            for path, kind in visit.unproven_identities:
                for value in at_path(row, path):
                    self._note(visit, path, kind, value, proven=False)

    def _note(self, visit: _Visit, path: str, kind: str, value: Value, *, proven: bool) -> None:
        if value is None or value == "":
            return
        found = (kind, normal_form(kind, value), f"{visit.collection.dataset}:{visit.collection.name}.{path}")
        if found[1] in self.work.identities.get(kind, frozenset()):
            return
        if proven:
            self.result.proven.add(found)
        elif len(self.result.unproven) < MOST_UNPROVEN:
            self.result.unproven.add(found)


def _before(visit: _Visit, reach: Reach | None, owner: Owner) -> bool | None:
    return None if reach is None else visit.delivers(reach, owner)


def _of_reach(values: Mapping[Value, Reach], reach: Reach) -> frozenset[Value]:
    return frozenset(value for value, at in values.items() if at is reach)


def _effective(owner: Owner, reach: Reach) -> Reach:
    """Return the reach of a row: its own evidence beats the way that led to it."""
    return {Owner.PERSON: Reach.OWN, Owner.ANOTHER: Reach.FOREIGN}.get(owner, reach)


class _Visit:
    """A collection in one walk: its rules, bound once and applied to every row."""

    def __init__(self, collection: Collection, work: WalkInput) -> None:
        self.collection = collection
        self.edges = tuple((edge, _target_type(edge, work)) for edge in work.graph.edges_from(collection.key))
        self.only = {path: _fill(value, work.parameters) for path, value in collection.only.items()}
        self.fields = {item.path: item for item in collection.walk()}
        self._rule = OwnerRule(collection, work.identities)
        self.identity_sources = tuple(
            (item.path, item.identity_source) for item in collection.walk() if item.identity_source
        )
        self.unproven_identities = tuple(
            (item.path, item.identity)
            for item in collection.walk()
            if item.identity and item.identity not in work.identities and not item.identity_source
        )

    def owner(self, row: Row) -> Owner:
        """Return whose row it is; in a collection that is shared and delivered, another's name says nothing."""
        owner = self._rule.owner(row)
        if owner is Owner.ANOTHER and self.collection.shared is Sharing.DELIVER:
            return Owner.UNSAID
        return owner

    def delivers(self, reach: Reach, owner: Owner) -> bool:
        if owner is Owner.PERSON:
            return True
        return owner is Owner.UNSAID and reach <= Reach.LOOKUP and self.collection.shared is not Sharing.WITHHOLD

    def matches(self, row: Row, wanted: Mapping[str, frozenset[Value]]) -> bool:
        """Compare a returned row again, by code points: what a store's collation calls equal may not be."""
        if any(not _equals(row, path, value) for path, value in self.only.items() if path in row):
            return False
        return any(value in values for path, values in wanted.items() for value in self._values(row, path))

    def reach_before(self, row: Row, asked: KeySet) -> Reach | None:
        """Return the best reach by which keys asked earlier led to this row; None if none did."""
        reaches = [
            reach
            for path, values in asked.paths(self.collection.key).items()
            for value in self._values(row, path)
            if (reach := values.get(value)) is not None
        ]
        return min(reaches, default=None)

    def _values(self, row: Row, path: str) -> list[Value]:
        item = self.fields[path]
        found = []
        for value in at_path(row, path):
            if type(value) not in KEY_TYPES:
                continue
            if item.identity is not None:
                found.append(normal_form(item.identity, value))
            try:
                found.append(cast(value, item.data_type))
            except UncastableError:
                continue  # a value of another type than declared equals no key
        return found


def _equals(row: Row, path: str, wanted: Value) -> bool:
    return any(str(value) == str(wanted) for value in at_path(row, path))


def _target_type(edge: Edge, work: WalkInput) -> str | None:
    target = edge.target
    return work.data_map.collection((target.dataset, target.collection)).at(target.path).data_type


def _fill(value: Value, parameters: Mapping[str, Value]) -> Value:
    """Return a placeholder such as "{tenant}" as its parameter. Raises KeyError for one that nobody set."""
    if isinstance(value, str) and value.startswith("{") and value.endswith("}"):
        return parameters[value[1:-1]]
    return value
