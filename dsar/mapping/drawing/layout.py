"""Where everything goes: columns by distance from an identity, ordered by where their neighbours are.

A long column is broken into several, so that a map of hundreds of collections is no ribbon. Distances are those
of the shortest way, so that a circle needs no breaking: its arrow back is drawn as one.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dsar.mapping.drawing import cards
from dsar.mapping.drawing.scene import NodeKey, Scene
from dsar.mapping.drawing.text import width

ROW_GAP, COLUMN_GAP, MARGIN = 26.0, 96.0, 32.0
PILL_HEIGHT = 40.0
SWEEPS = 4


@dataclass(frozen=True, slots=True)
class Box:
    """A node's place, in pixels from the top left; `column` counts from 0, the identities'."""

    x: float
    y: float
    width: float
    height: float
    column: int

    @property
    def middle(self) -> float:
        return self.y + self.height / 2


@dataclass(frozen=True)
class Layout:
    """`gaps`: for each column its left and right edge, and the heights at which an arrow can pass between cards."""

    boxes: Mapping[NodeKey, Box]
    gaps: Sequence[tuple[float, float, Sequence[float]]]
    width: float
    height: float


def lay_out(scene: Scene, top: float) -> Layout:
    """Return the places of everything that is reached, below `top` pixels."""
    columns = _ordered(_columns(scene), scene)
    sizes = {key: _size(key, scene) for column in columns for key in column}
    tall = max((_tall(column, sizes) for column in columns), default=0.0)
    boxes: dict[NodeKey, Box] = {}
    gaps = []
    x = MARGIN
    for number, column in enumerate(columns):
        wide = max(sizes[key][0] for key in column)
        y = top + (tall - _tall(column, sizes)) / 2
        passes = [y - ROW_GAP / 2]
        for key in column:
            boxes[key] = Box(x, y, wide, sizes[key][1], number)
            y += sizes[key][1] + ROW_GAP
            passes.append(y - ROW_GAP / 2)
        gaps.append((x, x + wide, passes))
        x += wide + COLUMN_GAP
    return Layout(boxes, gaps, x - COLUMN_GAP + MARGIN, top + tall)


def _size(key: NodeKey, scene: Scene) -> tuple[float, float]:
    if key[0] == "":
        return (min(200.0, max(90.0, width(key[1], 14) + 36)), PILL_HEIGHT)
    return (cards.WIDTH, cards.height(scene.collections[key]))


def _tall(column: Sequence[NodeKey], sizes: Mapping[NodeKey, tuple[float, float]]) -> float:
    return sum(sizes[key][1] + ROW_GAP for key in column) - ROW_GAP


def _columns(scene: Scene) -> list[list[NodeKey]]:
    layers: dict[int, list[NodeKey]] = {}
    for key, steps in scene.steps.items():
        layers.setdefault(steps, []).append(key)
    return [layers[steps] for steps in sorted(layers)]


def _ordered(layers: list[list[NodeKey]], scene: Scene) -> list[list[NodeKey]]:
    """Sort each layer by the mean place of its neighbours, to and fro; those alike stay with their dataset."""
    neighbours: dict[NodeKey, list[NodeKey]] = {}
    for arrow in scene.arrows:
        neighbours.setdefault(arrow.source, []).append(arrow.target)
        neighbours.setdefault(arrow.target, []).append(arrow.source)
    for sweep in range(SWEEPS):
        numbers = range(1, len(layers)) if sweep % 2 == 0 else range(len(layers) - 2, -1, -1)
        for number in numbers:
            beside = layers[number - 1 if sweep % 2 == 0 else number + 1]
            places = {key: place for place, key in enumerate(beside)}
            layers[number] = _sorted(layers[number], places, neighbours)
    most = _most(layers)
    return [part for layer in layers for part in _broken(layer, most)]


def _sorted(
    layer: list[NodeKey], places: Mapping[NodeKey, int], neighbours: Mapping[NodeKey, list[NodeKey]]
) -> list[NodeKey]:
    def mean(key: NodeKey) -> float:
        found = [places[item] for item in neighbours.get(key, ()) if item in places]
        return sum(found) / len(found) if found else math.inf

    return sorted(layer, key=lambda key: (mean(key), key[0]))


def _most(layers: list[list[NodeKey]]) -> int:
    """Return how many cards stand above each other: the more there are, the more."""
    return max(8, math.ceil(math.sqrt(2.2 * sum(map(len, layers)))))


def _broken(layer: list[NodeKey], most: int) -> list[list[NodeKey]]:
    parts = math.ceil(len(layer) / most)
    each = math.ceil(len(layer) / parts)
    return [layer[start : start + each] for start in range(0, len(layer), each)]
