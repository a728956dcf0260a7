"""What a bundle does not hold, in sentences: nobody should take a part for the whole."""

from __future__ import annotations

from collections.abc import Iterator

from dsar.bundle.contents import BundleContents, CollectionContents, CollectionState, StoreContents
from dsar.bundle.display import counted, label
from dsar.bundle.sections import title_of


def gaps(contents: BundleContents) -> tuple[str, ...]:
    """Return the gaps: what failed, was left out or withheld, what nobody declared, what reviewers excepted."""
    found = [*contents.exceptions]
    for store in contents.stores:
        name = contents.data_map.dataset(store.dataset).name or store.dataset
        found.extend(_store(store, name))
        for item in store.collections:
            found.extend(f"{title_of(item.collection)} ({name}): {text}" for text in _collection(item))
    return tuple(found)


def _store(store: StoreContents, name: str) -> Iterator[str]:
    if store.undeclared:
        yield f"{name}: parts that are not described yet and were not searched: {', '.join(store.undeclared)}."


def _collection(item: CollectionContents) -> Iterator[str]:
    if item.state is CollectionState.FAILED:
        yield f"could not be read{' completely' if item.rows else ''}: {_sentence(item.reason)}"
    if item.state is CollectionState.EXCLUDED:
        yield f"left out: {_sentence(item.reason)}"
    if item.withheld:
        yield f"{counted(item.withheld, 'record', 'records')} of other people withheld."
    # Secrets are named beside the records they belong to; nobody misses a password hash.
    secrets = frozenset(item.collection.secret_paths)
    for path, reason in item.excluded_fields.items():
        if path not in secrets:
            yield f"the field “{label(path)}” is left out: {_sentence(reason)}"
    if item.undeclared:
        yield f"fields that are not described yet and were not read: {', '.join(item.undeclared)}."


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."
