"""Figures of days put together by type and by the parts of a period."""

from __future__ import annotations

from collections.abc import Mapping

from dsar.counting.days import Part
from dsar.figures import CHOICE, Figure
from dsar.figures.periods import Period
from dsar.models import RequestType


def by_type(found: Mapping[Part, Figure], period: Period) -> dict[str, list[Figure]]:
    """Return by type a figure for each slot; in the order of RequestType, without those that nobody asked for."""
    asked, places = {part.type for part in found}, period.places()
    types = {kind.value: [Figure() for _slot in period.slots] for kind in RequestType if kind.value in asked}
    for part, figure in found.items():
        if part.day in places and part.type != CHOICE:
            types[part.type][places[part.day]].add(figure)
    return types
