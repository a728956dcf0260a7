"""Read every row of one collection that known keys lead to, once, and tell by which keys."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from dsar.fulfilment.found import Found, best, near
from dsar.fulfilment.joinkey import Form, Known, Paths
from dsar.fulfilment.keys import KeySet
from dsar.fulfilment.visit import Visit
from dsar.fulfilment.walk import MOST_KEYS, selection, share
from dsar.stores.base import Snapshot
from dsar.values import Row


@dataclass(frozen=True, slots=True)
class Met:
    """A row, the forms of the keys that would lead to it, and the keys among those that are known."""

    row: Row
    forms: Mapping[Paths, tuple[Form, ...]]
    known: tuple[Known, ...]


def meet(visit: Visit, keys: Found, snapshot: Snapshot) -> Iterator[Met]:
    """Yield every row that the keys lead to, once, whoever's it is. Raises StoreError."""
    read = KeySet()
    for wanted in keys.portions(MOST_KEYS):
        earlier = read.of(visit.collection.key)
        for batch in snapshot.read(visit.collection, selection(visit, wanted)):
            forms = [visit.forms(row, keys.paths) for row in batch]
            known, before = near([keys], forms), near([earlier], forms)
            for row, at in zip(batch, forms, strict=True):
                if visit.fits(row) and best(at, wanted) is not None and best(at, *before) is None:
                    yield Met(row, at, known)
        share(read, visit, wanted)
