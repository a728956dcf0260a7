"""Count which rows of one collection hold what is to be corrected, and name them."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from dsar.datamap.model import Collection, Field
from dsar.fulfilment.correcting.preview import Line
from dsar.fulfilment.correcting.proposal import Proposal
from dsar.fulfilment.correcting.values import Place, form_of
from dsar.fulfilment.keys import KeySet
from dsar.fulfilment.reach import Reach
from dsar.fulfilment.visit import Visit
from dsar.fulfilment.walk import MOST_KEYS, selection
from dsar.stores.base import Selection
from dsar.values import Row, Value, at_path, value_to_json

NOT_ALLOWED = "The data map does not let this be corrected."
_MODULUS = 1 << 256

#: Field -> the value that is written into it.
Written = tuple[tuple[str, Value], ...]


@dataclass(frozen=True, slots=True)
class Watched:
    """A proposal in one field of the collection; `stays`: why it would not be written there."""

    number: int
    proposal: Proposal
    item: Field
    stays: str

    def is_before(self, value: Value) -> bool:
        if self.stays:
            return form_of(value, "string") == form_of(self.proposal.fact.value, "string")
        if self.proposal.fact.value is None:
            return value is None
        return form_of(value, self.proposal.fact.data_type) == self.proposal.before_form

    def is_after(self, value: Value) -> bool:
        if self.proposal.after is None:
            return value is None
        return form_of(value, self.proposal.fact.data_type) == self.proposal.after_form


def watched(collection: Collection, proposals: Mapping[int, Proposal]) -> tuple[Watched, ...]:
    """Return what is looked for in a collection, by the proposals and their numbers."""
    found = []
    for item in collection.walk():
        if item.fields:
            continue
        for number, proposal in proposals.items():
            if proposal.fact.is_at(collection, item):
                found.append(Watched(number, proposal, item, ""))
            elif proposal.fact.is_copied_in(collection, item):
                found.append(Watched(number, proposal, item, NOT_ALLOWED))
    return tuple(found)


class Tally:
    """What the rows of a collection hold; those that are to be written are named by their primary keys."""

    def __init__(self, visit: Visit, what: Sequence[Watched]) -> None:
        self._visit, self._what = visit, what
        self._rows: Counter[tuple[int, str]] = Counter()
        self._done: Counter[tuple[int, str]] = Counter()
        self._digests: dict[tuple[int, str], int] = defaultdict(int)
        self._named: dict[Written, KeySet] = {}
        self._counted: Counter[Written] = Counter()

    @property
    def collection(self) -> Collection:
        return self._visit.collection

    def take(self, row: Row) -> None:
        """Count a row. Sums do not depend on the order in which a store returns its rows."""
        key = tuple(next(iter(at_path(row, path)), None) for path in self._visit.collection.primary_key)
        written = []
        for watched in self._what:
            at, values = (watched.number, watched.item.path), list(at_path(row, watched.item.path))
            if any(map(watched.is_before, values)):
                self._rows[at] += 1
                self._digests[at] = (self._digests[at] + _digest(key)) % _MODULUS
                if not watched.stays:
                    written.append((watched.item.path, watched.proposal.after))
            elif any(map(watched.is_after, values)):
                self._done[at] += 1
        if written:
            self._name(tuple(written), key)

    def _name(self, written: Written, key: tuple[Value, ...]) -> None:
        collection = self._visit.collection
        self._named.setdefault(written, KeySet()).add(collection.key, collection.primary_key, key, Reach.OWN)
        self._counted[written] += 1

    def lines(self) -> Iterator[Line]:
        """Yield what was found, in the order of the proposals; nothing where no row holds either value."""
        collection = self._visit.collection
        for watched in sorted(self._what, key=lambda watched: watched.number):
            at = (watched.number, watched.item.path)
            place = Place(collection.dataset, collection.name, watched.item.path)
            done = 0 if watched.stays else self._done[at]
            if self._rows[at] or done:
                yield Line(watched.number, place, self._rows[at], self._digests[at], done, watched.stays)

    def writings(self) -> Iterator[tuple[Written, int, Iterator[Selection]]]:
        """Yield what is written, into how many rows, and what selects them: all fields of a row at once."""
        collection = self._visit.collection
        for written, keys in self._named.items():
            portions = keys.of(collection.key).portions(MOST_KEYS)
            yield written, self._counted[written], (selection(self._visit, wanted) for wanted in portions)


def _digest(key: tuple[Value, ...]) -> int:
    return int.from_bytes(hashlib.sha256(value_to_json(list(key))).digest())
