"""Of what no copy can be kept: where an erasure cannot be undone, which is said before it is approved."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from dsar.datamap.model import Collection, DataMap
from dsar.fulfilment.joinkey import CollectionKey
from dsar.stores.base import Changing, Store
from dsar.stores.restorable import Foretelling, Restorable


def not_restorable(
    changed: Iterable[CollectionKey], *, data_map: DataMap, open_store: Callable[[str], Store]
) -> frozenset[CollectionKey]:
    """Return those of the collections whose rows, once erased, cannot be put back. Raises StoreConfigError.

    Nothing is asked of any service: it is told by the kind of store and by the data map.
    """
    return frozenset(key for key in changed if not _foretold(open_store(key[0]), data_map.collection(key)))


def is_restorable(changing: Changing, collection: Collection) -> bool:
    """Return whether rows of the collection can be given whole and put back by a block of changes."""
    return isinstance(changing, Restorable) and changing.restores(collection)


def _foretold(store: Store, collection: Collection) -> bool:
    return isinstance(store, Foretelling) and store.restores(collection)
