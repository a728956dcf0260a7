"""Walk one store to a fixpoint: read what the known keys lead to, follow the edges, until nothing is new.

Only join keys are remembered, never rows. A row is new exactly if it matches none of the keys that were
asked before, so rows reached by two ways are delivered once, identical rows without a key as often as they
occur. Very many keys rest on disk (dsar.fulfilment.keys), so memory grows with neither. Rows with an array of which
only some elements may be the person's are read once more at the end, when all keys are known.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from time import perf_counter
from typing import Protocol

from dsar.columns import types_by_field
from dsar.datamap.graph import Graph
from dsar.datamap.model import Collection, DataMap, Dataset
from dsar.fulfilment.elements import Hit
from dsar.fulfilment.found import Found, best, groups_of, near
from dsar.fulfilment.joinkey import Asked, CollectionKey, Keys, Known, Paths, form_of
from dsar.fulfilment.keys import KeySet
from dsar.fulfilment.reach import Identities, Reach, normal_form
from dsar.fulfilment.stages import next_collection
from dsar.fulfilment.verdicts import BY_ELEMENTS, SKIP, Verdict, Verdicts, effective
from dsar.fulfilment.visit import Visit, Way
from dsar.stores.base import Alternative, Selection, Snapshot
from dsar.stores.casting import fold_email
from dsar.values import TYPE_NAMES, Row, Value, at_path

#: Identities found but not proven are told to the reviewer; a list longer than this tells nothing more.
MOST_UNPROVEN = 50
#: Keys asked for in one reading, in memory together with what a store makes of them: a kilobyte each.
MOST_KEYS = 50_000


class Sink(Protocol):
    """Where delivered rows go."""

    def __call__(self, collection: Collection, rows: Sequence[Row], /) -> None: ...


@dataclass
class CollectionCounts:
    """What was found in a collection: delivered rows, withheld rows of others, seconds of reading, value types seen.

    `outside` are rows of days that nobody asked for (dsar.fulfilment.narrowing).
    """

    rows: int = 0
    withheld: int = 0
    seconds: float = 0.0
    types: dict[str, set[str]] = field(default_factory=dict)
    outside: int = 0


@dataclass
class WalkResult:
    """`asked` is everything asked in this walk, `outgoing` the keys for other stores.

    `by_elements` names the collections in which arrays were cut: a later key may add elements to rows delivered now.
    """

    counts: dict[str, CollectionCounts] = field(default_factory=dict)
    asked: KeySet = field(default_factory=KeySet)
    outgoing: KeySet = field(default_factory=KeySet)
    by_elements: set[str] = field(default_factory=set)
    proven: set[tuple[str, str, str]] = field(default_factory=set)  # kind, value, where
    unproven: set[tuple[str, str, str]] = field(default_factory=set)


@dataclass(frozen=True)
class WalkInput:
    """Seeds and what was asked before may be of other stores, too; neither is changed.

    `only_collections` limits the walk (None: no limit); `parameters` fill the map's `only` placeholders. `keys_only`:
    nobody wants the rows, so that a collection from which nothing leads on need not be read.
    """

    data_map: DataMap
    dataset: Dataset
    graph: Graph
    identities: Identities
    seeds: KeySet
    asked_before: KeySet
    parameters: Mapping[str, Value] = field(default_factory=dict)
    only_collections: frozenset[CollectionKey] | None = None
    keys_only: bool = False


def seed_keys(graph: Graph, identities: Identities) -> KeySet:
    """Return the keys a walk starts from: every proven identity at every entry point of its kind."""
    seeds = KeySet()
    for kind, values in identities.items():
        for entry in graph.entry_points(kind):
            for value in values:
                wanted = fold_email(value) if kind == "email" else value
                seeds.add((entry.dataset, entry.collection), (entry.path,), (wanted,), Reach.OWN)
    return seeds


def walk(
    work: WalkInput, *, snapshot: Snapshot, sink: Sink, progress: Callable[[str, int], None] | None = None
) -> WalkResult:
    """Read everything in one store that the seeds lead to. Raises StoreError.

    `progress(collection, rows)` is called after every batch with the rows delivered from it so far.
    """
    walker = Walker(work, snapshot, sink, progress or (lambda _name, _rows: None))
    walker.run()
    return walker.result


@dataclass(frozen=True)
class Turn:
    """A reading: of which collection, and what is asked of it."""

    visit: Visit
    wanted: Keys


class Walker:
    """A walk that can be stopped before each of its readings."""

    def __init__(self, work: WalkInput, snapshot: Snapshot, sink: Sink, progress: Callable[[str, int], None]) -> None:
        self.work, self.snapshot, self.sink, self.progress = work, snapshot, sink, progress
        self.result = WalkResult()
        self.pending = work.seeds.beyond(work.asked_before, dataset=work.dataset.key)
        self.visits = {item.name: _visit(item, work) for item in work.dataset.collections if not item.skip_processing}

    def run(self) -> None:
        for _ in self.turns():
            pass

    def turns(self) -> Iterator[Turn]:
        """Yield what is read next, and read it when asked to go on."""
        while visit := self._next():
            keys = self.pending.pop(visit.collection.key)
            # Parts of one turn have no key in common: where nothing was asked before it, nothing is looked up twice.
            new = not groups_of(self._asked(visit))
            for reach in Reach:
                for wanted in self._unasked(visit, keys, reach, new=new):
                    if self.work.keys_only and not visit.leads_on:
                        share(self.result.asked, visit, wanted)
                        continue
                    yield Turn(visit, wanted)
                    self._read(visit, wanted, keys, reach, new=new)
        for name in () if self.work.keys_only else sorted(self.result.by_elements):
            yield from self._turns_by_elements(self.visits[name])

    def _turns_by_elements(self, visit: Visit) -> Iterator[Turn]:
        keys, read = self.result.asked.of(visit.collection.key), KeySet()
        for wanted in keys.portions(MOST_KEYS):
            yield Turn(visit, wanted)
            self._read_elements(visit, wanted, keys, read.of(visit.collection.key))
            share(read, visit, wanted)

    def _asked(self, visit: Visit) -> tuple[Found, Found]:
        """Return what was asked of a collection, in this walk and before."""
        return self.result.asked.of(visit.collection.key), self.work.asked_before.of(visit.collection.key)

    def _unasked(self, visit: Visit, keys: Found, reach: Reach, *, new: bool) -> Iterator[Keys]:
        """Yield what is to be asked at one reach in parts; a row that two of them lead to is known at the second."""
        for wanted in keys.portions(MOST_KEYS, reach):
            for asked in () if new else self._asked(visit):
                wanted = asked.unasked(wanted)
            if wanted:
                yield wanted

    def _next(self) -> Visit | None:
        """Return the next collection with keys to ask, in the order of the data map and of `after`."""
        limit = self.work.only_collections
        waiting = (
            key for key in self.pending.collections() if key[1] in self.visits and (limit is None or key in limit)
        )
        found = next_collection(self.work.dataset, waiting)
        return None if found is None else self.visits[found.name]

    def _read(self, visit: Visit, wanted: Keys, keys: Found, reach: Reach, *, new: bool) -> None:
        """Read what leads to rows at one reach; `keys` is all that is being asked of the collection in this turn.

        `new`: nothing was asked of it before this turn.
        """
        counts = self.result.counts.setdefault(visit.collection.name, CollectionCounts())
        before = self._asked(visit)
        verdicts = Verdicts(visit, wanted=wanted, before=before, reach=reach, new=new)
        started = perf_counter()
        for batch in self.snapshot.read(visit.collection, selection(visit, wanted)):
            for verdict, rows in verdicts.grouped(batch):
                if verdict is BY_ELEMENTS:
                    self.result.by_elements.add(visit.collection.name)
                    self._lead_on(visit, rows, before, keys, reach)
                else:
                    self._take(visit, rows, verdict, counts)
            self.progress(visit.collection.name, counts.rows)
        share(self.result.asked, visit, wanted)
        counts.seconds += perf_counter() - started

    def _take(self, visit: Visit, rows: Sequence[Row], verdict: Verdict, counts: CollectionCounts) -> None:
        """Deliver or withhold rows of one verdict, once, and follow their edges."""
        if verdict is SKIP:
            return
        self._count(visit, rows, counts, now=verdict.delivers, before=verdict.was)
        if visit.leads_on:
            for row in rows:
                self._note_identities(visit, row, verdict.reach)
                self._follow(visit, row, verdict.reach)

    def _count(
        self, visit: Visit, rows: Sequence[Row], counts: CollectionCounts, *, now: bool, before: bool | None
    ) -> None:
        """Deliver rows unless they were (`before`: delivered, withheld, or None for never seen), else count them."""
        if now and before is not True:
            counts.rows += len(rows)
            counts.withheld -= len(rows) if before is False else 0
            _note_types(counts.types, rows)
            self.sink(visit.collection, rows)
        elif not now and before is None:
            counts.withheld += len(rows)

    def _lead_on(self, visit: Visit, rows: Sequence[Row], before: tuple[Found, ...], keys: Found, at: Reach) -> None:
        """Follow the edges of rows by their elements: each leads on by the keys that it matches itself."""
        sets = (*before, keys)
        known = near(sets, [visit.forms(row, groups_of(sets)) for row in rows])
        for row in rows:
            first = effective(visit.owner(row), at)
            for reach in (reach for reach in Reach if reach >= first):
                part = visit.elements.leading_on(row, own=_hit(visit, known, reach))
                self._note_identities(visit, part, reach)
                self._follow(visit, part, reach)

    def _read_elements(self, visit: Visit, wanted: Keys, keys: Found, read: Found) -> None:
        """Deliver the rows whose arrays are cut, by all `keys` that are known by now.

        Those are read that are `wanted`, but for those that came with what was `read` before.
        """
        counts, started = self.result.counts[visit.collection.name], perf_counter()
        for batch in self.snapshot.read(visit.collection, selection(visit, wanted)):
            forms = [visit.forms(row, keys.paths) for row in batch]
            known, earlier = near([keys], forms), near([read], forms)
            for row, at in zip(batch, forms, strict=True):
                if visit.fits(row) and best(at, wanted) is not None and best(at, *earlier) is None:
                    self._deliver_elements(visit, row, best(at, *known), known, counts)
            self.progress(visit.collection.name, counts.rows)
        counts.seconds += perf_counter() - started

    def _deliver_elements(
        self, visit: Visit, row: Row, reach: Reach | None, known: tuple[Known, ...], counts: CollectionCounts
    ) -> None:
        if reach is not None and visit.elements.any(row):
            found, own = _hit(visit, known, Reach.FOREIGN), _hit(visit, known, Reach.LOOKUP)
            kept = visit.elements.delivered(row, found=found, own=own)
            self._count(visit, [kept], counts, now=visit.delivers(reach, visit.owner(row)), before=None)

    def _follow(self, visit: Visit, row: Row, reach: Reach) -> None:
        for way in visit.ways:
            onward = way.onward(reach)
            if onward is not None:
                for values in way.keys(row):
                    self._ask(way, values, onward)

    def _ask(self, way: Way, values: tuple[Value, ...], reach: Reach) -> None:
        form = form_of(values)
        if way.target[0] != self.work.dataset.key:
            self.result.outgoing.share(way.target, way.paths, form, Asked(values, reach))
        elif not (
            self.result.asked.recalls(way.target, way.paths, form, reach)
            or self.work.asked_before.recalls(way.target, way.paths, form, reach)
        ):
            self.pending.share(way.target, way.paths, form, Asked(values, reach))

    def _note_identities(self, visit: Visit, row: Row, reach: Reach) -> None:
        for path, kind in visit.identity_sources:
            for value in at_path(row, path):
                self._note(visit, path, kind, value, proven=reach is Reach.OWN)
        if reach is Reach.OWN:
            for path, kind in visit.unproven_identities:
                for value in at_path(row, path):
                    self._note(visit, path, kind, value, proven=False)

    def _note(self, visit: Visit, path: str, kind: str, value: Value, *, proven: bool) -> None:
        form = normal_form(kind, value)
        if form is None or form in self.work.identities.get(kind, frozenset()):
            return
        found = (kind, form, f"{visit.collection.dataset}:{visit.collection.name}.{path}")
        if proven:
            self.result.proven.add(found)
        elif len(self.result.unproven) < MOST_UNPROVEN:
            self.result.unproven.add(found)


def _visit(collection: Collection, work: WalkInput) -> Visit:
    only = fixed_values(collection, work.parameters)
    return Visit(collection, data_map=work.data_map, graph=work.graph, identities=work.identities, only=only)


def fixed_values(collection: Collection, parameters: Mapping[str, Value]) -> dict[str, Value]:
    """Return `meta.only` with its placeholders filled. Raises KeyError for one that nobody set."""
    return {path: _fill(value, parameters) for path, value in collection.only.items()}


def selection(visit: Visit, wanted: Keys) -> Selection:
    """Return what is asked of the store. Booleans go apart: Python takes True and 1 for one member of a set."""
    found: dict[tuple[Paths, tuple[bool, ...]], set[tuple[Value, ...]]] = {}
    for paths, keys in wanted.items():
        for item in keys.values():
            kinds = tuple(isinstance(value, bool) for value in item.values)
            found.setdefault((paths, kinds), set()).add(item.values)
    return Selection(tuple(Alternative(paths, frozenset(values)) for (paths, _), values in found.items()), visit.only)


def share(keys: KeySet, visit: Visit, wanted: Keys) -> None:
    """Add what was asked of a collection to a set of keys."""
    for paths, found in wanted.items():
        for form, item in found.items():
            keys.share(visit.collection.key, paths, form, item)


def _hit(visit: Visit, known: tuple[Known, ...], reach: Reach) -> Hit:
    return lambda path, value: visit.hits(path, value, known, reach)


def _note_types(types: dict[str, set[str]], rows: Sequence[Row]) -> None:
    """Add the value types of each field, by the names of a bundle's schema."""
    for name, kinds in types_by_field(rows).items():
        types.setdefault(name, set()).update(TYPE_NAMES[kind] for kind in kinds)


def _fill(value: Value, parameters: Mapping[str, Value]) -> Value:
    """Return a placeholder such as "{tenant}" as its parameter. Raises KeyError for one that nobody set."""
    name = placeholder(value)
    return value if name is None else parameters[name]


def placeholder(value: Value) -> str | None:
    """Return the name of the parameter that a fixed value such as "{tenant}" stands for; None if it is a value."""
    is_one = isinstance(value, str) and value.startswith("{") and value.endswith("}")
    return value[1:-1] if is_one else None
