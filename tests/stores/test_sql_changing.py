"""The contract of changes on SQLite, PostgreSQL and MariaDB; the rest is in tests/fulfilment/erasing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from dsar.stores.sql import open_store
from tests.stores.changing_contract import *  # noqa: F403
from tests.stores.changing_contract import Erasable
from tests.stores.sql_servers import make_server
from tests.stores.test_sql import seed, shop

#: A database for each test: on the servers that takes longer than the test.
SERVERS = [
    "sqlite",
    pytest.param("postgresql", marks=[pytest.mark.postgres, pytest.mark.thorough]),
    pytest.param("mariadb", marks=[pytest.mark.mariadb, pytest.mark.thorough]),
]


@pytest.fixture(params=SERVERS)
def erasable(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Erasable]:
    with make_server(request, tmp_path) as server:
        seed(server.writer)
        store = open_store(shop(), server.url, {})
        yield Erasable(store, shop())
        store.close()
