"""A person whose identifier is a query, a glob or a line's end is found, alone, and nothing happens to the store."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from dsar.datamap.model import Dataset
from dsar.stores import http, mongo, objects, sql
from dsar.stores.base import OpenStore, Selection, Store
from dsar.values import Value
from tests.stores.contract import by
from tests.stores.http_server import Asked, Reply, Service, running
from tests.stores.maps import make_collection, make_dataset, make_field
from tests.stores.mongo_server import Deployment
from tests.stores.mongo_server import running as running_mongo
from tests.stores.sql_servers import SQL_SERVERS, new_database

IDENTIFIERS = [
    "' OR '1'='1",
    "x'); DROP TABLE things; --",
    '" OR ""="',
    "\\' OR 1=1 #",
    "1; SELECT pg_sleep(9)",
    "%",
    "_",
    "100%s",
    "%(owner)s",
    ":owner",
    "*",
    "?",
    "[a-z]*",
    "**/*",
    "../../etc/passwd",
    "a\nb",
    "a\r\nb",
    "a\tb ",
    " a",
    '{"$ne": null}',
    "$ne",
    "$where: 1",
    "{owner}",
    "a&owner=*",
    "a#b?c=d/e;f",
    "a%00b",
    "NULL",
    "true",
    "0",
    "00",
    "\u202eevil",
    "\U0001f4a9",
    "e\u0301",
    "\u00e9",
    "a" * 2_000,
]
Seed = Callable[[pytest.FixtureRequest, ExitStack, Path], tuple[OpenStore, Dataset, str]]


def things(**source: Any) -> Dataset:
    fields = (make_field("at", data_type="integer"), make_field("owner", data_type="string"))
    return make_dataset(make_collection("things", *fields, source=source))


def _sql(request: pytest.FixtureRequest, stack: ExitStack, folder: Path) -> tuple[OpenStore, Dataset, str]:
    server = new_database(request, request.param, folder)
    stack.callback(server.writer.dispose)
    rows = [{"at": at, "owner": name} for at, name in enumerate(IDENTIFIERS)]
    with server.writer.begin() as connection:
        connection.execute(text("create table things (at integer, owner varchar(3000))"))
        connection.execute(text("insert into things values (:at, :owner)"), rows)
    return sql.open_store, things(), server.url


def _lines(_request: pytest.FixtureRequest, _stack: ExitStack, folder: Path) -> tuple[OpenStore, Dataset, str]:
    lines = (json.dumps({"at": at, "owner": name}) for at, name in enumerate(IDENTIFIERS))
    (folder / "things.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return objects.open_store, things(path="things.jsonl", format="jsonl"), f"file://{folder}"


def _mongo(_request: pytest.FixtureRequest, stack: ExitStack, _folder: Path) -> tuple[OpenStore, Dataset, str]:
    documents = [{"_id": at, "at": at, "owner": name} for at, name in enumerate(IDENTIFIERS)]
    return mongo.open_store, things(), stack.enter_context(running_mongo(Deployment({"things": documents}))).url


def _answer(owner: str) -> Reply:
    """Find as a service does that takes any value for a wildcard: what it finds too much must not be delivered."""
    found = [{"at": at, "owner": name} for at, name in enumerate(IDENTIFIERS) if name == owner or owner in "*%_?"]
    return Reply({"data": found})


def _query(_request: pytest.FixtureRequest, stack: ExitStack, _folder: Path) -> tuple[OpenStore, Dataset, str]:
    def answer(asked: Asked) -> Reply:
        assert list(asked.query) == ["owner"]
        return _answer(asked.query["owner"])

    url = stack.enter_context(running(Service({"things": answer}))).url
    return http.open_store, things(path="/things", rows="data", query={"owner": "{owner}"}), url


def _segment(_request: pytest.FixtureRequest, stack: ExitStack, _folder: Path) -> tuple[OpenStore, Dataset, str]:
    def answer(asked: Asked) -> Reply:
        assert len(asked.segments) == 2
        assert not asked.query
        return _answer(asked.segments[1])

    url = stack.enter_context(running(Service({"things": answer}))).url
    return http.open_store, things(path="/things/{owner}", rows="data"), url


_SEEDS: dict[str, Seed] = {"jsonl": _lines, "mongo": _mongo, "http query": _query, "http path": _segment}


@pytest.fixture(scope="module", params=[*SQL_SERVERS, *_SEEDS])
def store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Store, Dataset]]:
    with ExitStack() as stack:
        folder = tmp_path_factory.mktemp("identifiers")
        open_store, dataset, url = _SEEDS.get(request.param, _sql)(request, stack, folder)
        options = {"rate": 10_000} if url.startswith("http") else {}
        found = open_store(dataset, url, options)
        stack.callback(found.close)
        yield found, dataset


def read(store: tuple[Store, Dataset], *names: Value) -> list[Value]:
    opened, dataset = store
    with opened.snapshot() as snapshot:
        batches = snapshot.read(dataset.collection("things"), Selection((by("owner", *names),)))
        return sorted(row["at"] for batch in batches for row in batch)


def test_each_finds_its_own_and_no_other(store: tuple[Store, Dataset]) -> None:
    for at, name in enumerate(IDENTIFIERS):
        assert read(store, name) == [at], ascii(name)


def test_all_at_once_find_each_once(store: tuple[Store, Dataset]) -> None:
    assert read(store, *IDENTIFIERS) == list(range(len(IDENTIFIERS)))
    assert read(store, *(f"{name}x" for name in IDENTIFIERS)) == []
