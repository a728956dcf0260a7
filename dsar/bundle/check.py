"""What must hold before packing starts: every collection of the data map is spoken of, once, consistently."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from dsar.bundle.contents import BundleContents, CollectionContents, CollectionState

# A collection is read in several stages: one may fail after another has delivered.
_WITH_ROWS = frozenset({CollectionState.DELIVERED, CollectionState.FAILED})
_WITH_REASON = frozenset({CollectionState.EXCLUDED, CollectionState.FAILED})


def check_complete(contents: BundleContents) -> None:
    """Raise ValueError naming what is missing, doubled, unknown, or contradicts itself. Nothing is silently absent."""
    declared = {collection.key for collection in contents.data_map.collections()}
    told = Counter(item.collection.key for store in contents.stores for item in store.collections)
    _none(declared - told.keys(), "the data map has collections that the bundle says nothing of")
    _none(told.keys() - declared, "the bundle tells of collections that the data map does not have")
    _none({key for key, times in told.items() if times > 1}, "the bundle tells of collections more than once")
    stores = Counter(store.dataset for store in contents.stores)
    _none(
        {(dataset.key,) for dataset in contents.data_map.datasets} ^ {(key,) for key in stores},
        "stores differ from the data map",
    )
    for store in contents.stores:
        for item in store.collections:
            _check_collection(store.dataset, item)


def _none(keys: Iterable[tuple[str, ...]], message: str) -> None:
    names = sorted(":".join(key) for key in keys)
    if names:
        raise ValueError(f"{message}: {', '.join(names)}")


def _check_collection(dataset: str, item: CollectionContents) -> None:
    name = ":".join(item.collection.key)
    if item.collection.dataset != dataset:
        raise ValueError(f"{name} stands under the store {dataset}")
    if item.rows < 0 or item.withheld < 0:
        raise ValueError(f"{name} has a negative count")
    if item.rows and item.state not in _WITH_ROWS:
        raise ValueError(f"{name} is {item.state.value} and yet has {item.rows} rows")
    if item.state in _WITH_REASON and not item.reason:
        raise ValueError(f"{name} is {item.state.value} without a reason")
