"""What an erasure is about to do, as lines of the ledger: which keys lead to the rows of each collection."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from dsar.datamap.erasure import ErasureAction
from dsar.datamap.model import Collection
from dsar.fulfilment.keys import KeySet
from dsar.fulfilment.ledger.hashing import KeyedHashes
from dsar.fulfilment.reach import Identities, Reach

#: Hashes a line: 35 KB, so that a reader never holds more of a person who has very many.
_MOST_HASHES = 1_000


def is_erased(collection: Collection) -> bool:
    """Return whether an erasure may change rows of the collection."""
    return collection.erasure is not None and collection.erasure.changes


def intents(
    keys: KeySet, identities: Identities, *, collections: Iterable[Collection], hashes: KeyedHashes
) -> Iterator[dict[str, Any]]:
    """Yield a line for each collection that may be changed and place where its rows are asked for; identities first.

    Only keys that make a row the person's: what is merely looked up, or found through others, is nobody's to erase.
    """
    for kind, values in sorted(identities.items()):
        hashed = sorted(hashes.identity(kind, value) for value in values)
        yield {"kind": "identity", "identity": kind, "key": hashes.key_id, "hashes": hashed}
    for collection in collections:
        if is_erased(collection):
            yield from _of(collection, keys, hashes)


def _of(collection: Collection, keys: KeySet, hashes: KeyedHashes) -> Iterator[dict[str, Any]]:
    action = collection.erasure.action if collection.erasure else ErasureAction.KEEP
    for portion in keys.of(collection.key).portions(_MOST_HASHES, Reach.OWN):
        for paths, found in portion.items():
            hashed = hashes.at(collection.key, paths)
            yield {
                "kind": "erasure",
                "dataset": collection.dataset,
                "collection": collection.name,
                "paths": list(paths),
                "action": str(action),
                "key": hashes.key_id,
                "hashes": sorted(map(hashed, found)),
            }
