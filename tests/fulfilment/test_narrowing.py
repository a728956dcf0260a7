"""A part is asked for: what is left out, what is still walked for its keys, and what stays as nobody knows."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsar.bundle.contents import CollectionContents, CollectionState
from dsar.bundle.part import WHOLE, Part, read_part
from dsar.datamap.graph import build_graph
from dsar.datamap.model import DataMap
from dsar.fulfilment.engine import Engine, Work
from dsar.fulfilment.narrowing import is_outside
from dsar.fulfilment.scope import Scope
from dsar.stores.config import StoreConfig
from dsar.stores.registry import open_store
from dsar.values import Row
from tests.fulfilment.walking import load_text

MAP = """
dataset:
- fides_key: app
  collections:
  - name: people
    meta: {topic: Account}
    fields:
    - {name: id, fides_meta: {primary_key: true, data_type: integer}}
    - {name: email, fides_meta: {identity: email, data_type: string}}
  - name: orders
    meta: {topic: Orders, retention: {kind: processed, days: 90, time_field: at, zone: UTC}}
    fields:
    - {name: id, fides_meta: {primary_key: true, data_type: integer}}
    - name: person
      fides_meta: {data_type: integer, references: [{dataset: app, field: people.id, direction: from}]}
    - {name: at, fides_meta: {data_type: string}}
- fides_key: shipping
  collections:
  - name: parcels
    meta: {topic: Parcels}
    fields:
    - name: order_id
      fides_meta: {data_type: integer, references: [{dataset: app, field: orders.id, direction: from}]}
    - {name: place}
- fides_key: logs
  collections:
  - name: visits
    meta: {topic: Visits}
    fields:
    - {name: email, fides_meta: {identity: email, data_type: string}}
"""
ORDERS: list[Row] = [
    {"id": 1, "person": 0, "at": "2026-01-31 23:30:00+00:00"},
    {"id": 2, "person": 0, "at": "2026-02-01 00:30:00+00:00"},
    {"id": 3, "person": 0, "at": None},
    {"id": 4, "person": 0, "at": "soon"},
]


@pytest.fixture
def data_map(tmp_path: Path) -> DataMap:
    tables = {
        "app": [
            "create table people(id integer primary key, email text)",
            "insert into people values (0, 'ann@x')",
            "create table orders(id integer primary key, person integer, at text)",
        ],
        "shipping": ["create table parcels(order_id integer, place text)", "insert into parcels values (1, 'Oslo')"],
        "logs": ["create table visits(email text)", "insert into visits values ('ann@x')"],
    }
    for name, statements in tables.items():
        with closing(sqlite3.connect(tmp_path / f"{name}.db")) as database, database:
            for statement in statements:
                database.execute(statement)
            if name == "app":
                database.executemany("insert into orders values (?, ?, ?)", [tuple(row.values()) for row in ORDERS])
    return load_text(tmp_path, MAP)


def ask(data_map: DataMap, folder: Path, part: Part) -> tuple[dict[str, CollectionContents], dict[str, list[Row]]]:
    work = Work(
        data_map,
        build_graph(data_map),
        {"email": frozenset({"ann@x"})},
        lambda key: open_store(data_map.dataset(key), StoreConfig(f"sqlite:///{folder}/{key}.db", {})),
        Scope(data_map, part=part),
    )
    with Engine(work) as engine:
        items = {item.collection.name: item for store in engine.run() for item in store.collections}
        rows = {name: rows_of(item) for name, item in items.items()}
        assert all(item.rows == len(rows[name]) for name, item in items.items()), "no more is promised than is there"
        return items, rows


def rows_of(item: CollectionContents) -> list[Row]:
    if item.open_blocks is None:
        return []
    with item.open_blocks() as blocks:
        return [orjson.loads(line) for line in b"".join(blocks).splitlines()]


def test_only_what_was_asked_for_is_delivered_and_the_way_to_it_is_walked(data_map: DataMap, tmp_path: Path) -> None:
    items, rows = ask(data_map, tmp_path, Part(topics=("Parcels",)))
    assert rows == {"people": [], "orders": [], "parcels": [{"order_id": 1, "place": "Oslo"}], "visits": []}
    for name in ("people", "orders", "visits"):
        assert (items[name].state, items[name].is_unasked) == (CollectionState.EXCLUDED, True)
        assert items[name].reason == "you asked for other data only"


def test_a_store_that_leads_to_nothing_asked_for_is_not_even_opened(
    data_map: DataMap, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dsar.fulfilment.engine.WAITS", ())
    (tmp_path / "logs.db").unlink()
    (tmp_path / "shipping.db").unlink()
    items, rows = ask(data_map, tmp_path, Part(topics=("Account",)))
    assert rows["people"] == [{"id": 0, "email": "ann@x"}]
    assert {name for name, item in items.items() if item.state is CollectionState.FAILED} == set()
    items, _ = ask(data_map, tmp_path, WHOLE)
    assert items["visits"].state is CollectionState.FAILED, "else the test shows nothing"


def test_days_leave_out_what_surely_was_on_others(data_map: DataMap, tmp_path: Path) -> None:
    items, rows = ask(data_map, tmp_path, Part(first_day=date(2026, 2, 1)))
    assert [row["id"] for row in rows["orders"]] == [2, 3, 4], "what has no date, or none that can be read, stays"
    assert (items["orders"].outside, items["orders"].has_no_days) == (1, False)
    assert rows["people"], "nothing says when it was"
    assert (items["people"].outside, items["people"].has_no_days) == (0, True)
    assert rows["parcels"] == [{"order_id": 1, "place": "Oslo"}], "a key is found by a row that is itself left out"


def test_a_day_is_one_of_the_zone_that_the_tenant_lives_in(data_map: DataMap, tmp_path: Path) -> None:
    part = Part(last_day=date(2026, 1, 31), zone="America/New_York")  # five hours behind
    _, rows = ask(data_map, tmp_path, part)
    assert [row["id"] for row in rows["orders"]] == [1, 2, 3, 4]


def naive(text: str) -> datetime:
    """Return a moment of which nobody says in which zone it was."""
    return datetime.fromisoformat(text)


moments = st.datetimes(naive("2024-12-01"), naive("2027-02-01"), timezones=st.just(UTC))
days = st.one_of(st.none(), st.dates(date(2025, 1, 1), date(2027, 1, 1)))


@given(days, days, moments)
def test_a_moment_is_in_exactly_if_its_day_is(first: date | None, last: date | None, at: datetime) -> None:
    part = Part((), first, last)
    inside = (first is None or first <= at.date()) and (last is None or at.date() <= last)
    assert is_outside({"at": at}, "at", part, None) == (not inside)
    assert is_outside({"at": at.isoformat()}, "at", part, None) == (not inside)
    assert is_outside({"at": at.date()}, "at", part, None) == (not inside)
    assert is_outside({"on": {"at": [at, at + timedelta(days=900)]}}, "on.at", part, None) in ({False, not inside})
    assert read_part(part.document(), zone="UTC") == part


@pytest.mark.parametrize(
    "value", [naive("9999-12-31T23:59:59"), naive("0001-01-01"), date.max, date.min, 5, "", "2026-13-01", True, {}]
)
def test_what_is_at_the_edge_of_time_or_no_time_breaks_nothing(value: object) -> None:
    part = Part((), date(2026, 1, 1), date(2026, 2, 1), "Pacific/Kiritimati")
    for meant in (None, "UTC", "Pacific/Kiritimati"):
        assert is_outside({"at": value}, "at", part, meant) == isinstance(value, date)


def test_a_moment_without_a_zone_may_have_been_the_day_before_or_after() -> None:
    part = Part((), date(2026, 1, 2), None)
    assert not is_outside({"at": naive("2026-01-01T12:00")}, "at", part, None)
    assert is_outside({"at": naive("2026-01-01T12:00")}, "at", part, "UTC")
    assert is_outside({"at": naive("2025-12-31")}, "at", part, None)
