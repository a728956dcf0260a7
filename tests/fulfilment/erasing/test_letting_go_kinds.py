"""Rows of a service that let go, and texts that are redacted: half done, and finished by another process."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from dsar.datamap.graph import build_graph
from dsar.datamap.model import DataMap
from dsar.fulfilment.engine import Work
from dsar.fulfilment.erasing.erase import Erasure, PlanChangedError, Search
from dsar.fulfilment.scope import Scope
from dsar.stores import http, sql
from dsar.stores.base import Store, StoreError
from tests.datamap.maps import load_text
from tests.stores.http_server import Reply, Service, editable
from tests.stores.http_server import running as running_http

MAP = """
dataset:
- fides_key: shop
  collections:
  - name: people
    meta: {erasure: {action: delete}}
    fields:
    - {name: id, fides_meta: {primary_key: true, data_type: integer}}
    - {name: email, fides_meta: {identity: email, data_type: string}}
    - {name: name, fides_meta: {data_type: string}}
- fides_key: desk
  collections:
  - name: tickets
    meta:
      erasure:
        action: mask
        by: [owner]
        detach: [agent]
        fields: {note: {strategy: redact, values: [shop.people.name]}}
      source: {path: /tickets, rows: data, update: {method: PATCH, path: "/tickets/{id}"}}
    fields:
    - {name: id, fides_meta: {primary_key: true, data_type: integer}}
    - &person
      name: owner
      fides_meta: {data_type: integer, references: [{dataset: shop, field: people.id, direction: from}]}
    - {<<: *person, name: agent}
    - {name: note, fides_meta: {data_type: string}}
"""
TICKETS: list[dict[str, Any]] = [
    {"id": 1, "owner": 1, "agent": 2, "note": "Ann Example asks."},
    {"id": 2, "owner": 2, "agent": 1, "note": "Bob asks."},
    {"id": 3, "owner": 1, "agent": 1, "note": "For Ann Example."},
    {"id": 4, "owner": 2, "agent": 1, "note": "Bob again."},
    {"id": 5, "owner": 2, "agent": 3, "note": "Not hers."},
]
LEFT: list[dict[str, Any]] = [
    {"id": 1, "owner": 1, "agent": 2, "note": "[erased] asks."},
    {"id": 2, "owner": 2, "agent": None, "note": "Bob asks."},
    {"id": 3, "owner": 1, "agent": None, "note": "For [erased]."},
    {"id": 4, "owner": 2, "agent": None, "note": "Bob again."},
    {"id": 5, "owner": 2, "agent": 3, "note": "Not hers."},
]


@pytest.fixture
def tickets() -> list[dict[str, Any]]:
    return [dict(row) for row in TICKETS]


@pytest.fixture
def service(tickets: list[dict[str, Any]]) -> Iterator[Service]:
    with running_http(Service({"tickets": editable(tickets, "id", size=50)})) as service:
        yield service


@pytest.fixture
def stores(tmp_path: Path, data_map: DataMap, service: Service) -> Iterator[dict[str, Store]]:
    with closing(sqlite3.connect(tmp_path / "shop.db")) as database:
        database.executescript(
            "create table people (id integer primary key, email text, name text);"
            "insert into people values (1, 'ann@example.org', 'Ann Example'), (2, 'bob@example.org', 'Bob')"
        )
    shop = sql.open_store(data_map.dataset("shop"), f"sqlite:///{tmp_path}/shop.db", {})
    desk = http.open_store(data_map.dataset("desk"), service.url, {"rate": 10_000})
    with closing(shop), closing(desk):
        yield {"shop": shop, "desk": desk}


@pytest.fixture
def data_map(tmp_path: Path) -> DataMap:
    return load_text(tmp_path, MAP)


def begun(data_map: DataMap, stores: dict[str, Store], known: Search | None = None) -> Erasure:
    """Return the erasure as a process of its own has it."""
    identities = {"email": frozenset({"ann@example.org"})}
    work = Work(data_map, build_graph(data_map), identities, stores.__getitem__, Scope(data_map))
    return Erasure(work, known=known)


@pytest.mark.parametrize("stops_at", [1, 2, 3, 4])
def test_what_was_half_done_is_finished_by_the_next_try(
    data_map: DataMap, stores: dict[str, Store], service: Service, tickets: list[dict[str, Any]], stops_at: int
) -> None:
    real, asked = service.resources["tickets"], list[str]()

    def stopping(request: Any) -> Reply:
        if request.method == "PATCH":
            asked.append(request.target)
            if len(asked) == stops_at:
                return Reply(None, 422)
        return real(request)

    first = begun(data_map, stores)
    preview = first.preview()
    assert (preview.problems, preview.to_do) == ((), 5)
    known = first.search
    service.resources["tickets"] = stopping
    with pytest.raises(StoreError, match="422"):
        first.change("desk", preview.of("desk"))
    assert sum(row in LEFT for row in tickets) == stops_at, "one was never hers"
    begun(data_map, stores, known).change("shop", preview.of("shop"))
    service.resources["tickets"] = real
    second = begun(data_map, stores, known)
    if stops_at > 1:
        with pytest.raises(PlanChangedError):
            second.change("desk", preview.of("desk"))
    second.change("desk", preview.of("desk"), again=True)
    assert tickets == LEFT
    proof = begun(data_map, stores, known).verify()
    assert (proof.to_do, proof.problems) == (0, ())
