"""What the small store of tests/dsar/conftest.py lacks: rows that go by their age."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings as site

from accounts.models import Tenant
from tests.dsar.conftest import app_database

MAP_OF_VISITS = """  - name: visits
    meta:
      title: Pages you saw
      topic: Visits & clicks
      retention: {kind: processed, time_field: at, zone: UTC, days: 30}
    fields:
    - {name: id, data_categories: [system.operations], fides_meta: {primary_key: true, data_type: integer}}
    - name: person_id
      data_categories: [user.unique_id]
      fides_meta: {data_type: integer, references: [{dataset: app, field: people.id, direction: from}]}
    - {name: at, data_categories: [user.behavior]}
  - name: searches
    meta: {title: Searches, topic: Searches, retention: {kind: processed, time_field: at, zone: UTC, days: 10}}
    fields:
    - {name: id, data_categories: [system.operations], fides_meta: {primary_key: true, data_type: integer}}
    - name: person_id
      data_categories: [user.unique_id]
      fides_meta: {data_type: integer, references: [{dataset: app, field: people.id, direction: from}]}
    - {name: at, data_categories: [user.behavior]}
  - name: finds
    meta: {title: Finds, topic: Searches, retention: {kind: processed, time_field: at, zone: UTC, days: 20}}
    fields:
    - {name: id, data_categories: [system.operations], fides_meta: {primary_key: true, data_type: integer}}
    - name: person_id
      data_categories: [user.unique_id]
      fides_meta: {data_type: integer, references: [{dataset: app, field: people.id, direction: from}]}
    - {name: at, data_categories: [user.behavior]}
"""
_TABLES = "".join(
    f"create table {name}(id integer primary key, person_id integer, at timestamp);"
    for name in ("visits", "searches", "finds")
)


def add_visits(tenant: Tenant) -> None:
    """Declare collections that are purged, and make their tables."""
    file = map_file(tenant)
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("system:\n", MAP_OF_VISITS + "system:\n", 1), encoding="utf-8")
    with closing(sqlite3.connect(app_database(tenant))) as database:
        database.executescript(_TABLES)


def map_file(tenant: Tenant) -> Path:
    return Path(site.TENANTS_DIR) / tenant.slug / "datamap" / "app.yml"


def see(tenant: Tenant, now: datetime, rows: Iterable[tuple[int, int | None, float]]) -> None:
    """Insert visits: id, whose, and how many days ago."""
    listed = [(at, who, str((now - timedelta(days=days)).replace(tzinfo=None))) for at, who, days in rows]
    with closing(sqlite3.connect(app_database(tenant))) as database, database:
        database.executemany("insert into visits values (?, ?, ?)", listed)


def seen(tenant: Tenant) -> set[int]:
    """Return the ids of the visits that are left."""
    with closing(sqlite3.connect(app_database(tenant))) as database:
        return {row[0] for row in database.execute("select id from visits")}
