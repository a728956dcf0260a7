"""Holds what a name seems to say against values: do they name rows of the other table?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from dsar.datamap.model import Collection, Dataset, Field, Location
from dsar.mapping.drafting.sketch import Column, Key, Link, Sketch
from dsar.stores.base import Alternative, Sampling, Selection, StoreError
from dsar.stores.registry import StoreConfig, open_store
from dsar.values import Value

#: Of the sampled values, in percent, for a guess to hold: rows may have gone.
_ENOUGH = 80
_NOWHERE = Location("", 0)


def proven(links: Sequence[Link], known: Mapping[Key, Sketch], configs: Mapping[str, StoreConfig]) -> list[Link]:
    """Return the links but those guesses that values disprove, which are noted."""
    found = [_tried(link, known, configs) if link.guessed else link for link in links]
    return [link for link in found if link is not None]


def _tried(link: Link, known: Mapping[Key, Sketch], configs: Mapping[str, StoreConfig]) -> Link | None:
    child, parent = known[link.child], known[link.parent]
    values = _values(child, link)
    if not values or parent.skipped or not isinstance(parent.store, Sampling):
        return replace(link, evidence=f"{link.evidence} alone")
    try:
        there = _count(parent, parent.columns[link.targets[0]], values, configs[parent.dataset])
    except StoreError as error:
        return replace(link, evidence=f"{link.evidence} alone: values could not be compared: {error}")
    said = f"{there} of {len(values)} sampled values are there"
    if there * 100 >= len(values) * _ENOUGH:
        return replace(link, evidence=f"{link.evidence}; {said}")
    child.columns[link.fields[0]].notes.append(f"no reference to {link} is written: {said}")
    return None


def _values(child: Sketch, link: Link) -> frozenset[Value]:
    values = (row.get(link.fields[0]) for row in child.rows)
    return frozenset(value for value in values if value is not None and not isinstance(value, dict | list))


def _count(parent: Sketch, key: Column, values: frozenset[Value], config: StoreConfig) -> int:
    field = Field(key.name, key.path, _NOWHERE, data_type=key.data_type or None, primary_key=True)
    collection = Collection(parent.dataset, parent.name, _NOWHERE, fields=(field,), source=parent.found.source)
    store = open_store(Dataset(parent.dataset, _NOWHERE, collections=(collection,)), config)
    asked = Alternative((key.path,), frozenset((value,) for value in values))
    with store.snapshot() as snapshot:
        return snapshot.count(collection, Selection((asked,)))
