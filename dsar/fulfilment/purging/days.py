"""How long a row stays: by whose it is, and what they have chosen."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from types import NoneType
from uuid import UUID

from dsar.datamap.graph import Graph, Shape
from dsar.datamap.model import Collection, DataMap
from dsar.fulfilment.joinkey import CollectionKey, Form, Paths
from dsar.fulfilment.purging.people import Known
from dsar.fulfilment.reach import Reach
from dsar.fulfilment.visit import Visit, ways_from
from dsar.values import Row

#: Of values of these types the days of a row are remembered: most rows name one of a few people.
_MEMORABLE = frozenset({int, str, bool, UUID, NoneType})
_MOST_REMEMBERED = 100_000


def owner_groups(collection: Collection, data_map: DataMap, graph: Graph) -> frozenset[Paths]:
    """Return the paths that say whose a row is: identities, and what names a row that leads down to it.

    What is only looked up says nothing: a template that orders name is nobody's for that.
    """
    groups: set[Paths] = {(item.path,) for item in collection.walk() if item.identity is not None}
    sources: set[CollectionKey] = {edge.source_key for edge in graph.edges_into(collection.key)}
    for source in sources:
        ways = ways_from(source, data_map, graph)
        groups |= {way.paths for way in ways if way.target == collection.key and way.shape is Shape.FANOUT}
    return frozenset(groups)


class Days:
    """The days of each row of one collection: the longest of its owners', where the map does not say who owns it."""

    def __init__(self, visit: Visit, groups: frozenset[Paths], people: Sequence[Known], *, general: int) -> None:
        self._visit, self._groups, self._people, self._general = visit, groups, people, general
        rule = visit.collection.erasure
        by = frozenset(rule.by) if rule else frozenset()
        self._of_owner = frozenset(paths for paths in groups if paths[0] in by)
        paths = sorted({path for group in groups | self._asked() for path in group})
        self._names = [] if any("." in path for path in paths) else paths
        self._remembered: dict[Hashable, int | None] = {}

    def of(self, row: Row) -> int | None:
        """Return the days of a row; None if it must not go, since it is of somebody who is held."""
        values = tuple([row.get(name) for name in self._names])
        if not values or not all(type(value) in _MEMORABLE for value in values):
            return self._decided(row)
        key = tuple([(type(value), value) for value in values])  # True is no 1
        if key not in self._remembered:
            if len(self._remembered) >= _MOST_REMEMBERED:
                self._remembered.clear()
            self._remembered[key] = self._decided(row)
        return self._remembered[key]

    def _decided(self, row: Row) -> int | None:
        every = self._visit.forms(row, self._groups | self._asked())
        if any(known.group.is_held and self._leads(known, every) for known in self._people):
            return None
        forms = {paths: found for paths, found in every.items() if paths in self._groups}
        owner = {paths: found for paths, found in forms.items() if paths in self._of_owner and found}
        chosen = [self._chosen(paths, form) for paths, found in (owner or forms).items() for form in found]
        return max(chosen, default=self._general)

    def _asked(self) -> frozenset[Paths]:
        key = self._visit.collection.key
        return frozenset().union(*(known.keys.of(key).paths for known in self._people if known.group.is_held))

    def _leads(self, known: Known, forms: Mapping[Paths, Sequence[Form]]) -> bool:
        """Return whether any key of a group leads to a row, however it was found: a hold keeps rather too much."""
        found = known.keys.of(self._visit.collection.key)
        among = found.among(lambda paths: forms.get(paths, ()))
        return any(form in keys for paths, keys in among.items() for form in forms.get(paths, ()))

    def _chosen(self, paths: Paths, form: Form) -> int:
        """Return the most days of those whom a value names; the general ones where it names nobody who has chosen."""
        days = (known.days_in(self._visit.collection) for known in self._people if self._is_of(known, paths, form))
        return max((item for item in days if item is not None), default=self._general)

    def _is_of(self, known: Known, paths: Paths, form: Form) -> bool:
        keys = known.keys.of(self._visit.collection.key).among(lambda at: (form,) if at == paths else ())
        return form in keys.get(paths, {}) and keys[paths][form].reach is Reach.OWN
