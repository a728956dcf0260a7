"""Requests over the files of a data lake: many at once against one, the same files, side by side in one run.

Seconds are of the processor: waiting for a disk or for S3 is the same for one as for many, and would flatter the ratio.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

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
    - {name: id, data_categories: [user.unique_id], fides_meta: {primary_key: true, data_type: TYPE}}
    - {name: email, data_categories: [user.contact.email], fides_meta: {identity: email, data_type: string}}
  - name: calls
    meta: {source: {path: "calls/date={date}/*.jsonl", format: jsonl}}
    fields:
    - name: person
      data_categories: [user.unique_id]
      fides_meta: {data_type: TYPE, WAY}
    - {name: model, data_categories: [user.behavior]}
    - {name: tokens, data_categories: [user.behavior]}
    - {name: address, data_categories: [user.device.ip_address]}
    - {name: date, data_categories: [user.behavior]}
"""
_BY_ID = "references: [{dataset: lake, field: people.id, direction: from}]"
_PEOPLE = 5_000
_DAYS = 30


@dataclass(frozen=True)
class Keys:
    """How calls name a person; `way` is how the data map leads to them."""

    data_type: str
    way: str
    spell: Callable[[int], object]


KEYS: Mapping[str, Keys] = {
    "numbers": Keys("integer", _BY_ID, int),
    "texts": Keys("string", _BY_ID, lambda number: str(uuid5(NAMESPACE_URL, f"person/{number}"))),
    "emails": Keys("string", "identity: email", lambda number: f"Person{number}@example.com"),
}


@dataclass(frozen=True)
class Outcome:
    """Seconds of one walk, and of so many together; megabytes of the files."""

    keys: str
    one: float
    many: float
    people: int
    megabytes: float

    @property
    def ratio(self) -> float:
        return self.many / self.one

    def __str__(self) -> str:
        return (
            f"{self.megabytes:.0f} MB of JSON Lines by {self.keys}, one {self.one:.2f} s,"
            f" {self.people} at once {self.many:.2f} s, {self.ratio:.1f} times"
        )


def measure(*, keys: str = "numbers", people: int = 100, calls: int = 300_000) -> Outcome:
    """Walk the lake for one person and for many; each walk is done three times and the fastest one counts."""
    with tempfile.TemporaryDirectory(prefix="lake-bench-") as name:
        folder = Path(name)
        _write(folder, keys=KEYS[keys], calls=calls)
        lake = _Lake(folder)
        lake.walk([1])  # what is done once a process
        one = min(lake.walk([number]) for number in (2, 3, 4))
        many = min(lake.walk(range(at, at + people)) for at in (10, 11, 12))
        size = sum(file.stat().st_size for file in folder.rglob("*.jsonl")) / 1e6
    return Outcome(keys, one, many, people, size)


def row(*, people: int = 100, calls: int = 300_000) -> Measured:
    """Return the line of the table: how many times one request's time so many take together, by the worst of keys."""
    found = sorted((measure(keys=keys, people=people, calls=calls) for keys in KEYS), key=lambda item: -item.ratio)
    told = "; ".join(map(str, found))
    return Measured(f"{people} requests over a data lake", found[0].ratio, 5.0, "times", told)


def _write(folder: Path, *, keys: Keys, calls: int) -> None:
    """Write people and their calls, a file a day."""
    (folder / "map.yml").write_text(_MAP.replace("TYPE", keys.data_type).replace("WAY", keys.way), encoding="utf-8")
    names = [keys.spell(number) for number in range(_PEOPLE)]
    people = ({"id": name, "email": f"person{number}@example.com"} for number, name in enumerate(names))
    _write_lines(folder / "people.jsonl", people)
    for day in range(_DAYS):
        rows = (_call(number, names) for number in range(day, calls, _DAYS))
        _write_lines(folder / "calls" / f"date=2026-10-{day + 1:02}" / "calls.jsonl", rows)


def _write_lines(file: Path, rows: Iterable[Mapping[str, object]]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def _call(number: int, names: Sequence[object]) -> Mapping[str, object]:
    return {
        "person": names[number * 7 % _PEOPLE],
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
        started = time.process_time()
        with self._store.snapshot() as snapshot:
            results: Sequence[WalkResult | Exception]
            if len(inputs) == 1:
                results = [walk(inputs[0], snapshot=snapshot, sink=sinks[0])]
            else:
                results = walk_many([Errand(*pair) for pair in zip(inputs, sinks, strict=True)], snapshot=snapshot)
        seconds = time.process_time() - started
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
    for keys in KEYS:
        print(measure(keys=keys, people=arguments.people, calls=arguments.calls), "(aim: under 5)", flush=True)


if __name__ == "__main__":
    main()
