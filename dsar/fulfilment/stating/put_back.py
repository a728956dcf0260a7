"""End a state: put back what stood in each row, where the state's value still stands. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from dsar.datamap.model import Collection, Dataset
from dsar.fulfilment.correcting.search import OwnRows, Search
from dsar.fulfilment.engine import Work
from dsar.fulfilment.joinkey import CollectionKey, Form, form_of
from dsar.fulfilment.keys import KeySet
from dsar.fulfilment.meeting import meet
from dsar.fulfilment.reach import Reach
from dsar.fulfilment.stating.apply import NOT_WRITTEN, Keep, search_toward
from dsar.fulfilment.stating.forms import form_at, stands
from dsar.fulfilment.stating.kept import Kept, KeptRow
from dsar.fulfilment.stating.rows import RowsDifferError, Writing, key_of
from dsar.fulfilment.visit import Visit
from dsar.fulfilment.walk import fixed_values
from dsar.stores.base import Changeable, Snapshot, StoreConfigError, StoreError
from dsar.values import Row, Value


@dataclass(frozen=True)
class PutBack:
    """How many rows were `written`, `there` already as they were, `left` as somebody else wrote them, or are `gone`.

    A row of which a part was left counts as left. `problems`, by dataset, say what is not done.
    """

    written: int = 0
    there: int = 0
    left: int = 0
    gone: int = 0
    problems: Mapping[str, str] = field(default_factory=dict)


def put_back(work: Work, *, kept: Kept, keep: Keep, check: Callable[[], None]) -> PutBack:
    """Write into rows what stood there. `kept` shrinks by each store that is done, and `keep` is called with it then.

    `check` raises OvertakenError if something else is to hold by now: before a block ends, nothing is written in it.
    """
    counts, problems = Counter[str](), dict[str, str]()
    for key in sorted(kept.datasets()):
        try:
            counts += _Returning(work, kept, key, check).write()
        except NOT_WRITTEN as error:
            problems[key] = str(error)
        else:
            kept.forget(key)
            keep(kept)
    return PutBack(counts["written"], counts["there"], counts["left"], counts["gone"], problems)


@dataclass
class _Returning:
    """Puts back the rows of one store."""

    work: Work
    kept: Kept
    key: str
    check: Callable[[], None]

    def write(self) -> Counter[str]:
        """Return how many rows there are of each kind. Raises OvertakenError and what is in NOT_WRITTEN."""
        dataset = self._dataset()
        store = self.work.open_store(self.key)
        with store.snapshot() as snapshot:
            looks = list(self._looks(dataset, snapshot))
        if not any(look.writing.rows for look in looks):
            return _counted(looks)
        if not isinstance(store, Changeable):
            raise StoreConfigError(f"{self.key}: this kind of store ({store.kind}) cannot be written")
        with store.changing(commits=True) as changing:
            looks = list(self._looks(dataset, changing))
            for look in looks:
                look.writing.write(changing)
            self.check()
        self.check()
        with store.snapshot() as snapshot:
            still = sum(look.writing.rows for look in self._looks(dataset, snapshot))
        if still:
            raise RowsDifferError(f"{self.key}: {still} rows still hold the state when they are read again")
        return _counted(looks)

    def _dataset(self) -> Dataset:
        """Raises StoreConfigError if the map has no such place any more."""
        names = {item.key: item for item in self.work.data_map.datasets}
        if self.key not in names:
            raise StoreConfigError(f"{self.key}: the data map no longer has it: what stood there cannot be put back")
        for collection in self._collections:
            _check(names[self.key], collection, self.kept.of(collection).values())
        return names[self.key]

    @property
    def _collections(self) -> list[CollectionKey]:
        return [key for key in self.kept.collections() if key[0] == self.key]

    @cached_property
    def _search(self) -> Search:
        return search_toward(self.work, frozenset(self._collections))

    def _looks(self, dataset: Dataset, snapshot: Snapshot) -> Iterator[_Look]:
        for key in self._collections:
            look = _Look(self._visit(dataset.collection(key[1])), self.kept.of(key))
            for row in self._read(look, snapshot):
                look.take(row)
            yield look

    def _visit(self, collection: Collection) -> Visit:
        only = fixed_values(collection, self.work.parameters)
        known = self.work.identities
        return Visit(collection, data_map=self.work.data_map, graph=self.work.graph, identities=known, only=only)

    def _read(self, look: _Look, snapshot: Snapshot) -> list[Row]:
        """Read the rows by their primary keys, or, where the store cannot be asked so, as they were found."""
        collection = look.visit.collection
        keys = KeySet()
        for row in look.rows.values():
            keys.add(collection.key, collection.primary_key, row.key, Reach.OWN)
        try:
            return [met.row for met in meet(look.visit, keys.of(collection.key), snapshot)]
        except StoreError as error:
            if error.retry:
                raise
        return self._read_as_found(look, snapshot)

    def _read_as_found(self, look: _Look, snapshot: Snapshot) -> list[Row]:
        if self._search.failures:
            raise StoreError("\n".join(self._search.failures.values()), retry=True)
        found = OwnRows(self.work, self._search).read(look.visit.collection, snapshot)
        return [row for row in found if form_of(key_of(look.visit, row)) in look.rows]


class _Look:
    """What the rows of one collection hold now, and what is to be written into them."""

    def __init__(self, visit: Visit, rows: Mapping[Form, KeptRow]) -> None:
        self.visit, self.rows = visit, rows
        self.writing = Writing(visit)
        self.counts = Counter[str](gone=len(rows))

    def take(self, row: Row) -> None:
        key = key_of(self.visit, row)
        kept = self.rows.get(form_of(key))
        if kept is None:
            return
        collection, values, left = self.visit.collection, dict[str, Value](), False
        for name, item in kept.fields.items():
            if stands(collection, name, row.get(name), item.written):
                values[name] = item.before
            elif form_at(collection, name, row.get(name)) != form_at(collection, name, item.before):
                left = True
        self.counts["gone"] -= 1
        self.counts["left" if left else "written" if values else "there"] += 1
        if values:
            self.writing.add(key, values)


def _counted(looks: list[_Look]) -> Counter[str]:
    return sum((look.counts for look in looks), Counter[str]())


def _check(dataset: Dataset, key: CollectionKey, rows: Iterable[KeptRow]) -> None:
    """Raise StoreConfigError if the map does not have a collection any more, or a field, or names rows otherwise."""
    where = f"{key[0]}:{key[1]}"
    collection = next((item for item in dataset.collections if item.name == key[1]), None)
    if collection is None:
        raise StoreConfigError(f"{where}: the data map no longer has it: what stood there cannot be put back")
    declared = {item.name for item in collection.readable}
    for row in rows:
        if len(row.key) != len(collection.primary_key):
            raise StoreConfigError(f"{where}: the data map has another primary key: no row can be found by the old one")
        if missing := sorted(row.fields.keys() - declared):
            raise StoreConfigError(f"{where}: the data map no longer has {', '.join(missing)}, which is to be put back")
