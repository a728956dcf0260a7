"""The graph of a data map: entry points, edges with their shapes, and what can be reached.

An edge goes from the field whose values were found to the field that is asked for them. FANOUT goes from a
key to its foreign keys (one person, many orders); LOOKUP from a foreign key to the key (an order, its product).
A reference without a direction gets one orientation for the whole map, and a fan-out made from one is
followed only for rows that no lookup led to: person, order, product, everybody's orders of it is a leak.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import NamedTuple

from dsar.datamap.model import Collection, DataMap, Direction, Field, FieldAddress, Location, Reference
from dsar.datamap.problems import Problem
from dsar.datamap.walk import breadth_first

CollectionKey = tuple[str, str]


class Shape(StrEnum):
    """LOOKUP: from a foreign key to the key it names. FANOUT: from a key to what refers to it."""

    LOOKUP = "lookup"
    FANOUT = "fanout"


@dataclass(frozen=True, slots=True, order=True)
class Edge:
    """Values of `source` are asked for at `target`. `directed` False: the map declares no direction."""

    source: FieldAddress
    target: FieldAddress
    shape: Shape
    directed: bool

    @property
    def source_key(self) -> CollectionKey:
        return (self.source.dataset, self.source.collection)

    @property
    def target_key(self) -> CollectionKey:
        return (self.target.dataset, self.target.collection)


class Position(NamedTuple):
    """A collection as reached: `pure` while every edge on the way was a FANOUT."""

    key: CollectionKey
    pure: bool


@dataclass(frozen=True)
class Graph:
    """What `build_graph` makes; collections that are skipped take no part in it."""

    _entries: Mapping[str, tuple[FieldAddress, ...]]
    _outgoing: Mapping[CollectionKey, tuple[Edge, ...]]
    _incoming: Mapping[CollectionKey, tuple[Edge, ...]]
    _locations: Mapping[Edge, Location]
    identity_sources: tuple[FieldAddress, ...]

    @property
    def kinds(self) -> frozenset[str]:
        """The kinds of identity that some field holds."""
        return frozenset(self._entries)

    def entry_points(self, kind: str) -> tuple[FieldAddress, ...]:
        """Return the fields that hold identities of a kind; none for a kind that the map does not know."""
        return self._entries.get(kind, ())

    def edges_from(self, key: CollectionKey) -> tuple[Edge, ...]:
        return self._outgoing.get(key, ())

    def edges_into(self, key: CollectionKey) -> tuple[Edge, ...]:
        return self._incoming.get(key, ())

    def start(self, kinds: Iterable[str]) -> frozenset[Position]:
        """Return where identities of these kinds enter."""
        points = (point for kind in kinds for point in self.entry_points(kind))
        return frozenset(Position((point.dataset, point.collection), pure=True) for point in points)

    def onward(self, position: Position) -> list[tuple[Edge, Position]]:
        """Return the edges that may be followed from a position, and where each leads."""
        known = self._onward.get(position)
        if known is None:
            known = self._onward[position] = [
                (edge, Position(edge.target_key, pure=position.pure and edge.shape is Shape.FANOUT))
                for edge in self.edges_from(position.key)
                if _may_follow(edge, pure=position.pure)
            ]
        return known

    @cached_property
    def _onward(self) -> dict[Position, list[tuple[Edge, Position]]]:
        """What was asked before: a plan asks some six times for every position."""
        return {}

    def reachable(self, kinds: Iterable[str]) -> frozenset[CollectionKey]:
        """Return the collections that identities of these kinds can lead to."""
        return frozenset(position.key for position in self._positions(kinds))

    def toward_identity_sources(self) -> frozenset[CollectionKey]:
        """Return the collections on any path from an entry point to one with an identity source.

        They are walked first, so that all identities are known before anything is collected.
        """
        return self.toward({(item.dataset, item.collection) for item in self.identity_sources})

    def toward(self, holders: AbstractSet[CollectionKey]) -> frozenset[CollectionKey]:
        """Return the collections on any path from an entry point to one of these, which are among them."""
        positions = self._positions(self.kinds)
        before: dict[Position, list[Position]] = {}
        for position in positions:
            for _, following in self.onward(position):
                before.setdefault(following, []).append(position)
        ends = [position for position in positions if position.key in holders]
        return frozenset(position.key for position in breadth_first(ends, lambda item: before.get(item, ())))

    def findings(self) -> tuple[Problem, ...]:
        """Return each fan-out without a declared direction that starts where a lookup may have led, too."""
        tainted = {position.key for position in self._positions(self.kinds) if not position.pure}
        found = (edge for edge in self._locations if edge.shape is Shape.FANOUT and edge.source_key in tainted)
        return tuple(Problem(self._locations[edge], _declare_a_direction(edge)) for edge in found)

    def _positions(self, kinds: Iterable[str]) -> dict[Position, int]:
        return breadth_first(self.start(kinds), lambda position: [item for _, item in self.onward(position)])


def _may_follow(edge: Edge, *, pure: bool) -> bool:
    return pure or edge.directed or edge.shape is Shape.LOOKUP


def _declare_a_direction(edge: Edge) -> str:
    return (
        f"declare a direction: '{edge.source_key[1]}' can also be reached through a lookup, so following "
        f"{edge.source} to {edge.target} might find the rows of other people"
    )


def build_graph(data_map: DataMap) -> Graph:
    """Return the graph of a data map whose references all lead somewhere (`load` has checked them)."""
    collections = {item.key: item for item in data_map.collections() if not item.skip_processing}
    entries, sources = _identities(collections.values())
    edges = _edges(collections, {(point.dataset, point.collection) for points in entries.values() for point in points})
    outgoing: dict[CollectionKey, list[Edge]] = {}
    incoming: dict[CollectionKey, list[Edge]] = {}
    for edge in edges:
        outgoing.setdefault(edge.source_key, []).append(edge)
        incoming.setdefault(edge.target_key, []).append(edge)
    return Graph(
        _entries={kind: tuple(points) for kind, points in entries.items()},
        _outgoing={key: tuple(listed) for key, listed in outgoing.items()},
        _incoming={key: tuple(listed) for key, listed in incoming.items()},
        _locations={edge: location for edge, location in edges.items() if not edge.directed},
        identity_sources=sources,
    )


def _identities(
    collections: Iterable[Collection],
) -> tuple[dict[str, list[FieldAddress]], tuple[FieldAddress, ...]]:
    """Return the entry points by kind, and the fields whose values become identities."""
    entries: dict[str, list[FieldAddress]] = {}
    sources: list[FieldAddress] = []
    for collection in collections:
        for field in collection.walk():
            if field.identity is not None:
                entries.setdefault(field.identity, []).append(_address(collection, field))
            if field.identity_source is not None:
                sources.append(_address(collection, field))
    return entries, tuple(sources)


def _address(collection: Collection, field: Field) -> FieldAddress:
    return FieldAddress(collection.dataset, collection.name, field.path)


@dataclass(frozen=True, slots=True)
class _Link:
    """A declared reference with its ends told apart."""

    declaring: FieldAddress
    reference: Reference
    key: FieldAddress
    foreign: FieldAddress

    @property
    def ends(self) -> frozenset[FieldAddress]:
        return frozenset((self.key, self.foreign))

    def edge(self, *, to_key: bool, directed: bool) -> Edge:
        if to_key:
            return Edge(self.foreign, self.key, Shape.LOOKUP, directed)
        return Edge(self.key, self.foreign, Shape.FANOUT, directed)


def _edges(collections: Mapping[CollectionKey, Collection], entries: set[CollectionKey]) -> dict[Edge, Location]:
    """Return every edge and where it is declared, in the order of declaration."""
    links = _links(collections)
    edges = {}
    for link in links:
        if link.reference.direction is not None:
            edges[_directed(link)] = link.reference.location
    decided = {frozenset((edge.source, edge.target)) for edge in edges}
    # The same pair may be declared from both its sides: the first one counts, and a declared direction beats both.
    undirected = {link.ends: link for link in reversed(links) if link.ends not in decided}
    distances = _pure_distances(entries, list(edges), list(undirected.values()))
    for link in reversed(list(undirected.values())):
        edges[_oriented(link, distances)] = link.reference.location
    return edges


def _links(collections: Mapping[CollectionKey, Collection]) -> list[_Link]:
    keys = {address for collection in collections.values() for address in _keys(collection)}
    found = []
    for collection in collections.values():
        for field in collection.walk():
            for reference in field.references:
                if (reference.target.dataset, reference.target.collection) in collections:
                    found.append(_link(_address(collection, field), reference, keys))
    return found


def _link(declaring: FieldAddress, reference: Reference, keys: set[FieldAddress]) -> _Link:
    """Tell key from foreign key: the key is the whole primary key of its collection, else what is referred to."""
    target = reference.target
    if declaring in keys and target not in keys:
        return _Link(declaring, reference, key=declaring, foreign=target)
    return _Link(declaring, reference, key=target, foreign=declaring)


def _keys(collection: Collection) -> list[FieldAddress]:
    """Return the field, or the fields of a group, that are the whole primary key.

    A part of a composite key is no key by itself: many rows share it (a membership's person_id).
    """
    parts = [field for field in collection.walk() if field.primary_key]
    groups = {field.group for field in parts}
    grouped = {field.path for field in collection.walk() if field.group in groups - {None}}
    is_one = len(parts) == 1 or (len(groups) == 1 and grouped == {field.path for field in parts})
    return [_address(collection, field) for field in parts] if is_one else []


def _directed(link: _Link) -> Edge:
    carried_to = link.reference.target if link.reference.direction is Direction.TO else link.declaring
    return link.edge(to_key=carried_to == link.key, directed=True)


def _pure_distances(
    entries: set[CollectionKey], edges: list[Edge], undirected: list[_Link]
) -> dict[CollectionKey, int]:
    """Return how many fan-outs, and nothing else, lead from an entry point to a collection."""
    fanouts = [edge for edge in edges if edge.shape is Shape.FANOUT]
    fanouts += [link.edge(to_key=False, directed=False) for link in undirected]
    following: dict[CollectionKey, list[CollectionKey]] = {}
    for edge in fanouts:
        following.setdefault(edge.source_key, []).append(edge.target_key)
    return breadth_first(entries, lambda key: following.get(key, ()))


def _oriented(link: _Link, distances: Mapping[CollectionKey, int]) -> Edge:
    """Fan out only where fan-outs alone lead to the key, and sooner than to the foreign key; else look up."""
    fanout = link.edge(to_key=False, directed=False)
    near = distances.get(fanout.source_key)
    far = distances.get(fanout.target_key)
    if near is not None and (far is None or near < far):
        return fanout
    return link.edge(to_key=True, directed=False)
