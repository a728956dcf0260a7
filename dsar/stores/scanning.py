"""A collection read from end to end, whoever's its rows are: what the kinds of stores have in common."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from dsar.datamap.model import Collection
from dsar.stores.base import Alternative, Selection

EVERY_ROW = Selection((Alternative((), frozenset({()})),))


def narrowed(collection: Collection, fields: Sequence[str]) -> Collection:
    """Return the collection as if it declared but these top-level fields: nothing else of its rows is of interest."""
    return replace(collection, fields=tuple(item for item in collection.fields if item.name in fields))
