"""What a ledger cannot tell: the values that an erasure took out of texts. It holds keyed hashes, and no value.

They are read anew from rows that were restored. Where a store came back without those, somebody must look; so, too,
where they stand in rows that an erasure keeps, of which the ledger has no hashes.
"""

from __future__ import annotations

from collections.abc import Collection as Names
from collections.abc import Iterator, Mapping

from dsar.datamap.erasure import Strategy
from dsar.datamap.model import Collection, DataMap
from dsar.fulfilment.joinkey import CollectionKey
from dsar.fulfilment.ledger.hashing import KeyedHashes
from dsar.fulfilment.ledger.intents import is_erased
from dsar.fulfilment.ledger.ledger import Case
from dsar.fulfilment.reach import Identities
from dsar.fulfilment.replaying.due import Due


def missing_identities(due: Due, case: Case, found: Identities, hashes: KeyedHashes) -> int:
    """Return how many identities the erasure knew that no restored row tells."""
    missing = 0
    for kind, known in due.identities.items():
        again = {hashes.identity(kind, value) for value in found.get(kind, ())}
        missing += sum(case in cases and hashed not in again for hashed, cases in known.items())
    return missing


def unknown_words(
    data_map: DataMap, restored: Names[str], rows: Mapping[CollectionKey, int], *, missing: int
) -> Iterator[str]:
    """Yield what may stand in texts still; `restored` are datasets, `rows` what was found again in them."""
    kept = {item.key for item in data_map.collections() if item.dataset in restored and not is_erased(item)}
    for collection in data_map.collections():
        if collection.dataset in restored and rows.get(collection.key):
            yield from _unknown(collection, restored, kept, missing)


def _unknown(collection: Collection, restored: Names[str], kept: Names[CollectionKey], missing: int) -> Iterator[str]:
    for path, mask in collection.erasure.masks.items() if collection.erasure else ():
        if mask.strategy is not Strategy.REDACT:
            continue
        named = sorted({".".join(item) for item in mask.values if item[0] not in restored or item[:2] in kept})
        identities = [f"{missing} of their addresses or other identities"] if missing else []
        if named or identities:
            where, what = f"{collection.dataset}:{collection.name}.{path}", ", ".join((*named, *identities))
            yield f"{where}: may name the person still: {what} came back in no store that was restored"
