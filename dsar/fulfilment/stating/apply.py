"""A state over a data map: find the person's own rows, note what stands there, write the state, read it again. Pure.

A store is written in one block, in which the rows are read once more and what stands in them is noted, for good,
before the block ends. One that fails spoils no other. Written again, nothing is changed and nothing is noted anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from dsar.datamap.model import Collection, Dataset
from dsar.datamap.states import State, StateKind
from dsar.fulfilment.correcting.search import OwnRows, Search
from dsar.fulfilment.engine import Engine, Work
from dsar.fulfilment.erasing.done import is_masked_by
from dsar.fulfilment.joinkey import CollectionKey, form_of
from dsar.fulfilment.stating.forms import stands
from dsar.fulfilment.stating.kept import Kept, KeptRow, NotKeepableError, Replaced, RowKey
from dsar.fulfilment.stating.rows import RowsDifferError, Writing, key_of
from dsar.fulfilment.visit import Visit
from dsar.stores.base import Changeable, Snapshot, StoreConfigError, StoreError
from dsar.values import Row

#: Why a store is not written; the text of each is for whoever reads the problem.
NOT_WRITTEN = (StoreError, StoreConfigError, RowsDifferError, NotKeepableError)
#: Keeps what stood in rows, for good, before the block that writes them ends.
Keep = Callable[[Kept], None]


@dataclass(frozen=True)
class Applied:
    """`rows` hold the state now, by collection; `changed` of them did not before.

    `problems`, by dataset, say what is not done.
    """

    rows: Mapping[CollectionKey, int] = field(default_factory=dict)
    changed: int = 0
    problems: Mapping[str, str] = field(default_factory=dict)


def places(work: Work, kind: StateKind, purposes: frozenset[str] | None = None) -> frozenset[CollectionKey]:
    """Return the collections in which the map has the state written, for any of these purposes (None: whatever for)."""
    return frozenset(
        item.key
        for item in work.data_map.collections()
        if not item.skip_processing and (state := item.state(kind)) is not None and state.holds_for(purposes)
    )


def search_toward(work: Work, wanted: frozenset[CollectionKey]) -> Search:
    """Find what leads to these collections, under addresses that lead on from the person's (`identity_source`), too."""
    with Engine(work) as engine:
        keys = engine.find_toward(work.graph.toward(wanted), identifies=True)
        return Search(engine.identities, keys, dict(engine.failures))


def apply(
    work: Work,
    kind: StateKind,
    wanted: frozenset[CollectionKey],
    *,
    kept: Kept,
    keep: Keep,
    check: Callable[[], None],
) -> Applied:
    """Write a state into the person's own rows of the `wanted` collections, by the identities of `work`.

    `kept` is what an earlier call has noted and grows; `keep` is called with it before each block ends. `check` raises
    OvertakenError if something else is to hold by now: before a block ends, nothing is written in it.
    """
    if not wanted:
        return Applied()
    search = search_toward(work, wanted)
    writer = _Applying(work, search, kind, wanted, kept, keep, check)
    rows, changed, problems = dict[CollectionKey, int](), 0, dict(search.failures)
    for dataset in work.data_map.datasets:
        if not any(key[0] == dataset.key for key in wanted) or dataset.key in problems:
            continue
        try:
            changed += writer.write(dataset, rows)
        except NOT_WRITTEN as error:
            problems[dataset.key] = str(error)
    return Applied(rows, changed, problems)


@dataclass(frozen=True)
class _Applying:
    work: Work
    search: Search
    kind: StateKind
    wanted: frozenset[CollectionKey]
    kept: Kept
    keep: Keep
    check: Callable[[], None]

    def write(self, dataset: Dataset, rows: dict[CollectionKey, int]) -> int:
        """Write one store and count in `rows` what holds the state then; return how many rows were changed.

        Raises OvertakenError and what is in NOT_WRITTEN.
        """
        store = self.work.open_store(dataset.key)
        with store.snapshot() as snapshot:
            looks = list(self._looks(dataset, snapshot))
        changed = 0
        if any(look.others for look in looks):
            if not isinstance(store, Changeable):
                raise StoreConfigError(f"{dataset.key}: this kind of store ({store.kind}) cannot be written")
            with store.changing(commits=True) as changing:
                for look in self._looks(dataset, changing):
                    look.note(self.kept)
                    changed += look.writing().write(changing)
                self.check()
                self.keep(self.kept)
            # A block that ended while something else came has written what holds no longer: whoever asks writes again.
            self.check()
            with store.snapshot() as snapshot:
                looks = list(self._looks(dataset, snapshot))
        if left := sum(len(look.others) for look in looks):
            raise RowsDifferError(f"{dataset.key}: {left} rows do not hold the state when they are read again")
        rows.update({look.visit.collection.key: look.right for look in looks})
        return changed

    def _looks(self, dataset: Dataset, snapshot: Snapshot) -> Iterator[_Look]:
        own = OwnRows(self.work, self.search)
        for collection in own.collections(dataset):
            state = collection.state(self.kind)
            if state is not None and collection.key in self.wanted:
                look = _Look(own.visit(collection), state)
                for row in own.read(collection, snapshot):
                    look.take(row)
                yield look


class _Look:
    """What one collection's rows hold: in those that are to be written, the fields that hold something else."""

    def __init__(self, visit: Visit, state: State) -> None:
        self.visit, self._state = visit, state
        self.right = 0
        self.others: list[tuple[RowKey, Row]] = []

    def take(self, row: Row) -> None:
        collection: Collection = self.visit.collection
        if is_masked_by(collection.erasure, row):
            return  # it is nobody's account any more; written over, it would be one to mask again
        wrong = {
            name: row.get(name)
            for name, value in self._state.fields.items()
            if not stands(collection, name, row.get(name), value)
        }
        if wrong:
            self.others.append((key_of(self.visit, row), wrong))
        else:
            self.right += 1

    def note(self, kept: Kept) -> None:
        """Note what stands in the rows. Raises NotKeepableError.

        What an earlier state of the same map wrote is not what stood there before: of that the older note is right.
        """
        collection = self.visit.collection
        for key, wrong in self.others:
            known = kept.of(collection.key).get(form_of(key))
            fields = {}
            for name, value in wrong.items():
                old = known.fields.get(name) if known else None
                before = old.before if old and stands(collection, name, value, old.written) else value
                fields[name] = Replaced(self._state.fields[name], before)
            kept.remember(collection.key, KeptRow(key, fields))

    def writing(self) -> Writing:
        found = Writing(self.visit)
        for key, wrong in self.others:
            found.add(key, {name: self._state.fields[name] for name in wrong})
        return found
