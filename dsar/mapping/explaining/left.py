"""What of a map, or of the rows found, a person with these identities does not get, and why."""

from __future__ import annotations

from collections.abc import Iterator

from dsar.datamap.graph import Graph
from dsar.datamap.model import Collection, DataMap, Sharing
from dsar.datamap.plan import Plan
from dsar.fulfilment.reach import Reach
from dsar.mapping.explaining.explanation import Left
from dsar.mapping.explaining.steps import Visit


def unreached(data_map: DataMap, graph: Graph, plan: Plan) -> Iterator[Left]:
    """Yield the collections to which these identities do not lead, with what would."""
    for collection in data_map.collections():
        if collection.key in plan.unreached and not collection.skip_processing:
            identities = [f"{item.path} holds {item.identity}" for item in collection.walk() if item.identity]
            edges = [f"{edge.target.path} from {edge.source}" for edge in graph.edges_into(collection.key)]
            yield Left(collection.key, plan.unreached[collection.key], (*identities, *edges))


def skipped(data_map: DataMap, plan: Plan) -> Iterator[Left]:
    """Yield the collections that the map leaves out."""
    for collection in data_map.collections():
        if collection.skip_processing:
            yield Left(collection.key, plan.unreached[collection.key])


def delivered(collection: Collection, visit: Visit, kinds: frozenset[str]) -> tuple[str, ...]:
    """Say which of the rows found, and which parts of them, are delivered; nothing where all are."""
    return tuple(words for words in (_rows(collection, visit, kinds), _elements(collection, visit)) if words)


def _rows(collection: Collection, visit: Visit, kinds: frozenset[str]) -> str:
    named = sorted(item.path for item in collection.walk() if item.identity in kinds)
    if all(set(key.paths) <= set(named) for key in visit.keys):
        return ""
    if collection.shared is Sharing.DELIVER:
        return "rows that name somebody else are delivered, too (shared: deliver)" if named else ""
    if collection.shared is Sharing.WITHHOLD or all(key.reaches[0] is Reach.FOREIGN for key in visit.keys):
        return "only rows that name the person are delivered; others are withheld and lead onward only"
    return f"rows that name somebody else ({', '.join(named)}) are withheld and lead onward only" if named else ""


def _elements(collection: Collection, visit: Visit) -> str:
    asked = [path for key in visit.keys for path in key.paths]
    arrays = [
        item.path
        for item in collection.walk()
        if (item.data_type or "").endswith("[]")
        and not item.return_all_elements
        and any(path == item.path or path.startswith(f"{item.path}.") for path in asked)
    ]
    if not arrays:
        return ""
    return f"read once more when all keys are known: of {', '.join(arrays)} only the elements that match are delivered"
