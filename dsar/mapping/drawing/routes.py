"""The way of an arrow: curves from column to column, through the gaps between cards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from dsar.mapping.drawing.layout import COLUMN_GAP, Box, Layout
from dsar.mapping.drawing.scene import Arrow, NodeKey

Point = tuple[float, float]


def routes(arrows: Sequence[Arrow], layout: Layout) -> list[str]:
    """Return each arrow's path (SVG `d`); ends at one side of a card are spread over its height."""
    leave = _spread(arrows, layout, incoming=False)
    enter = _spread(arrows, layout, incoming=True)
    # Arrows of one card and look share a lane of a gap, as a bundle; others run beside it.
    bundles = {(arrow.source, arrow.shape): None for arrow in arrows}
    lanes = {bundle: (number % 5 - 2) * 3.0 for number, bundle in enumerate(bundles)}
    return [
        _Way(layout, lanes[arrow.source, arrow.shape]).of(
            layout.boxes[arrow.source], layout.boxes[arrow.target], leave[at], enter[at]
        )
        for at, arrow in enumerate(arrows)
    ]


def _spread(arrows: Sequence[Arrow], layout: Layout, *, incoming: bool) -> Mapping[int, float]:
    """Return where each arrow meets the card, in pixels from the top, ordered as their other ends are."""
    sides: dict[tuple[NodeKey, bool], list[tuple[float, int]]] = {}
    for at, arrow in enumerate(arrows):
        source, target = layout.boxes[arrow.source], layout.boxes[arrow.target]
        is_right = _at_right(source, target, incoming=incoming)
        near, far = (arrow.target, source) if incoming else (arrow.source, target)
        sides.setdefault((near, is_right), []).append((far.middle, at))
    found = {}
    for (key, _is_right), ends in sides.items():
        box = layout.boxes[key]
        for place, (_far, at) in enumerate(sorted(ends), start=1):
            share = place / (len(ends) + 1)
            found[at] = box.y + box.height * (0.3 + 0.5 * share if incoming else 0.2 + 0.6 * share)
    return found


def _at_right(source: Box, target: Box, *, incoming: bool) -> bool:
    """Forwards: out at the right, in at the left. Backwards: the other way. Within a column: both at the right."""
    if source.column == target.column:
        return True
    return (source.column < target.column) != incoming


@dataclass(frozen=True, slots=True)
class _Way:
    """`lane`: pixels beside the middle of a gap."""

    layout: Layout
    lane: float

    def of(self, source: Box, target: Box, leave: float, enter: float) -> str:
        if source.column == target.column:
            return _loop(source, target, leave, enter)
        forwards = source.column < target.column
        start = (source.x + source.width if forwards else source.x, leave)
        end = (target.x if forwards else target.x + target.width, enter)
        step = 1 if forwards else -1
        points: list[Point] = [start]
        for number in range(source.column + step, target.column, step):
            points += self._passed(points[-1], end, number, forwards=forwards)
        return _curve([*points, end])

    def _passed(self, before: Point, end: Point, column: int, *, forwards: bool) -> list[Point]:
        """Return where the arrow enters and leaves a column: at the gap nearest to its straight way."""
        left, right, passes = self.layout.gaps[column]
        share = ((left + right) / 2 - before[0]) / (end[0] - before[0])
        wished = before[1] + (end[1] - before[1]) * share
        y = min(passes, key=lambda height: abs(height - wished)) + self.lane
        return [(left - 8, y), (right + 8, y)] if forwards else [(right + 8, y), (left - 8, y)]


def _loop(source: Box, target: Box, leave: float, enter: float) -> str:
    right = source.x + source.width
    if source == target:
        leave, enter = source.y + 14, source.y + 34
    out = right + COLUMN_GAP * 0.55
    return f"M{right:.1f} {leave:.1f}C{out:.1f} {leave:.1f} {out:.1f} {enter:.1f} {right:.1f} {enter:.1f}"


def _curve(points: Sequence[Point]) -> str:
    """Return curves that are level at every point, so that they are straight between cards."""
    told = f"M{points[0][0]:.1f} {points[0][1]:.1f}"
    for (x, y), (to_x, to_y) in pairwise(points):
        half = (x + to_x) / 2
        told += f"C{half:.1f} {y:.1f} {half:.1f} {to_y:.1f} {to_x:.1f} {to_y:.1f}"
    return told
