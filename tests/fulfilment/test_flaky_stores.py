"""A store that fails while it is read: asked again where that can help, and never is a part of it called the whole."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from dsar.bundle.contents import CollectionContents, CollectionState
from dsar.datamap.graph import build_graph
from dsar.datamap.model import Collection, DataMap
from dsar.fulfilment.engine import Engine, Work
from dsar.fulfilment.scope import Scope
from dsar.stores.base import Selection, Snapshot, StoreError
from dsar.stores.config import StoreConfig
from dsar.stores.registry import open_store
from dsar.values import Row
from tests.fulfilment.walking import load_text

ROWS = 2_500
MAP = """
dataset:
- fides_key: app
  collections:
  - name: people
    meta: {retention: {kind: account}}
    fields:
    - {name: id, fides_meta: {primary_key: true, data_type: integer}}
    - {name: email, fides_meta: {identity: email, data_type: string}}
  - name: calls
    meta: {retention: {kind: account}}
    fields:
    - {name: number}
    - {name: person, fides_meta: {references: [{dataset: app, field: people.id, direction: from}]}}
    - {name: device, fides_meta: {references: [{dataset: shop, field: devices.id, direction: from}]}}
- fides_key: shop
  collections:
  - name: devices
    meta: {retention: {kind: account}}
    fields:
    - {name: id, fides_meta: {primary_key: true, data_type: integer}}
    - {name: email, fides_meta: {identity: email, data_type: string}}
"""


@dataclass
class Flaky:
    """A store that fails in its third batch, the first `times` that it is opened; `begin` before it is open at all."""

    store: Any
    times: int
    retry: bool = True
    begin: bool = False
    opened: int = 0

    @contextmanager
    def snapshot(self) -> Iterator[Snapshot]:
        self.opened += 1
        fails = self.opened <= self.times
        if fails and self.begin:
            raise StoreError("it does not answer", retry=self.retry)
        with self.store.snapshot() as snapshot:
            yield Breaking(snapshot, self.retry) if fails else snapshot


class Breaking:
    def __init__(self, snapshot: Snapshot, retry: bool) -> None:
        self._snapshot, self._retry, self.taken_at = snapshot, retry, snapshot.taken_at

    def read(self, collection: Collection, selection: Selection) -> Iterator[Sequence[Row]]:
        for number, batch in enumerate(self._snapshot.read(collection, selection), start=1):
            if number == 3:
                raise StoreError("it went away", retry=self._retry)
            yield batch

    def undeclared(self) -> Any:
        return self._snapshot.undeclared()

    def count(self, collection: Collection, selection: Selection) -> int:
        return self._snapshot.count(collection, selection)


@dataclass
class Place:
    """The two databases of the map; `flaky` stands before that of the app."""

    data_map: DataMap
    folder: Path
    flaky: Flaky
    waited: list[float] = field(default_factory=list)

    def open(self, dataset: str) -> Any:
        return self.flaky if dataset == "app" else self._real(dataset)

    def _real(self, dataset: str) -> Any:
        url = f"sqlite:///{self.folder}/{dataset}.db"
        return open_store(self.data_map.dataset(dataset), StoreConfig(url, {}))

    def collected(self) -> dict[str, tuple[CollectionContents, int]]:
        """Return each collection as the bundle tells of it, and how many rows it would write."""
        work = Work(
            self.data_map,
            build_graph(self.data_map),
            {"email": frozenset({"ann@x"})},
            self.open,
            Scope(self.data_map),
        )
        with Engine(work) as collecting:
            stores = collecting.run()
            return {item.collection.name: (item, lines(item)) for store in stores for item in store.collections}


def lines(item: CollectionContents) -> int:
    if item.open_blocks is None:
        return 0
    with item.open_blocks() as blocks:
        return sum(block.count(b"\n") for block in blocks)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    with closing(sqlite3.connect(tmp_path / "app.db")) as database, database:
        database.execute("create table people(id integer, email text)")
        database.execute("create table calls(number integer, person integer, device integer)")
        database.execute("insert into people values (0, 'ann@x')")
        database.executemany("insert into calls values (?, 0, null)", [(number,) for number in range(ROWS)])
    with closing(sqlite3.connect(tmp_path / "shop.db")) as database, database:
        database.execute("create table devices(id integer, email text)")
        database.execute("insert into devices values (3, 'ann@x')")
    data_map = load_text(tmp_path, MAP)
    place = Place(data_map, tmp_path, Flaky(None, times=0))
    place.flaky.store = place._real("app")
    monkeypatch.setattr("dsar.fulfilment.engine.time.sleep", place.waited.append)
    return place


@pytest.mark.parametrize("begin", [False, True], ids=["halfway", "at once"])
@pytest.mark.parametrize("times", [1, 2])
def test_what_a_later_try_brings_is_whole_and_comes_once(place: Place, times: int, *, begin: bool) -> None:
    place.flaky.times, place.flaky.begin = times, begin
    calls, written = place.collected()["calls"]
    assert (calls.state, calls.rows, written) == (CollectionState.DELIVERED, ROWS, ROWS)
    assert place.waited == [0.5, 2.0][:times]


@pytest.mark.parametrize("begin", [False, True], ids=["halfway", "at once"])
@pytest.mark.parametrize(("retry", "opened"), [(True, 3), (False, 1)])
def test_a_store_that_goes_on_failing_is_named_and_has_no_rows(
    place: Place, opened: int, *, retry: bool, begin: bool
) -> None:
    place.flaky.times, place.flaky.begin, place.flaky.retry = 99, begin, retry
    found = place.collected()
    for name in ("people", "calls"):
        item, written = found[name]
        assert (item.state, item.rows, written) == (CollectionState.FAILED, 0, 0)
        assert item.reason == ("it does not answer" if begin else "it went away")
    assert place.flaky.opened == opened
    assert place.waited == [0.5, 2.0][: opened - 1]
    devices, written = found["devices"]
    assert (devices.state, written) == (CollectionState.DELIVERED, 1), "another store is not spoilt"


def test_a_store_that_fails_only_when_it_is_read_again_is_failed_all_the_same(place: Place) -> None:
    """The shop's device leads back to the app: what was read of it before is not all of it."""
    reopened = place.flaky

    @contextmanager
    def snapshot() -> Iterator[Snapshot]:
        reopened.opened += 1
        if reopened.opened > 1:
            raise StoreError("it does not answer", retry=False)
        with reopened.store.snapshot() as first:
            yield first

    reopened.snapshot = snapshot  # type: ignore[method-assign]
    found = place.collected()
    assert reopened.opened == 2
    assert {found[name][0].state for name in ("people", "calls")} == {CollectionState.FAILED}
