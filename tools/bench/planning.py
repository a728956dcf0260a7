"""Graph and plan of data maps of growing size, loading left out."""

from __future__ import annotations

import tempfile
import time
from math import log
from pathlib import Path

from dsar.datamap.graph import build_graph
from dsar.datamap.load import load
from dsar.datamap.model import DataMap
from dsar.datamap.plan import make_plan
from tools.bench.rows import Measured

SIZES = (10, 100, 1_000, 5_000)
_DATASET = 50  # collections


def rows(sizes: tuple[int, ...] = SIZES) -> list[Measured]:
    """Return the time for 1,000 collections, and how much faster than n log n it grows from there to the largest."""
    seconds = {size: min(_planning(data_map) for _ in range(5)) for size in sizes for data_map in (_map(size),)}
    told = ", ".join(f"{size:,}: {spent * 1000:.1f} ms" for size, spent in seconds.items())
    found = [Measured("planning 1,000 collections", seconds[1_000] * 1000, 100, "ms", told)]
    largest = max(sizes)
    if largest > 1_000:
        allowed = largest * log(largest) / (1_000 * log(1_000))
        grown = seconds[largest] / seconds[1_000]
        found.append(
            Measured(f"planning {largest:,} against 1,000", grown / allowed, 1, "n log n", f"{grown:.1f} times")
        )
    return found


def _planning(data_map: DataMap) -> float:
    started = time.perf_counter()
    make_plan(data_map, build_graph(data_map), frozenset({"email"}))
    return time.perf_counter() - started


def _map(size: int) -> DataMap:
    """Return chains, stars and circles over many datasets: each collection names one before it, some one behind."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "map.yml").write_text(
            "dataset:\n" + "".join(_dataset(at, size) for at in range(0, size, _DATASET))
        )
        return load(Path(folder))


def _dataset(first: int, size: int) -> str:
    collections = "".join(_collection(at, size) for at in range(first, min(first + _DATASET, size)))
    return f"- fides_key: d{first // _DATASET}\n  collections:\n{collections}"


def _collection(at: int, size: int) -> str:
    before = at // 2 if at % 3 else max(0, at - 1)
    reference = "" if at == 0 else f", references: [{_reference(before, 'from')}]"
    behind = f", references: [{_reference((at * 7) % size, 'to')}]" if at % 5 == 0 else ""
    identity = "{identity: email, data_type: string}" if at == 0 else "{data_type: string}"
    return (
        f"  - name: c{at}\n    fields:\n"
        f"    - {{name: id, data_categories: [system.operations], fides_meta: {{primary_key: true}}}}\n"
        f"    - {{name: email, data_categories: [user.contact.email], fides_meta: {identity}}}\n"
        f"    - {{name: parent, data_categories: [system.operations], fides_meta: {{data_type: integer{reference}}}}}\n"
        f"    - {{name: other, data_categories: [system.operations], fides_meta: {{data_type: integer{behind}}}}}\n"
    )


def _reference(at: int, direction: str) -> str:
    return f"{{dataset: d{at // _DATASET}, field: c{at}.id, direction: {direction}}}"
