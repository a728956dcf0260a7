"""Which way each link is followed, so that a person's own rows are found and nobody else's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from dsar.datamap.walk import breadth_first
from dsar.mapping.drafting.sketch import Key, Link


def directed(links: Sequence[Link], holders: Iterable[Key]) -> tuple[list[Link], list[Link], dict[Link, str]]:
    """Return fan-outs (parent to child), lookups (child to parent), and why the others are left to a reviewer.

    A fan-out starts at an identity's holder, or where fan-outs alone lead and nearer to one than the child is.
    """
    points = set(holders)
    others = {link: "rows that name rows of their own table" for link in links if link.child == link.parent}
    between = [link for link in links if link not in others]
    distances = breadth_first(points, lambda key: [link.child for link in between if link.parent == key])
    fanouts = [link for link in between if link.parent in points or _is_nearer(link, distances)]
    spreading = {link.parent for link in fanouts}
    lookups = [link for link in between if link not in fanouts and link.parent not in spreading]
    for link in between:
        if link not in fanouts and link.parent in spreading:
            others[link] = f"{link.parent[1]} leads on to other tables: rows of other people might be collected"
    return fanouts, lookups, others


def reached(fanouts: Iterable[Link], lookups: Iterable[Link], holders: Iterable[Key]) -> set[Key]:
    """Return the collections to which identities lead."""
    following: dict[Key, list[Key]] = {}
    for link in fanouts:
        following.setdefault(link.parent, []).append(link.child)
    for link in lookups:
        following.setdefault(link.child, []).append(link.parent)
    return set(breadth_first(set(holders), lambda key: following.get(key, ())))


def _is_nearer(link: Link, distances: Mapping[Key, int]) -> bool:
    return link.parent in distances and distances[link.parent] < distances[link.child]
