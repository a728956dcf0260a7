"""A collection in one walk: its rules, bound once and applied to every row."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product

from dsar.datamap.graph import Edge, Graph, Shape
from dsar.datamap.model import Collection, DataMap, Field, Sharing
from dsar.fulfilment.elements import Elements
from dsar.fulfilment.joinkey import CollectionKey, Form, Known, Paths, key_value
from dsar.fulfilment.reach import Identities, Owner, OwnerRule, Reach
from dsar.stores.casting import canonical
from dsar.values import Row, Value, at_path

_PLAIN_KEYS = frozenset({int, str})


@dataclass(frozen=True, slots=True)
class Way:
    """One edge, or the edges of a group: values of `sources` in one row are asked for at `paths` as one tuple."""

    sources: Paths
    target: CollectionKey
    paths: Paths
    fields: tuple[Field, ...]
    shape: Shape
    directed: bool

    def keys(self, row: Row) -> Iterator[tuple[Value, ...]]:
        """Yield what the row asks of the target, cast; a tuple with a part that can equal nothing is not asked."""
        parts = [
            [key for value in at_path(row, path) if (key := key_value(value, item)) is not None]
            for path, item in zip(self.sources, self.fields, strict=True)
        ]
        return product(*parts)

    def onward(self, reach: Reach) -> Reach | None:
        """Return the reach beyond this way; None where it must not be followed."""
        if self.shape is Shape.LOOKUP:
            return max(reach, Reach.LOOKUP)
        return reach if self.directed or reach is Reach.OWN else None


def ways_from(key: CollectionKey, data_map: DataMap, graph: Graph) -> tuple[Way, ...]:
    """Return how rows of a collection lead on."""
    groups: dict[tuple[CollectionKey, str], list[Edge]] = {}
    for edge in graph.edges_from(key):
        item = _target(edge, data_map)
        groups.setdefault((edge.target_key, f"group {item.group}" if item.group else str(edge)), []).append(edge)
    return tuple(_way(edges, data_map) for edges in groups.values())


def _target(edge: Edge, data_map: DataMap) -> Field:
    return data_map.collection(edge.target_key).at(edge.target.path)


def _way(edges: list[Edge], data_map: DataMap) -> Way:
    return Way(
        sources=tuple(edge.source.path for edge in edges),
        target=edges[0].target_key,
        paths=tuple(edge.target.path for edge in edges),
        fields=tuple(_target(edge, data_map) for edge in edges),
        shape=edges[0].shape,
        directed=edges[0].directed,
    )


class Visit:
    """Tells of a row whose it is, by which keys it was reached, and what of it is delivered."""

    def __init__(
        self,
        collection: Collection,
        *,
        data_map: DataMap,
        graph: Graph,
        identities: Identities,
        only: Mapping[str, Value],
    ) -> None:
        self.collection, self.only = collection, only
        self.ways = ways_from(collection.key, data_map, graph)
        self._fields = {item.path: item for item in collection.walk()}
        self._rule = OwnerRule(collection, identities)
        self.identity_sources = tuple(
            (item.path, item.identity_source) for item in collection.walk() if item.identity_source
        )
        self.unproven_identities = tuple(
            (item.path, item.identity)
            for item in collection.walk()
            if item.identity and item.identity not in identities and not item.identity_source
        )
        proven = {item.path for item in collection.walk() if item.identity in identities}
        entries = proven | {edge.target.path for edge in graph.edges_into(collection.key)}
        self.elements = Elements(collection, entries)
        #: The paths, beside those of the keys, on which it depends what becomes of a row.
        self.deciding = frozenset(entries | only.keys())
        self.leads_on = bool(self.ways or self.identity_sources or self.unproven_identities)

    def owner(self, row: Row) -> Owner:
        """Return whose row it is; in a collection that is shared and delivered, another's name says nothing."""
        owner = self._rule.owner(row)
        if owner is Owner.ANOTHER and self.collection.shared is Sharing.DELIVER:
            return Owner.UNSAID
        return owner

    def delivers(self, reach: Reach, owner: Owner) -> bool:
        if owner is Owner.PERSON:
            return True
        return owner is Owner.UNSAID and reach <= Reach.LOOKUP and self.collection.shared is not Sharing.WITHHOLD

    def fits(self, row: Row) -> bool:
        """Return whether the row has the fixed values of `meta.only`, where it shows them."""
        return all(
            canonical(wanted, self._fields[path]) in self._forms(row, path)
            for path, wanted in self.only.items()
            if path.partition(".")[0] in row
        )

    def forms(self, row: Row, groups: Iterable[Paths]) -> dict[Paths, tuple[Form, ...]]:
        """Return the forms of all keys that would lead to the row, at each of the paths.

        Values are compared by code points: what a store's collation calls equal may not be.
        """
        return {paths: tuple(product(*(self._forms(row, path) for path in paths))) for paths in groups}

    def hits(self, path: str, value: Value, sets: Iterable[Known], reach: Reach) -> bool:
        """Return whether one value at a path is a key of the sets that was found at least as well as `reach`."""
        form = (canonical(value, self._fields[path]),)
        return any(form in found and found[form].reach <= reach for keys in sets if (found := keys.get((path,))))

    def _forms(self, row: Row, path: str) -> set[object]:
        item = self._fields[path]
        value = None if "." in path else row.get(path)
        if type(value) in _PLAIN_KEYS:  # most keys: of one value there is no walk
            form = canonical(value, item)
            return set() if form is None else {form}
        return {form for value in at_path(row, path) if (form := canonical(value, item)) is not None}
