"""Drafts a data map: one file a dataset."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dsar.datamap.model import Dataset, Location
from dsar.mapping.drafting.links import links_of
from dsar.mapping.drafting.proving import proven
from dsar.mapping.drafting.referring import refer
from dsar.mapping.drafting.sketch import Sketch
from dsar.mapping.drafting.sketching import sketch, unspeakable
from dsar.mapping.drafting.writing import write
from dsar.stores.base import Discovering, StoreError
from dsar.stores.registry import StoreConfig, open_store

_SILENT = "this kind of store cannot tell what it holds: write its collections by hand (docs/datamap.md)"
_PATTERNS = (
    "patterns guessed from some names; what is alone of its kind, or mixed, is left out: `datamap check` names it"
)


@dataclass(frozen=True)
class Drafted:
    """A dataset's file, and how many of its collections stand in it, are reached, hold an identity."""

    text: str
    collections: int
    reached: int
    holders: int


@dataclass(frozen=True)
class Drafts:
    """By dataset: what was drafted, and why not."""

    drafted: Mapping[str, Drafted]
    failures: Mapping[str, str]


def draft(configs: Mapping[str, StoreConfig]) -> Drafts:
    """Draft all datasets together, so that one may refer to another. Raises StoreConfigError."""
    sketches: dict[str, list[Sketch]] = {}
    notes: dict[str, list[str]] = {}
    failures = {}
    for key, config in configs.items():
        store = open_store(Dataset(key, Location("", 0)), config)
        try:
            found = store.discover() if isinstance(store, Discovering) else store.introspect()
            sketches[key] = sketch(key, store, found)
        except StoreError as error:
            failures[key] = str(error)
        else:
            notes[key] = [*([_SILENT] if store.certainty is None else []), *unspeakable(found)]
            notes[key] += [_PATTERNS] if isinstance(store, Discovering) else []
    together = [item for items in sketches.values() for item in items]
    refer(together, proven(links_of(together), {item.key: item for item in together}, configs))
    return Drafts({key: _drafted(key, items, notes[key]) for key, items in sketches.items()}, failures)


def _drafted(key: str, items: list[Sketch], notes: list[str]) -> Drafted:
    return Drafted(
        text=write(key, items, notes),
        collections=len(items),
        reached=sum(not item.skipped for item in items),
        holders=sum(item.holds_identity for item in items),
    )
