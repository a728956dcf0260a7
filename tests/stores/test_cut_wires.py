"""A wire that is cut anywhere, or falls silent: all rows or an error that a later try may mend, never some rows."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pytest
from redis import Redis
from sqlalchemy import text

from dsar.datamap.model import Dataset
from dsar.stores import http, mongo, redis, sql
from dsar.stores.base import OpenStore, Selection, StoreError
from tests.stores.contract import by
from tests.stores.http_server import Service, by_page, running
from tests.stores.maps import make_collection, make_dataset, make_field
from tests.stores.mongo_server import Deployment
from tests.stores.mongo_server import running as running_mongo
from tests.stores.sql_servers import new_database
from tests.stores.wire import Wire, wired

ROWS = 2_500
_OPEN: dict[str, OpenStore] = {
    "postgresql": sql.open_store,
    "mariadb": sql.open_store,
    "redis": redis.open_store,
    "mongo": mongo.open_store,
    "http": http.open_store,
}
#: A database of the Redis server that no other test uses.
REDIS_DATABASE = 14
WHERE: dict[str, dict[str, Any]] = {
    "postgresql": {},
    "mariadb": {},
    "redis": {"key": "things:{at}", "type": "hash"},
    "mongo": {},
    "http": {"path": "/things", "rows": "data", "paging": {"kind": "page", "param": "page"}},
}
#: So that a test of silence takes a second or two.
HASTE: dict[str, dict[str, Any]] = {
    "postgresql": {"statement_timeout": 1, "connect_timeout": 1},
    "mariadb": {"statement_timeout": 1, "connect_timeout": 1},
    "redis": {"timeout": 0.3},
    "mongo": {"timeout": 0.5},
    "http": {"timeout": 0.3, "attempts": 1, "rate": 10_000},
}


@dataclass
class Place:
    """A service with ROWS things of one owner, behind a wire."""

    kind: str
    url: str
    wire: Wire
    dataset: Dataset

    def read(self) -> list[int]:
        """Return the numbers of the things, by a store that nobody has used before."""
        store = _OPEN[self.kind](self.dataset, self.url, HASTE[self.kind])
        try:
            with store.snapshot() as snapshot:
                batches = snapshot.read(self.dataset.collection("things"), Selection((by("owner", "ann"),)))
                return sorted(int(str(row["at"])) for batch in batches for row in batch)
        finally:
            store.close()


def things(kind: str) -> Dataset:
    fields = (make_field("at", data_type="integer"), make_field("owner", data_type="string"))
    return make_dataset(make_collection("things", *fields, source=WHERE[kind]))


@pytest.fixture(
    scope="module",
    params=[
        pytest.param("postgresql", marks=pytest.mark.postgres),
        pytest.param("mariadb", marks=pytest.mark.mariadb),
        "redis",
        "mongo",
        "http",
    ],
)
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with ExitStack() as stack:
        seed = _SEEDS.get(request.param, _sql)
        url = seed(request, stack, tmp_path_factory)
        parts = urlsplit(url)
        assert parts.port is not None
        wire = stack.enter_context(wired(parts.port))
        yield Place(request.param, url.replace(f":{parts.port}", f":{wire.port}"), wire, things(request.param))


def _sql(request: pytest.FixtureRequest, stack: ExitStack, folders: pytest.TempPathFactory) -> str:
    server = new_database(request, request.param, folders.mktemp("wires"))
    stack.callback(server.writer.dispose)
    with server.writer.begin() as connection:
        connection.execute(text("create table things (at integer, owner varchar(9))"))
        connection.execute(text("insert into things values (:at, 'ann')"), [{"at": at} for at in range(ROWS)])
    return server.url


def _redis(request: pytest.FixtureRequest, _stack: ExitStack, _folders: pytest.TempPathFactory) -> str:
    url = f"{request.getfixturevalue('redis_url')}/{REDIS_DATABASE}"
    with Redis.from_url(url) as client, client.pipeline() as pipe:
        pipe.flushdb()
        for at in range(ROWS):
            pipe.hset(f"things:{at}", "owner", "ann")
        pipe.execute()
    return url


def _mongo(_request: pytest.FixtureRequest, stack: ExitStack, _folders: pytest.TempPathFactory) -> str:
    documents = [{"_id": at, "at": at, "owner": "ann"} for at in range(ROWS)]
    return stack.enter_context(running_mongo(Deployment({"things": documents}))).url


def _http(_request: pytest.FixtureRequest, stack: ExitStack, _folders: pytest.TempPathFactory) -> str:
    rows = [{"at": at, "owner": "ann"} for at in range(ROWS)]
    return stack.enter_context(running(Service({"things": by_page(rows, size=500)}))).url


_SEEDS: dict[str, Callable[..., str]] = {"redis": _redis, "mongo": _mongo, "http": _http}


def outcome(place: Place) -> list[int] | StoreError:
    try:
        return place.read()
    except StoreError as error:
        return error


@pytest.mark.thorough
def test_wherever_it_is_cut_all_rows_come_or_an_error(place: Place) -> None:
    place.wire.after, place.wire.silent, place.wire.passed = None, False, 0
    assert place.read() == list(range(ROWS))
    total, errors = place.wire.passed, 0
    for after in (0, 1, *(total * eighth // 8 for eighth in range(1, 8))):
        place.wire.after = after
        found = outcome(place)
        errors += isinstance(found, StoreError)
        assert found.retry if isinstance(found, StoreError) else found == list(range(ROWS)), (after, total, found)
    assert errors >= 3


@pytest.mark.thorough
def test_a_server_that_falls_silent_is_not_waited_for(place: Place) -> None:
    place.wire.after, place.wire.silent, place.wire.passed = None, True, 0
    place.read()
    place.wire.after = place.wire.passed // 2
    started = time.monotonic()
    with pytest.raises(StoreError) as caught:
        place.read()
    assert caught.value.retry
    assert time.monotonic() - started < 20
