"""Walks a data map without a store: which keys lead where, in the order in which the engine would go.

In place of values there is a token for each way by which some can come, so every decision is the engine's own: which
store and collection is next, which ways are followed at which reach, what has been asked already. Where real rows bring
no values a visit is left out; where they bring other values later, a collection is visited again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from dsar.datamap.graph import CollectionKey, Graph
from dsar.datamap.model import Collection, DataMap, Dataset, FieldAddress, Sharing
from dsar.datamap.plan import waits_for
from dsar.fulfilment.joinkey import Keys, Paths
from dsar.fulfilment.keys import MOST_HELD, KeySet
from dsar.fulfilment.reach import Reach
from dsar.fulfilment.stages import next_collection, next_datasets
from dsar.fulfilment.visit import Way, ways_from
from dsar.mapping.explaining.circles import in_circles
from dsar.mapping.explaining.steps import Foreseen, Key, NotFollowed, Stage, Visit


def foresee(data_map: DataMap, graph: Graph, kinds: frozenset[str]) -> Foreseen:
    """Return the walk for identities of these kinds, proven or found on the way."""
    first = graph.toward_identity_sources()
    identifying = _Foresight(data_map, graph, kinds, first).stages() if first else ()
    collecting = _Foresight(data_map, graph, kinds)
    return Foreseen(identifying, collecting.stages(), tuple(collecting.not_followed()))


@dataclass(frozen=True, slots=True)
class _Origin:
    """What a token stands for: identities of a kind, or the values of fields in rows of one reach, asked at `paths`."""

    paths: Paths
    reach: Reach
    kind: str = ""
    sources: tuple[FieldAddress, ...] = ()
    way: Way | None = None

    @property
    def is_same_as(self) -> tuple[object, ...]:
        return (self.paths, self.kind, self.sources)


@dataclass(frozen=True, slots=True)
class _Reading:
    """What is asked of a collection at one reach: one statement, or as many as its values need."""

    collection: CollectionKey
    origins: tuple[_Origin, ...]
    waits_for: tuple[str, ...]


@dataclass
class _Foresight:
    """One walk; `only` limits it to some collections."""

    data_map: DataMap
    graph: Graph
    kinds: frozenset[str]
    only: frozenset[CollectionKey] | None = None
    asked: KeySet = field(default_factory=KeySet)
    outgoing: KeySet = field(default_factory=KeySet)
    origins: dict[str, _Origin] = field(default_factory=dict)
    ways: dict[CollectionKey, tuple[Way, ...]] = field(default_factory=dict)
    followed: set[tuple[CollectionKey, int]] = field(default_factory=set)

    def stages(self) -> tuple[Stage, ...]:
        rounds = list(self._rounds())
        circles = in_circles((key, self.ways[key][number].target) for key, number in self.followed)
        met: set[CollectionKey] = set()
        stages = []
        for readings, held_back in rounds:
            visits = [_visit(found, met, circles) for found in _by_collection(readings)]
            met.update(visit.collection for visit in visits)
            stages.append(Stage(tuple(visits), held_back))
        return tuple(stages)

    def not_followed(self) -> Iterator[NotFollowed]:
        """Yield the ways on from what is reached that no reading follows."""
        for key, ways in self.ways.items():
            for number, way in enumerate(ways):
                if (key, number) not in self.followed:
                    yield NotFollowed(_addresses(key, way), way.target, way.paths)

    def _rounds(self) -> Iterator[tuple[list[_Reading], Mapping[str, tuple[str, ...]]]]:
        behind = waits_for(self.data_map)
        while True:
            seeds = self._seeds()
            seeds.update(self.outgoing)
            waiting = seeds.waiting(self.asked, only=self.only)
            datasets = next_datasets(self.data_map, self.graph, waiting)
            if not datasets:
                return
            readings: list[_Reading] = []
            for key in sorted(datasets):
                readings += self._walk(self.data_map.dataset(key), seeds.beyond(self.asked, dataset=key))
            yield readings, {key: tuple(sorted(behind[key])) for key in sorted(waiting - datasets)}

    def _seeds(self) -> KeySet:
        seeds = KeySet()
        for kind in sorted(self.kinds):
            for entry in self.graph.entry_points(kind):
                origin = _Origin((entry.path,), Reach.OWN, kind=kind)
                self._add(seeds, (entry.dataset, entry.collection), f"{entry} {kind}", origin)
        return seeds

    def _add(self, keys: KeySet, target: CollectionKey, token: str, origin: _Origin) -> None:
        self.origins[token] = origin
        keys.add(target, origin.paths, (token,) * len(origin.paths), origin.reach)

    def _walk(self, dataset: Dataset, pending: KeySet) -> Iterator[_Reading]:
        """Yield the readings of one store, as dsar.fulfilment.walk makes them."""
        limit = self.only
        while collection := next_collection(
            dataset, (key for key in pending.collections() if limit is None or key in limit)
        ):
            waits = tuple(name for name in collection.after if tuple(name.rsplit(".", 1)) in pending.collections())
            keys = pending.pop(collection.key)
            for reach in Reach:
                for wanted in keys.portions(MOST_HELD, reach):
                    yield _Reading(collection.key, tuple(self._origins(wanted)), waits)
                    self._lead_on(collection, wanted, reach, pending)
                    self._share(collection.key, wanted)

    def _origins(self, wanted: Keys) -> Iterator[_Origin]:
        return (self.origins[str(item.values[0])] for found in wanted.values() for item in found.values())

    def _share(self, key: CollectionKey, wanted: Keys) -> None:
        for paths, found in wanted.items():
            for form, item in found.items():
                self.asked.share(key, paths, form, item)

    def _lead_on(self, collection: Collection, wanted: Keys, reach: Reach, pending: KeySet) -> None:
        reaches = {reach, Reach.FOREIGN} if self._may_be_anothers(collection, wanted) else {reach}
        for number, way in enumerate(self._ways_from(collection.key)):
            for onward in sorted({onward for at in reaches if (onward := way.onward(at)) is not None}):
                self.followed.add((collection.key, number))
                found = KeySet()
                origin = _Origin(way.paths, onward, sources=_addresses(collection.key, way), way=way)
                self._add(found, way.target, f"{collection.key} {number} {onward.name}", origin)
                self._ask(found, collection.dataset, pending if way.target[0] == collection.dataset else None)

    def _ask(self, found: KeySet, dataset: str, pending: KeySet | None) -> None:
        """Ask for it in this store, the dataset's, or keep it for another (None)."""
        if pending is not None:
            pending.update(found.beyond(self.asked, dataset=dataset))
        else:
            self.outgoing.update(found)

    def _ways_from(self, key: CollectionKey) -> tuple[Way, ...]:
        if key not in self.ways:
            self.ways[key] = ways_from(key, self.data_map, self.graph)
        return self.ways[key]

    def _may_be_anothers(self, collection: Collection, wanted: Keys) -> bool:
        """Return whether a row found so may name somebody else: it then leads on as another's does."""
        named = {(item.path,) for item in collection.walk() if item.identity in self.kinds}
        return bool(named) and collection.shared is not Sharing.DELIVER and not wanted.keys() <= named


def _addresses(key: CollectionKey, way: Way) -> tuple[FieldAddress, ...]:
    return tuple(FieldAddress(*key, path) for path in way.sources)


def _by_collection(readings: list[_Reading]) -> list[list[_Reading]]:
    found: dict[CollectionKey, list[_Reading]] = {}
    for reading in readings:
        found.setdefault(reading.collection, []).append(reading)
    return list(found.values())


def _visit(readings: list[_Reading], met: set[CollectionKey], circles: frozenset[CollectionKey]) -> Visit:
    """Return the readings of one collection in one stage as one visit."""
    key = readings[0].collection
    alike: dict[tuple[object, ...], list[_Origin]] = {}
    for reading in readings:
        for origin in reading.origins:
            alike.setdefault(origin.is_same_as, []).append(origin)
    statements = dict.fromkeys(tuple(dict.fromkeys(origin.paths for origin in item.origins)) for item in readings)
    return Visit(
        collection=key,
        keys=tuple(map(_key, alike.values())),
        statements=tuple(statements),
        again=key in met,
        circles=key in circles,
        waits_for=tuple(dict.fromkeys(name for item in readings for name in item.waits_for)),
    )


def _key(origins: list[_Origin]) -> Key:
    first = origins[0]
    return Key(
        paths=first.paths,
        reaches=tuple(sorted({origin.reach for origin in origins})),
        kind=first.kind,
        sources=first.sources,
        shape=first.way.shape if first.way else None,
        directed=first.way.directed if first.way else True,
    )
