"""Which rows are a person's own, so that they may have them corrected."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from dsar.datamap.model import Collection, Dataset
from dsar.fulfilment.engine import Engine, FoundIdentity, Work
from dsar.fulfilment.found import best
from dsar.fulfilment.keys import KeySet
from dsar.fulfilment.meeting import Met, meet
from dsar.fulfilment.reach import Identities, Owner, Reach
from dsar.fulfilment.verdicts import effective
from dsar.fulfilment.visit import Visit
from dsar.fulfilment.walk import fixed_values
from dsar.stores.base import Snapshot
from dsar.values import Row


@dataclass(frozen=True)
class Search:
    """The identities and keys that are known, which of them were found just now, and which stores could not be read."""

    identities: Identities
    keys: KeySet
    failures: Mapping[str, str] = field(default_factory=dict)
    proven: frozenset[FoundIdentity] = frozenset()
    unproven: frozenset[FoundIdentity] = frozenset()


def search_again(work: Work, known: Search | None) -> Search:
    """Search from the start, and add what was known before: what led to a row may have changed."""
    identities = known.identities if known else work.identities
    with Engine(replace(work, identities=identities)) as engine:
        keys = engine.find()
        if known is not None:
            keys.update(known.keys)
        return Search(
            engine.identities, keys, dict(engine.failures), frozenset(engine.proven), frozenset(engine.unproven)
        )


class OwnRows:
    """Reads the person's own rows of a store."""

    def __init__(self, work: Work, search: Search) -> None:
        self._work, self._search = work, search
        self._found = frozenset(search.keys.collections())

    def collections(self, dataset: Dataset) -> Iterator[Collection]:
        """Yield the collections in which there may be any."""
        for collection in dataset.collections:
            if not collection.skip_processing and collection.key in self._found:
                yield collection

    def visit(self, collection: Collection) -> Visit:
        only = fixed_values(collection, self._work.parameters)
        known = self._search.identities
        return Visit(collection, data_map=self._work.data_map, graph=self._work.graph, identities=known, only=only)

    def read(self, collection: Collection, snapshot: Snapshot) -> Iterator[Row]:
        """Yield each row that is the person's own and nobody else's, once. Raises StoreError."""
        visit = self.visit(collection)
        keys = self._search.keys.of(collection.key)
        return (met.row for met in meet(visit, keys, snapshot) if _is_own(visit, met))


def _is_own(visit: Visit, met: Met) -> bool:
    """Return whether a row is the person's alone: what was only looked up, or is shared, is not theirs to change."""
    owner, reach = visit.owner(met.row), best(met.forms, *met.known)
    if reach is None or effective(owner, reach) is not Reach.OWN or visit.elements.any(met.row):
        return False
    return visit.collection.shared is None or owner is Owner.PERSON
