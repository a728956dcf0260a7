"""Which stores are walked next, and which collection of one: what keys wait for, and `after` where they allow it."""

from __future__ import annotations

from collections.abc import Iterable

from dsar.datamap.graph import Graph
from dsar.datamap.model import Collection, DataMap, Dataset
from dsar.datamap.plan import waits_for
from dsar.datamap.walk import breadth_first
from dsar.fulfilment.joinkey import CollectionKey


def next_datasets(data_map: DataMap, graph: Graph, waiting: frozenset[str]) -> frozenset[str]:
    """Return which of the datasets that keys wait for are walked now, none if no key waits.

    One that stands behind another (`after`) waits while that one has keys, or may get some from what is walked
    before it; where each would wait for another, none does.
    """
    behind = waits_for(data_map)
    free = {key for key in waiting if not behind[key] & _coming(data_map, graph, waiting - {key})}
    return frozenset(free) or waiting


def next_collection(dataset: Dataset, waiting: Iterable[CollectionKey]) -> Collection | None:
    """Return which of the collections that have keys to ask is read next, by the order of the map and of `after`."""
    known = frozenset(waiting)
    found = [item for item in dataset.collections if item.key in known]
    names = {".".join(item.key) for item in found}
    free = (item for item in found if not names & (set(item.after) - {".".join(item.key)}))
    return next(free, found[0] if found else None)


def _coming(data_map: DataMap, graph: Graph, waiting: frozenset[str]) -> set[str]:
    """Return the datasets that are being walked, and those that their keys may lead to."""
    return set(breadth_first(waiting, lambda key: _leads_to(data_map.dataset(key), graph)))


def _leads_to(dataset: Dataset, graph: Graph) -> list[str]:
    return [edge.target.dataset for item in dataset.collections for edge in graph.edges_from(item.key)]
