"""What a bundle does not hold, in sentences: nobody should take a part for the whole."""

from __future__ import annotations

from collections.abc import Iterator

from dsar.bundle.contents import BundleContents, CollectionContents, CollectionState, StoreContents
from dsar.bundle.display import counted, label
from dsar.bundle.sections import title_of
from dsar.wording import gettext, told


def gaps(contents: BundleContents) -> tuple[str, ...]:
    """Return the gaps: what failed, was left out or withheld, what nobody declared, what reviewers excepted."""
    found = [*contents.exceptions]
    for store in contents.stores:
        dataset = contents.data_map.dataset(store.dataset)
        name = told(dataset.name) or store.dataset
        found.extend(_store(store, name))
        for item in store.collections:
            found.extend(f"{title_of(item.collection)} ({name}): {text}" for text in _collection(item))
    return tuple(found)


def _store(store: StoreContents, name: str) -> Iterator[str]:
    if store.undeclared:
        said = gettext("{store}: parts that are not described yet and were not searched: {names}.")
        yield said.format(store=name, names=", ".join(store.undeclared))


def _collection(item: CollectionContents) -> Iterator[str]:
    if item.state is CollectionState.FAILED:
        whole, part = gettext("could not be read: {reason}"), gettext("could not be read completely: {reason}")
        yield (part if item.rows else whole).format(reason=_sentence(told(item.reason)))
    if item.state is CollectionState.EXCLUDED:
        yield gettext("left out: {reason}").format(reason=_sentence(told(item.reason)))
    if item.withheld:
        yield counted(item.withheld, "{n} record of other people withheld.", "{n} records of other people withheld.")
    # Secrets are named beside the records they belong to; nobody misses a password hash.
    secrets = frozenset(item.collection.secret_paths)
    for path, reason in item.excluded_fields.items():
        if path not in secrets:
            said = gettext("the field “{field}” is left out: {reason}")
            yield said.format(field=label(path), reason=_sentence(told(reason)))
    if item.undeclared:
        said = gettext("fields that are not described yet and were not read: {names}.")
        yield said.format(names=", ".join(item.undeclared))


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."
