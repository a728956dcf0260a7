"""What is known of a person, to be taken out of texts: identities, and values of fields that the map names.

Join keys are no such words by themselves: the name of a role is one, and everybody's. Where one is, the map names its
field. All values are read before the first change, and kept with the keys: later the rows that hold them may be gone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import chain

from dsar.datamap.erasure import Address, Mask, Strategy
from dsar.datamap.model import Collection, DataMap
from dsar.fulfilment.correcting.search import OwnRows
from dsar.fulfilment.correcting.search import Search as Own
from dsar.fulfilment.engine import Work
from dsar.fulfilment.erasing.done import is_done
from dsar.fulfilment.keys import KeySet
from dsar.fulfilment.reach import Identities, Reach
from dsar.stores.base import StoreConfigError, StoreError
from dsar.stores.casting import cast
from dsar.stores.redacting import MARKER, words_of
from dsar.values import Row, Value, at_path

#: Values that one text is looked through for. A pattern of more takes longer than anybody waits.
MOST = 1_000


def read_words(work: Work, identities: Identities, keys: KeySet, failures: dict[str, str]) -> KeySet:
    """Return the values of named fields in the person's own rows, by field; a store that cannot be read is noted."""
    found, own = KeySet(), OwnRows(work, Own(identities, keys))
    named = _named(work.data_map)
    for dataset in work.data_map.datasets:
        wanted = [item for item in own.collections(dataset) if item.key in named]
        if not wanted or dataset.key in failures:
            continue
        try:
            with work.open_store(dataset.key).snapshot() as snapshot:
                for collection in wanted:
                    for row in own.read(collection, snapshot):
                        _note(collection, row, named[collection.key], found)
        except (StoreError, StoreConfigError) as error:
            failures[dataset.key] = str(error)
    return found


def with_words(collection: Collection, identities: Identities, words: KeySet) -> tuple[dict[str, Mask], int]:
    """Return the collection's masks, each knowing what it takes out of texts, and how many values are too short for it.

    Raises StoreError where they are too many.
    """
    masks, short = {}, 0
    for path, mask in collection.erasure.masks.items() if collection.erasure else ():
        masks[path] = mask
        if mask.strategy is not Strategy.REDACT:
            continue
        known, left_out = words_of(chain(*identities.values(), _said(mask, words)))
        if len(known) > MOST:
            where = f"{collection.dataset}:{collection.name}.{path}"
            raise StoreError(f"{where}: {len(known)} values are to be redacted, and {MOST} can be", retry=False)
        masks[path] = replace(mask, words=known, length=collection.at(path).length)
        short = max(short, left_out)
    return masks, short


def _named(data_map: DataMap) -> dict[tuple[str, str], set[str]]:
    """Return the paths of fields whose values are redacted somewhere, by collection."""
    found: dict[tuple[str, str], set[str]] = {}
    for collection in data_map.collections():
        for dataset, name, path in _addresses(collection):
            found.setdefault((dataset, name), set()).add(path)
    return found


def _addresses(collection: Collection) -> Iterator[Address]:
    for mask in collection.erasure.masks.values() if collection.erasure else ():
        yield from mask.values


def _note(collection: Collection, row: Row, paths: set[str], found: KeySet) -> None:
    masks: Mapping[str, Mask] = collection.erasure.masks if collection.erasure else {}
    for path in paths:
        for value in at_path(row, path):
            text = _text(value)
            # What an erasure has written is no value of theirs.
            if text and MARKER not in text and not (path in masks and is_done(value, masks[path])):
                found.add(collection.key, (path,), (text,), Reach.OWN)


def _text(value: Value) -> str | None:
    found = cast(value, "string")
    return found if isinstance(found, str) else None


def _said(mask: Mask, words: KeySet) -> Iterator[str]:
    for dataset, name, path in mask.values:
        for portion in words.of((dataset, name)).portions(MOST):
            for asked in portion.get((path,), {}).values():
                yield str(asked.values[0])
