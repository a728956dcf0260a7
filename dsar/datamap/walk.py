"""Breadth-first search, the one algorithm that the graph and the plan need."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable, Iterable
from typing import TypeVar

Node = TypeVar("Node", bound=Hashable)


def breadth_first(start: Iterable[Node], onward: Callable[[Node], Iterable[Node]]) -> dict[Node, int]:
    """Return every node that can be reached, with the least number of steps to it; O(nodes + edges)."""
    distances = dict.fromkeys(start, 0)
    waiting = deque(distances)
    while waiting:
        node = waiting.popleft()
        for following in onward(node):
            if following not in distances:
                distances[following] = distances[node] + 1
                waiting.append(following)
    return distances
