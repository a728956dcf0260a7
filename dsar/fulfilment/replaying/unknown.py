"""What a ledger cannot tell: the values that an erasure took out of texts. It holds keyed hashes of keys alone.

They are read anew from rows that were restored. Where a store came back without those, somebody must look.
"""

from __future__ import annotations

from collections.abc import Collection as Names
from collections.abc import Iterator, Mapping

from dsar.datamap.erasure import Strategy
from dsar.datamap.model import Collection, DataMap
from dsar.fulfilment.joinkey import CollectionKey


def unknown_words(data_map: DataMap, restored: Names[str], rows: Mapping[CollectionKey, int]) -> Iterator[str]:
    """Yield what may stand in texts still; `restored` are datasets, `rows` what was found again in them."""
    elsewhere = sorted(_identifying(data_map) - set(restored))
    for collection in data_map.collections():
        if collection.dataset in restored and rows.get(collection.key):
            yield from _unknown(collection, restored, elsewhere)


def _unknown(collection: Collection, restored: Names[str], elsewhere: list[str]) -> Iterator[str]:
    for path, mask in collection.erasure.masks.items() if collection.erasure else ():
        if mask.strategy is not Strategy.REDACT:
            continue
        named = sorted({".".join(item) for item in mask.values if item[0] not in restored})
        missing = [*named, *(f"identities that stand in {dataset} alone" for dataset in elsewhere)]
        if missing:
            where = f"{collection.dataset}:{collection.name}.{path}"
            yield f"{where}: may name the person still: {', '.join(missing)} came back in no store that was restored"


def _identifying(data_map: DataMap) -> set[str]:
    """Return the datasets in which identities stand."""
    return {
        item.dataset
        for item in data_map.collections()
        if any(field.identity or field.identity_source for field in item.walk())
    }
