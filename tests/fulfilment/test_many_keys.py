"""A person whose rows lead to very many others: a walk holds neither rows nor keys, however many there are."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MAP = """
dataset:
- fides_key: app
  collections:
  - name: people
    meta: {retention: {kind: account}}
    fields:
    - {name: id, fides_meta: {primary_key: true, data_type: integer}}
    - {name: email, fides_meta: {identity: email, data_type: string}}
  - name: orders
    meta: {retention: {kind: account}}
    fields:
    - {name: id, fides_meta: {primary_key: true, data_type: integer}}
    - {name: person, fides_meta: {data_type: integer, references: [{dataset: app, field: people.id, direction: from}]}}
  - name: lines
    meta: {retention: {kind: account}}
    fields:
    - {name: order, fides_meta: {data_type: integer, references: [{dataset: app, field: orders.id, direction: from}]}}
    - {name: what}
"""
ROWS = """
create table people(id integer, email text); insert into people values (1, 'ann@x');
create table orders(id integer, person integer); create table lines("order" integer, what text);
with recursive n(i) as (select 1 union all select i + 1 from n where i < COUNT) insert into orders select i, 1 from n;
insert into lines select id, printf('%.*c', 500, 'x') from orders;
"""
#: In a process of its own, whose peak nobody else has raised.
WALK = """
import sqlite3, sys
from pathlib import Path
from tests.fulfilment.test_many_keys import MAP, ROWS
from tests.fulfilment.walking import load_text
from dsar.datamap.graph import build_graph
from dsar.fulfilment.keys import KeySet
from dsar.fulfilment.walk import WalkInput, seed_keys, walk
from dsar.stores.config import StoreConfig
from dsar.stores.registry import open_store
folder, count, ann = Path(sys.argv[1]), sys.argv[2], {"email": frozenset({"ann@x"})}
database = sqlite3.connect(folder / "app.db")
database.executescript(ROWS.replace("COUNT", count))
database.close()
data_map = load_text(folder, MAP)
graph, dataset = build_graph(data_map), data_map.dataset("app")
work = WalkInput(data_map, dataset, graph, ann, seed_keys(graph, ann), KeySet())
with open_store(dataset, StoreConfig(f"sqlite:///{folder}/app.db", {})).snapshot() as snapshot:
    result = walk(work, snapshot=snapshot, sink=lambda _collection, _rows: None)
# Not ru_maxrss: that one begins with what the parent held.
status = Path("/proc/self/status").read_text().splitlines()
peak = next(int(line.split()[1]) for line in status if line.startswith("VmHWM:"))
print(sum(item.rows for item in result.counts.values()), peak * 1024)
"""


def walked(folder: Path, keys: int) -> int:
    """Return the peak memory in bytes of a process that walks over so many keys."""
    folder.mkdir()
    done = subprocess.run(
        [sys.executable, "-c", WALK, str(folder), str(keys)],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    rows, peak = map(int, done.stdout.split())
    assert rows == 1 + 2 * keys
    return peak


@pytest.mark.slow
def test_memory_does_not_grow_with_keys(tmp_path: Path) -> None:
    """A reading asks 50,000 keys, so what a walk holds is the same from there on: a million took 650 MiB before."""
    many, more = walked(tmp_path / "many", 100_000), walked(tmp_path / "more", 1_000_000)
    assert more - many < 20 << 20
    assert more < 256 << 20
