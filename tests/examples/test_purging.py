"""A purge of the demo's stores, weeks later: rows of every kind of store that can go do, and nothing is in the way."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from dsar.datamap.graph import build_graph
from dsar.datamap.load import load
from dsar.fulfilment.engine import Work
from dsar.fulfilment.purging.pace import Pace
from dsar.fulfilment.purging.purge import Purge
from dsar.fulfilment.scope import Scope
from dsar.stores.config import StoreConfig
from dsar.stores.registry import open_store
from examples.macrosora.platform import seed_platform
from tests.examples.conftest import NOW, REPOSITORY

#: A database of the server that no other test uses.
OWN = 11
#: Weeks after the demo was seeded.
LATER = NOW + timedelta(days=50)


@pytest.fixture
def purge(tmp_path: Path, redis_url: str) -> Purge:
    redis_url = f"{redis_url}/{OWN}"
    seed_platform(folder=tmp_path, redis_url=redis_url, size=40, now=NOW, heavy_calls=100)
    data_map = load(REPOSITORY / "examples" / "macrosora" / "datamap")
    files = f"file://{tmp_path}/objects"
    urls = {"app": f"sqlite:///{tmp_path}/app.sqlite3", "cache": redis_url, "usage": files, "archive": files}
    work = Work(
        data_map,
        build_graph(data_map),
        {},
        lambda key: open_store(data_map.dataset(key), StoreConfig(urls.get(key, "http://127.0.0.1:9"), {})),
        Scope(data_map),
    )
    return Purge(work, now=LATER)


def others(database: Path) -> list[tuple[object, ...]]:
    """Return every row of the application that lives as long as the account, or by a duty."""
    purged = {"sessions", "sign_ins", "feature_uses"}
    with closing(sqlite3.connect(database)) as connection:
        tables = [row[0] for row in connection.execute("select name from sqlite_schema where type = 'table'")]
        left = sorted(name for name in tables if name not in purged)
        return [(name, *row) for name in left for row in connection.execute(f'select * from "{name}"')]  # noqa: S608


@pytest.mark.thorough
def test_what_is_past_goes_from_every_kind_of_store(purge: Purge, tmp_path: Path) -> None:
    kept = others(tmp_path / "app.sqlite3")
    before = {item.key: item.overdue for item in purge.report().parts}
    report = purge.run(pace=Pace(sleep=lambda _seconds: None))
    for item in report.parts:
        if item.key[0] == "mail":
            assert item.problem == "this kind of store (http) cannot be purged yet"
        else:
            assert (item.problem, item.deleted, item.overdue) == ("", before[item.key], 0), item.key
            assert item.left is not None
            assert (item.left.odd, item.left.named) == ({}, {}), item.key
    assert {key[0] for key, rows in before.items() if rows} == {"app", "archive", "cache", "usage"}
    assert others(tmp_path / "app.sqlite3") == kept
