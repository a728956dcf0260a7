"""Rows past their time, deleted by a purge and by plain batched DELETE, one after the other on one server.

Both tables hold the same rows, nine of ten of them past their time; some people keep theirs longer, which the plain
statement knows nothing of. The purge's survey, which counts everything once more, is told apart.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, create_engine, text

from dsar.datamap.graph import build_graph
from dsar.datamap.load import load
from dsar.datamap.model import DataMap
from dsar.fulfilment.engine import Work
from dsar.fulfilment.purging.expiries import expiry_of
from dsar.fulfilment.purging.pace import Pace
from dsar.fulfilment.purging.people import Group, find
from dsar.fulfilment.scope import Scope
from dsar.stores.config import StoreConfig
from dsar.stores.expiring import Expiring
from dsar.stores.registry import open_store
from tools.bench.rows import Measured
from tools.postgres import running_postgres

#: Rows of one plain statement.
_PLAIN_ROWS = 10_000
_SETTINGS = ("max_wal_size=8GB", "shared_buffers=512MB")
_PEOPLE, _KEEPERS = 10_000, 100
_NOW = datetime(2026, 6, 1, tzinfo=UTC)
_MAP = """
dataset:
- fides_key: app
  collections:
  - name: people
    meta: {retention: {kind: account}}
    fields:
    - {name: id, fides_meta: {primary_key: true, data_type: integer}}
    - {name: email, fides_meta: {identity: email, data_type: string}}
  - name: calls
    meta: {retention: {kind: processed, time_field: at, days: 30}}
    fields:
    - {name: id, fides_meta: {primary_key: true, data_type: integer}}
    - name: person_id
      fides_meta: {data_type: integer, references: [{dataset: app, field: people.id, direction: from}]}
    - {name: at}
"""


def rows(count: int) -> Iterator[Measured]:
    """Yield how much longer a purge of so many rows takes, its longest statement, and its survey."""
    with tempfile.TemporaryDirectory() as folder, running_postgres(Path(folder), *_SETTINGS) as url:
        engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
        with engine.begin() as connection:
            _fill(connection, count)
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))
            connection.execute(text("CHECKPOINT"))
            processor = _Processor(Path(folder))
            started = processor.seconds()
            plain = _plain(connection)
            plainly = processor.seconds() - started
        open_store(_data_map(Path(folder)).dataset("app"), StoreConfig(url, {})).introspect()  # imports what it needs
        purged = _purge(load(Path(folder) / "map"), url, processor)
        engine.dispose()
    told = f"{plain.seconds:.1f} s plain, {purged.seconds:.1f} s by a purge, {purged.waited:.1f} of them waited"
    named = f"retention of {count:,}, times plain"
    work = f"processor time of all: {plainly:.1f} s and {purged.processor:.1f} s; {told}"
    yield Measured(named, purged.processor / plainly, 2, "x", work)
    yield Measured("retention, longest transaction", purged.longest, 1, "s", f"plain: {plain.longest:.2f} s")
    yield Measured("retention, counted again", purged.counting, 60, "s", "no lock is held meanwhile")


@dataclass(frozen=True)
class Purged:
    """Seconds: in all, `waited` of them, of processors, the longest batch, and counting everything once more."""

    seconds: float
    waited: float
    processor: float
    longest: float
    counting: float


def _fill(connection: Connection, count: int) -> None:
    connection.execute(text("create table people (id bigint primary key, email text not null)"))
    people = "insert into people select at, 'p' || at || '@example.org' from generate_series(1, :people) at"
    connection.execute(text(people), {"people": _PEOPLE})
    for table in ("calls", "plain"):
        columns = "id bigint primary key, person_id bigint, at timestamptz, note text"
        connection.execute(text(f"create table {table} ({columns})"))
        made = (
            f"insert into {table} select at, at % :people + 1, :now - interval '100 days' * at / :count,"  # noqa: S608
            " md5(at::text) from generate_series(1, :count) at"
        )
        connection.execute(text(made), {"people": _PEOPLE, "now": _NOW, "count": count})
        connection.execute(text(f"create index on {table} (person_id)"))


class _Processor:
    """Seconds of processor time of this process and of the server's, those that have ended among them."""

    def __init__(self, folder: Path) -> None:
        self._postmaster = int((folder / "data" / "postmaster.pid").read_text("ascii").splitlines()[0])

    def seconds(self) -> float:
        ticks = sum(self._ticks(item / "stat") for item in Path("/proc").iterdir() if item.name.isdigit())
        return ticks / os.sysconf("SC_CLK_TCK") + time.process_time()

    def _ticks(self, file: Path) -> int:
        try:
            facts = file.read_text("utf-8", "replace").rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            return 0  # it has just ended, and its parent counts it now
        own, ended = map(int, facts[11:13]), map(int, facts[13:15])
        if int(file.parent.name) == self._postmaster:
            return sum(own) + sum(ended)
        return sum(own) if int(facts[1]) == self._postmaster else 0


class _Timed:
    def __init__(self) -> None:
        self.start, self.last, self.longest = time.perf_counter(), time.perf_counter(), 0.0

    def lap(self) -> None:
        now = time.perf_counter()
        self.longest, self.last = max(self.longest, now - self.last), now

    @property
    def seconds(self) -> float:
        return self.last - self.start


def _plain(connection: Connection) -> _Timed:
    """Delete by ranges of keys, so many rows a statement."""
    timed, after = _Timed(), 0
    last = connection.execute(text("select max(id) from plain")).scalar_one()
    statement = text("delete from plain where id > :after and id <= :end and at < :before")
    while after < last:
        values = {"after": after, "end": after + _PLAIN_ROWS, "before": _NOW - timedelta(days=30)}
        connection.execute(statement, values)
        after += _PLAIN_ROWS
        timed.lap()
    return timed


def _data_map(folder: Path) -> DataMap:
    (folder / "map").mkdir()
    (folder / "map" / "app.yml").write_text(_MAP, encoding="utf-8")
    return load(folder / "map")


def _purge(data_map: DataMap, url: str, processor: _Processor) -> Purged:
    store = open_store(data_map.dataset("app"), StoreConfig(url, {}))
    assert isinstance(store, Expiring)  # noqa: S101 - a SQL database is
    work = Work(data_map, build_graph(data_map), {}, lambda _key: store, Scope(data_map))
    keepers = frozenset(f"p{number}@example.org" for number in range(1, _KEEPERS + 1))
    timed, started = _Timed(), processor.seconds()
    known, _failures = find([Group({"email": keepers}, {"calls": 60})], work)
    collection = data_map.collection(("app", "calls"))
    expiry = expiry_of(collection, work, known, days=30, now=_NOW)
    longest = 0.0

    def batches() -> Iterator[int]:
        nonlocal longest
        found = store.delete_expired(collection, expiry)
        while True:
            start = time.perf_counter()
            batch = next(found, None)
            if batch is None:
                return
            longest = max(longest, time.perf_counter() - start)
            yield batch

    pace = Pace()
    pace.take(batches(), lambda: False)
    timed.lap()
    spent = processor.seconds() - started
    start = time.perf_counter()
    left = store.survey(collection, expiry)
    if left.past:
        raise RuntimeError(f"{left.past} rows are left")
    seconds = time.perf_counter() - start
    store.close()
    return Purged(timed.seconds, pace.waited, spent, longest, seconds)
