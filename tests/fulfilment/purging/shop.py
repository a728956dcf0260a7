"""A shop whose rows go by their age, in each kind of SQL database, and the purges over it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from dsar.datamap.graph import build_graph
from dsar.datamap.model import DataMap
from dsar.fulfilment.engine import Work
from dsar.fulfilment.purging.pace import Pace
from dsar.fulfilment.purging.people import Group
from dsar.fulfilment.purging.purge import Purge
from dsar.fulfilment.purging.report import Part, Report
from dsar.fulfilment.scope import Scope
from dsar.stores.config import StoreConfig
from dsar.stores.registry import open_store
from tests.datamap.maps import load_text
from tests.stores.sql_servers import SqlServer

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
#: A database for each scene: on the servers that takes longer than the scene.
SERVERS = [
    "sqlite",
    pytest.param("postgresql", marks=[pytest.mark.postgres, pytest.mark.thorough]),
    pytest.param("mariadb", marks=[pytest.mark.mariadb, pytest.mark.thorough]),
]
MAP = """
dataset:
- fides_key: shop
  collections:
  - name: people
    meta: {retention: {kind: account}}
    fields:
    - {name: id, fides_meta: {primary_key: true, data_type: integer}}
    - {name: email, fides_meta: {identity: email, data_type: string}}
  - name: visits
    meta: {topic: Visits, retention: {kind: processed, time_field: at, zone: UTC, days: 30}}
    fields:
    - {name: id, fides_meta: {primary_key: true, data_type: integer}}
    - name: person_id
      fides_meta: {data_type: integer, references: [{dataset: shop, field: people.id, direction: from}]}
    - {name: at}
  - name: messages
    meta: {topic: Messages, retention: {kind: processed, time_field: at, zone: UTC, days: 30}, shared: deliver}
    fields:
    - {name: id, fides_meta: {primary_key: true, data_type: integer}}
    - {name: sender, fides_meta: {data_type: integer, references: [{dataset: shop, field: people.id, direction: from}]}}
    - {name: reader, fides_meta: {data_type: integer, references: [{dataset: shop, field: people.id, direction: from}]}}
    - {name: at}
  - name: notes
    meta:
      topic: Messages
      retention: {kind: processed, time_field: at, zone: UTC, days: 30}
      erasure: {action: delete, by: [owner]}
      shared: deliver
    fields:
    - {name: id, fides_meta: {primary_key: true, data_type: integer}}
    - {name: owner, fides_meta: {data_type: integer, references: [{dataset: shop, field: people.id, direction: from}]}}
    - {name: guest, fides_meta: {data_type: integer, references: [{dataset: shop, field: people.id, direction: from}]}}
    - {name: at}
  - name: invoices
    meta: {retention: {kind: duty, duty: Tax law section 147, until: ten years}}
    fields:
    - {name: id, fides_meta: {primary_key: true, data_type: integer}}
    - {name: email, fides_meta: {identity: email, data_type: string}}
    - {name: at}
  - name: unsaid
    fields:
    - {name: id, fides_meta: {primary_key: true, data_type: integer}}
    - {name: email, fides_meta: {identity: email, data_type: string}}
    - {name: at}
"""
TABLES = """
create table people (id bigint primary key, email varchar(100) not null);
create table visits (id bigint primary key, person_id bigint, at {moment});
create table messages (id bigint primary key, sender bigint, reader bigint, at {moment});
create table notes (id bigint primary key, owner bigint, guest bigint, at {moment});
create table invoices (id bigint primary key, email varchar(100), at {moment});
create table unsaid (id bigint primary key, email varchar(100), at {moment});
insert into people values (1, 'Ann@example.org'), (2, 'bob@example.org'), (3, 'cy@example.org')
"""
MOMENTS = {"sqlite": "timestamp", "postgresql": "timestamp", "mariadb": "datetime(6)"}


def run(server: SqlServer, statements: str) -> None:
    with server.writer.begin() as connection:
        for statement in statements.replace("{moment}", MOMENTS[server.kind.partition("+")[0]]).split(";"):
            connection.execute(text(statement))


def ago(days: float) -> str:
    """Return so many days before NOW as it is written into a column without a zone, in UTC."""
    return str((NOW - timedelta(days=days)).replace(tzinfo=None))


def insert(server: SqlServer, table: str, rows: Iterable[Mapping[str, Any]]) -> None:
    listed = list(rows)
    names = list(listed[0])
    values = ", ".join(f":{name}" for name in names)
    with server.writer.begin() as connection:
        connection.execute(text(f"insert into {table} ({', '.join(names)}) values ({values})"), listed)  # noqa: S608


def ids(server: SqlServer, table: str) -> set[int]:
    with server.writer.connect() as connection:
        return set(connection.execute(text(f"select id from {table}")).scalars())  # noqa: S608


def email(address: str) -> dict[str, frozenset[str]]:
    return {"email": frozenset({address})}


class Shop:
    """The data map over a server, and what is purged by it."""

    def __init__(self, server: SqlServer, folder: Path, text: str = MAP) -> None:
        self.data_map: DataMap = load_text(folder, text)
        self.server = server
        self.slept: list[float] = []

    def purge(self, *people: Group, now: datetime = NOW, days: Mapping[str, int] | None = None) -> Purge:
        work = Work(
            self.data_map,
            build_graph(self.data_map),
            {},
            lambda key: open_store(self.data_map.dataset(key), StoreConfig(self.server.url, {})),
            Scope(self.data_map),
        )
        return Purge(work, now=now, people=people, days=days)

    def run(self, *people: Group, days: Mapping[str, int] | None = None) -> Report:
        return self.purge(*people, days=days).run(pace=Pace(sleep=self.slept.append))


def part(report: Report, name: str) -> Part:
    """Return the report's part of a collection."""
    return next(item for item in report.parts if item.key == ("shop", name))
