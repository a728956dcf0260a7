"""By what a recipient knows a person: the values of one field that an erasure has searched by."""

from __future__ import annotations

from collections.abc import Iterator

from dsar.datamap.graph import Graph
from dsar.datamap.model import FieldAddress
from dsar.fulfilment.keys import KeySet
from dsar.fulfilment.reach import Reach
from dsar.stores.casting import cast

#: Of more values than this none is told: no recipient knows one person by so many, and the map is probably wrong.
MOST = 100
_A_READ = 1_000


class TooManyIdentifiersError(Exception):
    """More than MOST values."""


def identifiers_of(address: FieldAddress, *, keys: KeySet, graph: Graph) -> tuple[str, ...]:
    """Return the person's values of a field as text, in order. Raises TooManyIdentifiersError.

    What led to rows of the person's own counts alone: not what was looked up, and nothing behind another person's row.
    """
    found: set[str] = set()
    for place in (address, *_where_it_is_asked(address, graph)):
        for text in _values(place, keys):
            found.add(text)
            if len(found) > MOST:
                raise TooManyIdentifiersError
    return tuple(sorted(found))


def _where_it_is_asked(address: FieldAddress, graph: Graph) -> Iterator[FieldAddress]:
    """Yield the fields that are asked for this field's values, and for those of no other."""
    for edge in graph.edges_from((address.dataset, address.collection)):
        sources = {other.source for other in graph.edges_into(edge.target_key) if other.target == edge.target}
        is_entry = any(edge.target in graph.entry_points(kind) for kind in graph.kinds)
        if sources == {address} and not is_entry:
            yield edge.target


def _values(place: FieldAddress, keys: KeySet) -> Iterator[str]:
    for portion in keys.of((place.dataset, place.collection)).portions(_A_READ, Reach.OWN):
        for asked in portion.get((place.path,), {}).values():
            text = cast(asked.values[0], "string")
            if isinstance(text, str) and text:
                yield text
