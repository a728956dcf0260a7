"""Which systems carry out a purpose, as far as the data map says: whose recipients are told that it stops."""

from __future__ import annotations

from dsar.datamap.model import Collection, DataMap, System
from dsar.models import Purpose
from dsar.restrictions import EVERYTHING

#: What concerns every system: every use, and the passing on itself.
_ALL = (EVERYTHING, Purpose.SHARING)


def systems_of(data_map: DataMap, purpose: str) -> tuple[System, ...]:
    """Return those that declare a use, or hold collections where the map writes the choice or the mark of a Purpose.

    Where the map names it nowhere, that is all of them: whoever is not told would go on.
    """
    if purpose in _ALL:
        return data_map.systems
    datasets = {item.dataset for item in data_map.collections() if _is_named(purpose, item)}
    return tuple(item for item in data_map.systems if _carries_out(item, purpose, datasets)) or data_map.systems


def _is_named(purpose: str, collection: Collection) -> bool:
    return purpose in collection.choices or (
        collection.restrict is not None and purpose in collection.restrict.purposes
    )


def _carries_out(system: System, purpose: str, datasets: set[str]) -> bool:
    is_declared = any(item.data_use == purpose for item in system.declarations)
    return is_declared or not datasets.isdisjoint(system.datasets)
