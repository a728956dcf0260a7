"""Which stores are walked next: those that keys wait for, in the order of `after` where the keys allow it."""

from __future__ import annotations

from dsar.datamap.graph import Graph
from dsar.datamap.model import DataMap, Dataset
from dsar.datamap.plan import waits_for
from dsar.datamap.walk import breadth_first
from dsar.fulfilment.keys import KeySet


def next_datasets(data_map: DataMap, graph: Graph, pending: KeySet) -> frozenset[str]:
    """Return the datasets to walk now, none if no key waits.

    One that stands behind another (`after`) waits while that one has keys, or may get some from what is walked
    before it; where each would wait for another, none does.
    """
    waiting, behind = pending.datasets(), waits_for(data_map)
    free = {key for key in waiting if not behind[key] & _coming(data_map, graph, waiting - {key})}
    return frozenset(free) or waiting


def _coming(data_map: DataMap, graph: Graph, waiting: frozenset[str]) -> set[str]:
    """Return the datasets that are being walked, and those that their keys may lead to."""
    return set(breadth_first(waiting, lambda key: _leads_to(data_map.dataset(key), graph)))


def _leads_to(dataset: Dataset, graph: Graph) -> list[str]:
    return [edge.target.dataset for item in dataset.collections for edge in graph.edges_from(item.key)]
