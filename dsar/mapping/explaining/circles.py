"""Which collections lead back to themselves."""

from __future__ import annotations

from collections.abc import Iterable

from dsar.datamap.graph import CollectionKey
from dsar.datamap.walk import breadth_first


def in_circles(links: Iterable[tuple[CollectionKey, CollectionKey]]) -> frozenset[CollectionKey]:
    """Return the collections from which a chain of links leads back to them."""
    following = _between_circles(set(links))
    onward: dict[CollectionKey, list[CollectionKey]] = {}
    for source, target in following:
        onward.setdefault(source, []).append(target)
    return frozenset(
        key for key, targets in onward.items() if key in breadth_first(targets, lambda item: onward.get(item, ()))
    )


def _between_circles(links: set[tuple[CollectionKey, CollectionKey]]) -> set[tuple[CollectionKey, CollectionKey]]:
    """Return the links without those that no circle leads to or that lead to none: most maps have none left then."""
    while True:
        sources, targets = {source for source, _ in links}, {target for _, target in links}
        kept = {(source, target) for source, target in links if source in targets and target in sources}
        if kept == links:
            return kept
        links = kept
