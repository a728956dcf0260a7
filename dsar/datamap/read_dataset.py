"""Reads datasets."""

from __future__ import annotations

import re

from dsar.datamap import vocabulary
from dsar.datamap.items import Item, Keys, read_keys
from dsar.datamap.model import Collection, Dataset, Origin
from dsar.datamap.read_collection import read_collection
from dsar.datamap.read_common import check_redact, check_uses_and_subjects, kept, read_categories, read_fides_meta

_ELSEWHERE = {"fides_meta": vocabulary.DATASET_FIDES_META, "meta": vocabulary.DATASET_META}
_FIDES_KEY = re.compile(r"[a-zA-Z0-9_.<>-]+")


def read_dataset(item: Item) -> Dataset | None:
    """Read one dataset, or None if it has no key."""
    keys = read_keys(item, "a dataset", vocabulary.DATASET, _ELSEWHERE)
    key = read_fides_key(keys)
    if key is None:
        return None
    keys.demand("collections")
    fides = read_fides_meta(keys, vocabulary.DATASET_FIDES_META)
    meta = keys.below("meta", vocabulary.DATASET_META)
    categories = read_categories(keys)
    check_uses_and_subjects(keys)
    check_redact(fides)
    return Dataset(
        key=key,
        location=item.location,
        name=keys.text("name") or "",
        description=keys.text("description") or "",
        collections=_collections(keys, key, categories),
        after=fides.texts("after"),
        ignore=meta.texts("ignore"),
        origin=meta.choice("origin", Origin),
        extra=kept(keys, fides),
    )


def read_fides_key(keys: Keys) -> str | None:
    """Return `fides_key`, which may hold letters, digits and . _ < > - only (Fideslang)."""
    key = keys.required("fides_key")
    if key is not None and not _FIDES_KEY.fullmatch(key):
        keys.owner.problem(f"a fides_key holds letters, digits and . _ < > - only, not '{key}'")
    return key


def _collections(keys: Keys, dataset: str, categories: tuple[str, ...]) -> tuple[Collection, ...]:
    found: dict[str, Collection] = {}
    for item in keys.items("collections"):
        collection = read_collection(item, dataset=dataset, inherited=categories)
        if collection is not None and collection.name in found:
            first = found[collection.name].location.line
            item.problem(f"duplicate collection '{collection.name}' (first on line {first})")
        elif collection is not None:
            found[collection.name] = collection
    return tuple(found.values())
