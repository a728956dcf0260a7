"""A person whose rows lead to very many others: a walk holds neither rows nor keys, however many there are."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from dsar.fulfilment import keys
from dsar.fulfilment.reach import Reach
from tests.fulfilment.walking import load_text, walk_all

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


def walked(folder: Path, count: int) -> int:
    """Return the peak memory in bytes of a process that walks over so many keys."""
    folder.mkdir()
    done = subprocess.run(
        [sys.executable, "-c", WALK, str(folder), str(count)],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    rows, peak = map(int, done.stdout.split())
    assert rows == 1 + 2 * count
    return peak


@pytest.mark.slow
def test_memory_does_not_grow_with_keys(tmp_path: Path) -> None:
    """A reading asks 50,000 keys, so what a walk holds is the same from there on: a million took 650 MiB before."""
    many, more = walked(tmp_path / "many", 100_000), walked(tmp_path / "more", 1_000_000)
    assert more - many < 20 << 20
    assert more < 256 << 20


UPGRADED = """
dataset:
- fides_key: app
  collections:
  - name: people
    meta: {retention: {kind: account}, source: {path: people.jsonl, format: jsonl}}
    fields:
    - {name: email, fides_meta: {identity: email, data_type: string}}
    - {name: team, fides_meta: {references: [{dataset: app, field: teams.id, direction: to}]}}
  - name: teams
    meta: {retention: {kind: account}, source: {path: teams.jsonl, format: jsonl}}
    fields:
    - {name: id, fides_meta: {primary_key: true}}
    - {name: code, fides_meta: {references: [{dataset: app, field: notes.code, direction: to}]}}
  - name: notes
    meta: {retention: {kind: account}, source: {path: notes.jsonl, format: jsonl}}
    fields: [{name: code}, {name: text}]
  - name: badges
    meta: {retention: {kind: account}, source: {path: badges.jsonl, format: jsonl}}
    fields:
    - {name: email, fides_meta: {identity: email, data_type: string}}
    - {name: code, fides_meta: {primary_key: true, references: [{dataset: app, field: notes.code, direction: to}]}}
"""


@pytest.mark.parametrize("held", [keys.MOST_HELD, 0], ids=["in memory", "on disk"])
def test_a_key_that_is_found_again_by_a_better_way_brings_no_row_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, held: int
) -> None:
    """The team leads to the notes first, by a lookup; then the badge does, which is the person's own."""
    monkeypatch.setattr(keys, "MOST_HELD", held)
    for name, row in {
        "people": '{"email": "ann@x", "team": 5}',
        "teams": '{"id": 5, "code": "c"}',
        "notes": '{"code": "c", "text": "once"}',
        "badges": '{"email": "ann@x", "code": "c"}',
    }.items():
        (tmp_path / f"{name}.jsonl").write_text(row + "\n", encoding="utf-8")
    found = walk_all(load_text(tmp_path, UPGRADED), {"app": f"file://{tmp_path}"}, {"email": frozenset({"ann@x"})})
    assert found.rows["notes"] == [{"code": "c", "text": "once"}]
    asked = next(found.results[0].asked.of(("app", "notes")).portions(9))
    assert [item.reach for item in asked[("code",)].values()] == [Reach.OWN]
