"""What a picture shows of a data map, before anything has a place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dsar.datamap.graph import CollectionKey, Graph, Shape, build_graph
from dsar.datamap.model import Collection, DataMap
from dsar.datamap.plan import make_plan
from dsar.datamap.walk import breadth_first

#: A collection's key, or ("", kind) for a kind of identity.
NodeKey = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Arrow:
    """Values go from one node to another; `says` names the fields. `entry`: an identity enters there."""

    source: NodeKey
    target: NodeKey
    says: tuple[str, ...]
    shape: Shape | None = None
    directed: bool = True


@dataclass(frozen=True)
class Scene:
    """`steps`: how many arrows a node is away from an identity, the identities themselves 0.

    `apart`: why a collection is not reached, a sentence.
    """

    kinds: tuple[str, ...]
    collections: Mapping[CollectionKey, Collection]
    steps: Mapping[NodeKey, int]
    arrows: tuple[Arrow, ...]
    apart: Mapping[CollectionKey, str]
    datasets: Mapping[str, str]


def make_scene(data_map: DataMap) -> Scene:
    """Return what is shown of a map, for a person who has proven every kind of identity that it knows."""
    graph = build_graph(data_map)
    plan = make_plan(data_map, graph, graph.kinds)
    collections = {item.key: item for item in data_map.collections()}
    reached = {key: item for key, item in collections.items() if key not in plan.unreached}
    arrows = _entries(graph) + _edges(graph, reached)
    onward: dict[NodeKey, list[NodeKey]] = {}
    for arrow in arrows:
        onward.setdefault(arrow.source, []).append(arrow.target)
    kinds = tuple(sorted(graph.kinds))
    return Scene(
        kinds=kinds,
        collections=collections,
        steps=breadth_first([("", kind) for kind in kinds], lambda key: onward.get(key, ())),
        arrows=arrows,
        apart=plan.unreached,
        datasets={item.key: item.name or item.key for item in data_map.datasets},
    )


def _entries(graph: Graph) -> tuple[Arrow, ...]:
    found: dict[tuple[NodeKey, NodeKey], list[str]] = {}
    for kind in sorted(graph.kinds):
        for point in graph.entry_points(kind):
            found.setdefault((("", kind), (point.dataset, point.collection)), []).append(f"{kind} at {point}")
    return tuple(Arrow(source, target, tuple(says)) for (source, target), says in found.items())


def _edges(graph: Graph, reached: Mapping[CollectionKey, Collection]) -> tuple[Arrow, ...]:
    """Return one arrow for all edges between two collections that are drawn alike."""
    found: dict[tuple[NodeKey, NodeKey, Shape, bool], list[str]] = {}
    for key in reached:
        for edge in graph.edges_from(key):
            alike = (edge.source_key, edge.target_key, edge.shape, edge.directed)
            found.setdefault(alike, []).append(f"{edge.source} to {edge.target}")
    return tuple(
        Arrow(source, target, tuple(says), shape, directed) for (source, target, shape, directed), says in found.items()
    )
