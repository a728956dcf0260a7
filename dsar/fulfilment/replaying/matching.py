"""Read collections from end to end and know the rows of erased people by their hashes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import product

from dsar.datamap.model import Collection
from dsar.fulfilment.joinkey import CollectionKey, Form, Paths, form_of, key_value
from dsar.fulfilment.keys import KeySet
from dsar.fulfilment.ledger.hashing import KeyedHashes
from dsar.fulfilment.ledger.ledger import Case
from dsar.fulfilment.reach import Reach, normal_form
from dsar.fulfilment.replaying.due import Due
from dsar.fulfilment.replaying.moments import is_later, time_field
from dsar.stores.base import Scanning, Snapshot, StoreError
from dsar.stores.casting import canonical, fold_email
from dsar.stores.matching import Matcher
from dsar.stores.scanning import EVERY_ROW
from dsar.values import Row, Value, at_path

#: Hands batches of rows on.
Paced = Callable[[Iterable[Sequence[Row]]], Iterator[Sequence[Row]]]


@dataclass
class Matched:
    """What was found again of one case: its keys, now in plain, and its identities.

    `rows` and `later` count rows by collection: all that match, and those of them that came after the erasure.
    """

    keys: KeySet = field(default_factory=KeySet)
    identities: dict[str, set[str]] = field(default_factory=dict)
    rows: Counter[CollectionKey] = field(default_factory=Counter)
    later: Counter[CollectionKey] = field(default_factory=Counter)

    @property
    def came_back(self) -> bool:
        """Whether the person has rows that are younger than the erasure."""
        return self.later.total() > 0


def match(
    collection: Collection,
    snapshot: Snapshot,
    due: Due,
    hashes: KeyedHashes,
    found: dict[Case, Matched],
    *,
    only: Mapping[str, Value],
    since: datetime | None = None,
    paced: Paced = iter,
) -> None:
    """Read one collection, and add what is known again to `found`. Raises StoreError.

    `only` are the values that its rows must have; `since` leaves out what was written before (Scanning); `paced` hands
    the batches on in its own time.
    """
    if not isinstance(snapshot, Scanning):
        where = f"{collection.dataset}:{collection.name}"
        raise StoreError(f"{where}: this kind of store cannot be read from end to end", retry=False)
    matching = _Matching(collection, due, hashes, only)
    for batch in paced(snapshot.scan(collection, matching.fields, since=since)):
        for row in batch:
            matching.take(row, found)


class _Matching:
    def __init__(self, collection: Collection, due: Due, hashes: KeyedHashes, only: Mapping[str, Value]) -> None:
        self._key, self._due, self._hashes = collection.key, due, hashes
        self._fits = Matcher(collection, replace(EVERY_ROW, only=only))
        self._primary = collection.primary_key
        self._met: dict[Case, set[Form]] = {}
        self._items = {item.path: item for item in collection.walk()}
        self._time = time_field(collection)
        self._places = [(paths, cases, hashes.at(self._key, paths)) for paths, cases in due.places[self._key].items()]
        #: Addresses and the like in any field of their kind, by which it is told whose a row is.
        self._identities = [
            (path, item.identity) for path, item in self._items.items() if item.identity in due.identities
        ]
        self._as_of = {
            case: at for case in due.cases() for name, at in due.datasets(case).items() if name == self._key[0]
        }
        readable = [item.name for item in collection.readable]
        paths = {path for places in due.places[self._key] for path in places}
        paths |= {self._time, *(path for path, _ in self._identities), *self._primary, *only}
        wanted = {path.partition(".")[0] for path in paths}
        self.fields = [name for name in readable if name in wanted]

    def take(self, row: Row, found: dict[Case, Matched]) -> None:
        if not self._fits.matches(row):
            return
        cases: set[Case] = set()
        for paths, known, hashed in self._places:
            for values, form in self._keys(row, paths):
                for case in known.get(hashed(form), ()):
                    cases.add(case)
                    found.setdefault(case, Matched()).keys.add(self._key, paths, values, Reach.OWN)
        for case in cases:
            if not self._is_met(row, case):
                self._count(row, case, found[case])
            self._note_identities(row, case, found[case])

    def _keys(self, row: Row, paths: Paths) -> Iterator[tuple[tuple[Value, ...], Form]]:
        values = [
            [
                (found, canonical(found, None))
                for value in at_path(row, path)
                if (found := self._asked(value, path)) is not None
            ]
            for path in paths
        ]
        for parts in product(*values):
            yield tuple(value for value, _ in parts), tuple(form for _, form in parts)

    def _asked(self, value: Value, path: str) -> Value | None:
        """Return a value as a walk would ask for it; None if it is no key."""
        item = self._items[path]
        found = key_value(value, item)
        return fold_email(found) if item.identity == "email" and isinstance(found, str) else found

    def _is_met(self, row: Row, case: Case) -> bool:
        """Tell whether the row has come before: a store without snapshots may show one twice."""
        if not self._primary:
            return False
        met, form = self._met.setdefault(case, set()), form_of(tuple(_first(row, path) for path in self._primary))
        if form in met:
            return True
        met.add(form)
        return False

    def _count(self, row: Row, case: Case, matched: Matched) -> None:
        matched.rows[self._key] += 1
        if case in self._as_of and is_later(row, self._time, self._as_of[case]):
            matched.later[self._key] += 1

    def _note_identities(self, row: Row, case: Case, matched: Matched) -> None:
        for path, kind in self._identities:
            known = self._due.identities[str(kind)]
            for value in at_path(row, path):
                form = normal_form(str(kind), value)
                if form is not None and case in known.get(self._hashes.identity(str(kind), form), ()):
                    matched.identities.setdefault(str(kind), set()).add(form)


def _first(row: Row, path: str) -> Value:
    return next(iter(at_path(row, path)), None)
