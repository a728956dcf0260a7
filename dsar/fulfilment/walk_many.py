"""Walk one store for many at once: what several walks ask of a collection next is read once, for all of them.

Each walk stays its own (dsar.fulfilment.walk): its keys, its sink, its counts, its failure. Only the reading is shared:
a row is handed to the walks that asked for one of its keys, found by the key's form in a dictionary, and each of them
judges it as it would judge any row of the store.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from dsar.datamap.model import Collection
from dsar.fulfilment.joinkey import Asked, Form, Paths
from dsar.fulfilment.visit import Visit
from dsar.fulfilment.walk import Sink, Turn, Walker, WalkInput, WalkResult, selection
from dsar.stores.base import Selection, Snapshot, Undeclared
from dsar.values import Row

#: Rows in memory until a reading ends: of one walk, and of all. A walk that gets more reads for itself, row by row;
#: where all get more, some wait for a next reading, which they share again.
MOST_OF_ONE = 5_000
MOST_OF_ALL = 50_000
#: Keys that are asked in one shared reading. A walk that asks more than fit in reads for itself.
MOST_KEYS = 50_000


@dataclass(frozen=True)
class Errand:
    """One of the walks, and where its rows go."""

    work: WalkInput
    sink: Sink


def walk_many(
    errands: Sequence[Errand], *, snapshot: Snapshot, progress: Callable[[], None] | None = None
) -> list[WalkResult | Exception]:
    """Return for each errand what `walk` returns, or the error that ended it alone; the others go on.

    All are over one dataset of one data map, with the same parameters: else ValueError. `progress` is called after
    every batch. Raises StoreError if the store fails, which fails all.
    """
    _check([errand.work for errand in errands])
    walks = [_Walk(errand, snapshot) for errand in errands]
    places = {item.name: place for place, item in enumerate(errands[0].work.dataset.collections)} if errands else {}
    while turns := [(walk, walk.turn) for walk in walks if walk.turn is not None]:
        # Of the collections that are read next the one that comes first: who is behind catches up.
        first = min((turn.visit.collection.name for _, turn in turns), key=lambda name: places[name])
        together = [(walk, turn) for walk, turn in turns if turn.visit.collection.name == first]
        _read(together, snapshot, progress or _nobody)
        for walk, _ in together:
            if not walk.waits:
                walk.go_on()
    return [walk.failure or walk.result for walk in walks]


def _nobody() -> None:
    """Tell nobody."""


def _check(works: Sequence[WalkInput]) -> None:
    if len({(work.dataset.key, work.data_map.fingerprint, str(sorted(work.parameters.items()))) for work in works}) > 1:
        raise ValueError("walks share a reading only over one dataset of one data map, with the same parameters")


class _Walk:
    """A walk that stops before each of its readings; `turn` is the next one, None at the end."""

    def __init__(self, errand: Errand, snapshot: Snapshot) -> None:
        self._handed = _Handed(snapshot)
        self.failure: Exception | None = None
        self.turn: Turn | None = None
        self.rows: list[Row] = []
        self.reads_alone = False  # this reading
        self.waits = False  # for another reading of the same, with others who wait
        self._walker = Walker(errand.work, self._handed, errand.sink, lambda _name, _rows: None)
        self._turns = self._walker.turns()
        self._step()

    @property
    def result(self) -> WalkResult:
        return self._walker.result

    def go_on(self) -> None:
        """Take the rows that were handed over, and stop before the next reading."""
        self._handed.rows = None if self.reads_alone else self.rows
        self.rows, self.reads_alone = [], False
        self._step()

    def _step(self) -> None:
        self.turn = None
        try:
            self.turn = next(self._turns, None)
        except Exception as error:  # one's failure is not the others'
            self.failure = error


class _Handed:
    """The snapshot as one walk sees it: the rows that were read for it, or, without these, the store itself."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self.taken_at: datetime = snapshot.taken_at
        self.rows: list[Row] | None = None

    def read(self, collection: Collection, selection: Selection) -> Iterator[Sequence[Row]]:
        if self.rows is None:
            yield from self._snapshot.read(collection, selection)
        elif self.rows:
            yield self.rows

    def count(self, collection: Collection, selection: Selection) -> int:
        return self._snapshot.count(collection, selection)

    def undeclared(self) -> tuple[Undeclared, ...]:
        return self._snapshot.undeclared()


def _read(turns: Sequence[tuple[_Walk, Turn]], snapshot: Snapshot, progress: Callable[[], None]) -> None:
    """Read once what all of them want of a collection, and hand each row to those that asked for it."""
    for walk, _ in turns:
        walk.waits = False
    together = _sharing(turns)
    if together:
        desk, visit = _Desk(together), turns[0][1].visit
        for batch in snapshot.read(visit.collection, selection(visit, desk.wanted)):
            for row in batch:
                desk.hand_out(visit, row)
            progress()
    if all(walk.waits for walk, _ in turns):
        turns[0][0].reads_alone, turns[0][0].waits = True, False


def _sharing(turns: Sequence[tuple[_Walk, Turn]]) -> list[tuple[_Walk, Turn]]:
    """Return those who ask least, as many as MOST_KEYS allows; the others read alone, as does one without company."""
    together, asked = [], 0
    for walk, turn in sorted(turns, key=lambda item: _size(item[1])):
        asked += _size(turn)
        walk.reads_alone = asked > MOST_KEYS
        if not walk.reads_alone:
            together.append((walk, turn))
    if len(together) == 1:
        together.pop()[0].reads_alone = True
    return together


def _size(turn: Turn) -> int:
    return sum(map(len, turn.wanted.values()))


@dataclass
class _Desk:
    """Who wants what: by paths and form of a key."""

    turns: Sequence[tuple[_Walk, Turn]]
    wanted: dict[Paths, dict[Form, Asked]] = field(default_factory=dict)
    _asking: dict[Paths, dict[Form, list[_Walk]]] = field(default_factory=dict)
    _held: int = 0

    def __post_init__(self) -> None:
        for walk, turn in self.turns:
            for paths, keys in turn.wanted.items():
                wanted, asking = self.wanted.setdefault(paths, {}), self._asking.setdefault(paths, {})
                for form, asked in keys.items():
                    wanted.setdefault(form, asked)
                    asking.setdefault(form, []).append(walk)

    def hand_out(self, visit: Visit, row: Row) -> None:
        for walk in self._who_asked(visit, row):
            if not (walk.reads_alone or walk.waits):
                walk.rows.append(row)
                self._held += 1
                if len(walk.rows) > MOST_OF_ONE:
                    self._drop_rows(walk)
                    walk.reads_alone = True
        while self._held > MOST_OF_ALL:
            most = max((walk for walk, _ in self.turns), key=lambda walk: len(walk.rows))
            self._drop_rows(most)
            most.waits = True

    def _who_asked(self, visit: Visit, row: Row) -> Iterable[_Walk]:
        """Return each walk that a key of the row is wanted by, once."""
        found: dict[int, _Walk] = {}
        for paths, forms in visit.forms(row, self._asking).items():
            for form in forms:
                found.update((id(walk), walk) for walk in self._asking[paths].get(form, ()))
        return found.values()

    def _drop_rows(self, walk: _Walk) -> None:
        self._held -= len(walk.rows)
        walk.rows = []
