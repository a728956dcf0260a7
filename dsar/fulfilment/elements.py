"""Which elements of an array belong to whom: one document may list many people.

An array through which a row was found keeps only the elements that match, unless the map says `return_all_elements`.
What leads on from an array that is an entry point are only its matching elements, however the row was found.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from dsar.datamap.model import Collection, Field
from dsar.values import Row, Value

#: Tells whether the value at an entry path is one that was asked for.
Hit = Callable[[str, Value], bool]


@dataclass
class _Node:
    """A field on the way to an entry point, or one itself."""

    item: Field
    is_entry: bool = False
    below: dict[str, _Node] = field(default_factory=dict)


class Elements:
    """The arrays on the way to a collection's entry points: identities that are proven, targets of references."""

    def __init__(self, collection: Collection, entries: Iterable[str]) -> None:
        self._roots: dict[str, _Node] = {}
        fields = {item.path: item for item in collection.walk()}
        for path in sorted(entries):
            _add(self._roots, fields, path)

    def any(self, row: Row) -> bool:
        """Return whether the row has an array of which only some elements may be the person's."""
        return any(_has_array(row.get(name), node) for name, node in self._roots.items())

    def delivered(self, row: Row, *, found: Hit, own: Hit) -> Row:
        """Return the row with arrays in which something was `found` cut down to the elements that are `own`."""
        return _cut_object(row, self._roots, own, found)

    def leading_on(self, row: Row, *, own: Hit) -> Row:
        """Return the row as it leads on: arrays are cut down to the elements that are `own`, to none if need be."""
        return _cut_object(row, self._roots, own, None)


def _add(nodes: dict[str, _Node], fields: dict[str, Field], path: str) -> None:
    names = path.split(".")
    for depth, name in enumerate(names, start=1):
        node = nodes.setdefault(name, _Node(fields[".".join(names[:depth])]))
        node.is_entry |= depth == len(names)
        nodes = node.below


def _has_array(value: Value, node: _Node) -> bool:
    if isinstance(value, list):
        return not node.item.return_all_elements or any(_has_array(part, node) for part in value)
    if isinstance(value, dict):
        return any(_has_array(value.get(name), below) for name, below in node.below.items())
    return False


def _cut(value: Value, node: _Node, own: Hit, found: Hit | None) -> Value:
    if isinstance(value, dict):
        return _cut_object(value, node.below, own, found)
    if not isinstance(value, list):
        return value
    # Without `found` every array is cut: what leads on must not depend on which keys were known first.
    is_cut = not node.item.return_all_elements and (found is None or _hits(value, node, found))
    return [_cut(part, node, own, found) for part in value if not is_cut or _hits(part, node, own)]


def _cut_object(value: Row, nodes: dict[str, _Node], own: Hit, found: Hit | None) -> Row:
    return {name: _cut(part, nodes[name], own, found) if name in nodes else part for name, part in value.items()}


def _hits(value: Value, node: _Node, hit: Hit) -> bool:
    if isinstance(value, list):
        return any(_hits(part, node, hit) for part in value)
    if isinstance(value, dict):
        return any(_hits(value[name], below, hit) for name, below in node.below.items() if name in value)
    return node.is_entry and hit(node.item.path, value)
