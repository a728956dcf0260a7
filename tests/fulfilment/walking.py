"""Walks a small data map over real stores, stage by stage, as the workers do."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from dsar.datamap.graph import build_graph
from dsar.datamap.load import load
from dsar.datamap.model import Collection, DataMap
from dsar.fulfilment.keys import KeySet
from dsar.fulfilment.reach import Identities
from dsar.fulfilment.stages import next_datasets
from dsar.fulfilment.walk import WalkInput, WalkResult, seed_keys, walk
from dsar.stores.config import StoreConfig
from dsar.stores.registry import open_store
from dsar.values import Row


@dataclass
class Walked:
    """Rows and counts by collection; `order` is the datasets as they were walked."""

    rows: dict[str, list[Row]] = field(default_factory=lambda: defaultdict(list))
    withheld: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    order: list[str] = field(default_factory=list)
    results: list[WalkResult] = field(default_factory=list)

    def take(self, collection: Collection, rows: Sequence[Row]) -> None:
        self.rows[collection.name].extend(rows)


def load_text(folder: Path, text: str) -> DataMap:
    (folder / "map").mkdir(exist_ok=True)
    (folder / "map" / "map.yml").write_text(text, encoding="utf-8")
    return load(folder / "map")


def walk_all(data_map: DataMap, urls: Mapping[str, str], identities: Identities) -> Walked:
    """Return what a person with these identities gets from the stores at these addresses."""
    graph, found, asked = build_graph(data_map), Walked(), KeySet()
    seeds = seed_keys(graph, identities)
    while stage := next_datasets(data_map, graph, seeds.waiting(asked)):
        for key in sorted(stage):
            dataset = data_map.dataset(key)
            work = WalkInput(data_map, dataset, graph, identities, seeds, asked)
            with open_store(dataset, StoreConfig(urls[key], {})).snapshot() as snapshot:
                result = walk(work, snapshot=snapshot, sink=found.take)
            found.order.append(key)
            found.results.append(result)
            for name, counts in result.counts.items():
                found.withheld[name] += counts.withheld
            asked.update(result.asked)
            seeds.update(result.outgoing)
    return found
