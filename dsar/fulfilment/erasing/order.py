"""In which order collections are changed: what refers to a row goes before the row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from dsar.datamap.graph import Graph, Shape
from dsar.datamap.model import DataMap
from dsar.fulfilment.joinkey import CollectionKey
from dsar.stores.base import FoundCollection


def children_first(
    data_map: DataMap, graph: Graph, found: Mapping[str, Iterable[FoundCollection]]
) -> tuple[CollectionKey, ...]:
    """Return all collections in the order of an erasure; a circle is opened where the map begins it.

    `found` is what each dataset's store says of itself: a foreign key that the map does not declare counts too.
    `erase_after` is obeyed even against a reference.
    """
    keys = [item.key for item in data_map.collections()]
    before: dict[CollectionKey, list[CollectionKey]] = {key: _said(data_map, key) for key in keys}
    for child, parent in (*_declared(keys, graph), *_enforced(found)):
        if child != parent and parent not in before.get(child, ()):
            before[parent].append(child)
    return _sorted(keys, before)


def _said(data_map: DataMap, key: CollectionKey) -> list[CollectionKey]:
    names = (text.rpartition(".") for text in data_map.collection(key).erase_after)
    return [(dataset, name) for dataset, _dot, name in names]


def _declared(keys: Iterable[CollectionKey], graph: Graph) -> Iterable[tuple[CollectionKey, CollectionKey]]:
    """Yield (child, parent) of every edge: a lookup leads from the child, a fan-out to it."""
    for key in keys:
        for edge in graph.edges_from(key):
            pair = (edge.source_key, edge.target_key)
            yield pair if edge.shape is Shape.LOOKUP else (pair[1], pair[0])


def _enforced(found: Mapping[str, Iterable[FoundCollection]]) -> Iterable[tuple[CollectionKey, CollectionKey]]:
    for dataset, collections in found.items():
        tables = {item.name: item for item in collections}
        for child in tables.values():
            for reference in child.references:
                parents = tables[reference.collection].declared if reference.collection in tables else ()
                yield from (((dataset, name), (dataset, parent)) for name in child.declared for parent in parents)


def _sorted(
    keys: Iterable[CollectionKey], before: Mapping[CollectionKey, list[CollectionKey]]
) -> tuple[CollectionKey, ...]:
    """Return every key after those that stand before it, without recursion: chains of a map may be long."""
    done: dict[CollectionKey, None] = {}
    for start in keys:
        waiting, entered = [start], set()
        while waiting:
            key = waiting[-1]
            first = (
                [item for item in before[key] if item not in done and item not in entered] if key not in done else []
            )
            if key in entered or not first:
                done[waiting.pop()] = None
            else:
                waiting.extend(reversed(first))
            entered.add(key)
    return tuple(done)
