"""A choice over a data map: find the person's own rows, write it into them, read it again. Pure.

A store is written in one block, in which the rows are read once more and it is asked whether the choice still holds.
One that fails spoils no other. Written again, nothing is changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from dsar.datamap.choices import Choice, Scalar
from dsar.datamap.erasure import Mask, Strategy
from dsar.datamap.model import Collection, Dataset
from dsar.fulfilment.correcting.search import OwnRows, Search
from dsar.fulfilment.correcting.values import form_of
from dsar.fulfilment.engine import Engine, Work
from dsar.fulfilment.joinkey import CollectionKey
from dsar.fulfilment.keys import KeySet
from dsar.fulfilment.reach import Reach
from dsar.fulfilment.visit import Visit
from dsar.fulfilment.walk import MOST_KEYS, selection
from dsar.stores.base import Changeable, Changing, Snapshot, StoreConfigError, StoreError
from dsar.values import Row, Value, at_path


class RowsDifferError(Exception):
    """A store wrote into other rows than were read, or shows another value when it is read again."""


@dataclass(frozen=True)
class Written:
    """`rows` hold the choice now, by dataset; `changed` of them did not before. `problems`, by dataset, say what is
    not done.
    """

    rows: Mapping[str, int] = field(default_factory=dict)
    changed: int = 0
    problems: Mapping[str, str] = field(default_factory=dict)


def places(work: Work, purpose: str) -> frozenset[CollectionKey]:
    """Return the collections in which the data map has a purpose written."""
    found = (item for item in work.data_map.collections() if not item.skip_processing)
    return frozenset(item.key for item in found if purpose in item.choices)


def choose(work: Work, purpose: str, *, given: bool, check: Callable[[], None]) -> Written:
    """Write a choice into the rows that are the person's own, by the identities of `work`.

    A refusal is written under addresses that lead on from theirs, too (`identity_source`); a consent is of one address
    alone. `check` raises OvertakenError if the choice holds no longer: before a block ends, nothing is written in it.
    """
    wanted = places(work, purpose)
    if not wanted:
        return Written()
    with Engine(work) as engine:
        keys = engine.find_toward(work.graph.toward(wanted), identifies=not given)
        search = Search(engine.identities, keys, dict(engine.failures))
    writing = _Writing(work, search, purpose, given, check)
    rows, changed, problems = {}, 0, dict(search.failures)
    for dataset in work.data_map.datasets:
        if not any(key[0] == dataset.key for key in wanted) or dataset.key in problems:
            continue
        try:
            more, rows[dataset.key] = writing.write(dataset)
            changed += more
        except (StoreError, StoreConfigError, RowsDifferError) as error:
            problems[dataset.key] = str(error)
    return Written(rows, changed, problems)


@dataclass(frozen=True)
class _Writing:
    work: Work
    search: Search
    purpose: str
    given: bool
    check: Callable[[], None]

    def write(self, dataset: Dataset) -> tuple[int, int]:
        """Write one store; return how many rows were changed and how many hold the choice when they are read again.

        Raises OvertakenError, RowsDifferError, StoreConfigError, StoreError.
        """
        store = self.work.open_store(dataset.key)
        with store.snapshot() as snapshot:
            looks = list(self._looks(dataset, snapshot))
        if not any(look.others for look in looks):
            return 0, sum(look.right for look in looks)
        if not isinstance(store, Changeable):
            raise StoreConfigError(f"{dataset.key}: this kind of store ({store.kind}) cannot be written")
        with store.changing(commits=True) as changing:
            changed = sum(look.write(changing) for look in self._looks(dataset, changing))
            self.check()
        # A block that ended while another choice came has written what holds no longer: whoever asks writes again.
        self.check()
        with store.snapshot() as snapshot:
            looks = list(self._looks(dataset, snapshot))
        if left := sum(look.others for look in looks):
            raise RowsDifferError(f"{dataset.key}: {left} rows do not hold the choice when they are read again")
        return changed, sum(look.right for look in looks)

    def _looks(self, dataset: Dataset, snapshot: Snapshot) -> Iterator[_Look]:
        own = OwnRows(self.work, self.search)
        for collection in own.collections(dataset):
            choice = collection.choices.get(self.purpose)
            if choice is not None:
                look = _Look(own.visit(collection), choice, choice.value(given=self.given))
                for row in own.read(collection, snapshot):
                    look.take(row)
                yield look


class _Look:
    """What one collection's rows hold; those that are to be written are named by their primary keys."""

    def __init__(self, visit: Visit, choice: Choice, value: Scalar) -> None:
        self._visit, self._choice, self._value = visit, choice, value
        self._keys = KeySet()
        self.right = 0
        self.others = 0

    def take(self, row: Row) -> None:
        collection = self._visit.collection
        if not _is_meant(collection, self._choice, row):
            return
        if _form(collection, self._choice.field, row.get(self._choice.field)) == _form(
            collection, self._choice.field, self._value
        ):
            self.right += 1
            return
        key = tuple(next(iter(at_path(row, path)), None) for path in collection.primary_key)
        self._keys.add(collection.key, collection.primary_key, key, Reach.OWN)
        self.others += 1

    def write(self, changing: Changing) -> int:
        """Write the value into the rows that do not hold it; return how many. Raises RowsDifferError, StoreError."""
        collection = self._visit.collection
        masks = {self._choice.field: Mask(Strategy.FIXED, self._value)}
        portions = self._keys.of(collection.key).portions(MOST_KEYS)
        rows = sum(changing.mask(collection, selection(self._visit, wanted), masks, key=b"") for wanted in portions)
        if rows != self.others:
            name = f"{collection.dataset}:{collection.name}"
            raise RowsDifferError(f"{name}: {rows} rows would be written where {self.others} were found")
        return rows


def _is_meant(collection: Collection, choice: Choice, row: Row) -> bool:
    return all(
        _form(collection, name, row.get(name)) in {_form(collection, name, value) for value in values}
        for name, values in choice.where.items()
    )


def _form(collection: Collection, name: str, value: Value) -> object:
    return form_of(value, collection.at(name).data_type or "string")
