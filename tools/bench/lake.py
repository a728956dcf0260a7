"""Requests over the files of a data lake: many at once against one, the same files, side by side in one run."""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from dsar.datamap.graph import Graph, build_graph
from dsar.datamap.load import load
from dsar.datamap.model import Collection, DataMap
from dsar.fulfilment.keys import KeySet
from dsar.fulfilment.walk import WalkInput, WalkResult, seed_keys, walk
from dsar.fulfilment.walk_many import Errand, walk_many
from dsar.stores.config import StoreConfig
from dsar.stores.registry import open_store
from dsar.values import Row
from tools.bench.rows import Measured

_MAP = """
dataset:
- fides_key: lake
  collections:
  - name: people
    meta: {source: {path: people.jsonl, format: jsonl}}
    fields:
    - {name: id, data_categories: [user.unique_id], fides_meta: {primary_key: true, data_type: integer}}
    - {name: email, data_categories: [user.contact.email], fides_meta: {identity: email, data_type: string}}
  - name: calls
    meta: {source: {path: "calls/date={date}/*.jsonl", format: jsonl}}
    fields:
    - name: person_id
      data_categories: [user.unique_id]
      fides_meta: {data_type: integer, references: [{dataset: lake, field: people.id, direction: from}]}
    - {name: model, data_categories: [user.behavior]}
    - {name: tokens, data_categories: [user.behavior]}
    - {name: address, data_categories: [user.device.ip_address]}
    - {name: date, data_categories: [user.behavior]}
"""
_DAYS = 30


@dataclass(frozen=True)
class Outcome:
    """Seconds of one walk, and of so many together; megabytes of the files."""

    one: float
    many: float
    people: int
    megabytes: float

    @property
    def ratio(self) -> float:
        return self.many / self.one


def measure(*, people: int = 100, calls: int = 300_000) -> Outcome:
    """Walk the lake for one person and for many; each walk is done twice and the faster one counts."""
    with tempfile.TemporaryDirectory(prefix="lake-bench-") as name:
        folder = Path(name)
        _write(folder, calls=calls)
        lake = _Lake(folder)
        lake.walk([1])  # what is done once a process
        one = min(lake.walk([number]) for number in (2, 3))
        many = min(lake.walk(range(at, at + people)) for at in (10, 11))
        size = sum(file.stat().st_size for file in folder.rglob("*.jsonl")) / 1e6
    return Outcome(one, many, people, size)


def row(*, people: int = 100, calls: int = 300_000) -> Measured:
    """Return the line of the table: how many times one request's time so many take together."""
    found = measure(people=people, calls=calls)
    told = f"{found.megabytes:.0f} MB of JSON Lines, one {found.one:.2f} s, {people} at once {found.many:.2f} s"
    return Measured(f"{people} requests over a data lake", found.ratio, 5.0, "times", told)


def _write(folder: Path, *, calls: int) -> None:
    """Write 5,000 people and their calls, a file a day."""
    (folder / "map.yml").write_text(_MAP, encoding="utf-8")
    people = (json.dumps({"id": number, "email": f"person{number}@example.com"}) for number in range(5_000))
    (folder / "people.jsonl").write_text("\n".join(people) + "\n", encoding="utf-8")
    for day in range(_DAYS):
        part = folder / "calls" / f"date=2026-10-{day + 1:02}"
        part.mkdir(parents=True)
        rows = (json.dumps(_call(number)) for number in range(day, calls, _DAYS))
        (part / "calls.jsonl").write_text("\n".join(rows) + "\n", encoding="utf-8")


def _call(number: int) -> dict[str, object]:
    return {
        "person_id": number * 7 % 5_000,
        "model": f"model-{number % 11}",
        "tokens": number * 31 % 4_096,
        "address": f"203.0.113.{number % 256}",
    }


class _Lake:
    def __init__(self, folder: Path) -> None:
        self._map: DataMap = load(folder)
        self._graph: Graph = build_graph(self._map)
        self._store = open_store(self._map.dataset("lake"), StoreConfig(f"file://{folder}", {}))

    def walk(self, numbers: Sequence[int]) -> float:
        """Return the seconds of walking for these people. Raises RuntimeError if one does not get every row."""
        sinks = [_Rows() for _ in numbers]
        inputs = [self._input(number) for number in numbers]
        started = time.perf_counter()
        with self._store.snapshot() as snapshot:
            results: Sequence[WalkResult | Exception]
            if len(inputs) == 1:
                results = [walk(inputs[0], snapshot=snapshot, sink=sinks[0])]
            else:
                results = walk_many([Errand(*pair) for pair in zip(inputs, sinks, strict=True)], snapshot=snapshot)
        seconds = time.perf_counter() - started
        if any(isinstance(result, Exception) for result in results) or {sink.count for sink in sinks} != {
            sinks[0].count
        }:
            raise RuntimeError("somebody did not get every row")
        return seconds

    def _input(self, number: int) -> WalkInput:
        identities = {"email": frozenset([f"person{number}@example.com"])}
        seeds = seed_keys(self._graph, identities)
        return WalkInput(self._map, self._map.dataset("lake"), self._graph, identities, seeds, KeySet())


class _Rows:
    """Counts what arrives."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, _collection: Collection, rows: Sequence[Row]) -> None:
        self.count += len(rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=100)
    parser.add_argument("--calls", type=int, default=300_000)
    arguments = parser.parse_args()
    found = measure(people=arguments.people, calls=arguments.calls)
    print(
        f"{found.megabytes:.0f} MB of JSON Lines: one request {found.one:.2f} s, {found.people} at once"
        f" {found.many:.2f} s, {found.ratio:.1f} times (aim: under 5)"
    )


if __name__ == "__main__":
    main()
