"""The round trip of values for what is no table: every type of Redis, documents of MongoDB, answers of an HTTP API."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from bson.decimal128 import Decimal128
from hypothesis import given
from hypothesis import strategies as st
from redis import Redis

from dsar.values import Row, Value
from tests.fulfilment.test_round_trip import (
    DOCUMENTS,
    DOUBLE,
    HARD,
    INT64,
    JSON,
    WORDS,
    Kind,
    moments,
    through_the_bundle,
    told,
)
from tests.stores.http_server import Reply, Service
from tests.stores.http_server import running as running_http
from tests.stores.mongo_server import Deployment
from tests.stores.mongo_server import running as running_mongo

#: A database of the server that no other test uses.
REDIS_DATABASE = 13
#: What is no UTF-8 stays bytes; what is, is text.
NO_TEXT = st.binary(max_size=9).map(lambda value: b"\xff" + value)
SCORES = st.integers(-(2**40), 2**40).map(lambda value: value / 8)


Serve = Callable[[list[Row]], str]


def of_key(kind: str, name: str, values: st.SearchStrategy[Value]) -> Kind:
    """Return a type of Redis whose whole row is one value; whose it is says the key."""
    return Kind({name: ("", values)}, source={"key": "thing:{owner}:{at}", "type": kind}, nullable=False)


def by_bytes(values: set[str]) -> list[str]:
    return sorted(values, key=str.encode)


def by_score(members: dict[str, float]) -> list[Row]:
    found = sorted(members.items(), key=lambda item: (item[1], item[0].encode()))
    return [{"member": member, "score": score} for member, score in found]


HASH = Kind(
    {
        "words": ("", WORDS),
        "bytes": ("", NO_TEXT),
        "number": ("", INT64),
        "float": ("", DOUBLE),
        "yes": ("", st.booleans()),
        "document": ("", JSON),
    },
    declared={"words": "string", "number": "integer", "float": "float", "yes": "boolean", "document": "object"},
    source={"key": "thing:{at}", "type": "hash"},
)
REDIS = {
    "hash": HASH,
    "json": Kind(DOCUMENTS.columns, source={"key": "thing:{at}", "type": "json"}),
    "string": of_key("string", "value", WORDS),
    "bytes": of_key("string", "value", NO_TEXT),
    "list": of_key("list", "values", st.lists(WORDS, min_size=1, max_size=5)),
    "set": of_key("set", "values", st.sets(WORDS, min_size=1, max_size=5).map(by_bytes)),
    "zset": of_key("zset", "members", st.dictionaries(WORDS, SCORES, min_size=1, max_size=5).map(by_score)),
}
WRITE: dict[str, Callable[[Redis, str, Row], Any]] = {
    "hash": lambda client, key, row: client.hset(f"thing:{row['at']}", mapping=spelled(row)),
    "json": lambda client, key, row: client.set(f"thing:{row['at']}", json.dumps(row)),
    "string": lambda client, key, row: client.set(key, row["value"]),
    "bytes": lambda client, key, row: client.set(key, row["value"]),
    "list": lambda client, key, row: client.rpush(key, *row["values"]),
    "set": lambda client, key, row: client.sadd(key, *row["values"]),
    "zset": lambda client, key, row: client.zadd(key, {item["member"]: item["score"] for item in row["members"]}),
}


def spelled(row: Row) -> dict[Any, Any]:
    """Return the fields of a hash: text for all but bytes, and none for null."""
    return {name: _spelled(value) for name, value in row.items() if value is not None}


def _spelled(value: Value) -> Any:
    if isinstance(value, str | bytes):
        return value
    return repr(value) if isinstance(value, float) else json.dumps(value)


@pytest.mark.thorough
@pytest.mark.parametrize("kind", sorted(REDIS))
@HARD
@given(data=st.data())
def test_values_of_redis_come_back_as_they_were(redis_url: str, kind: str, data: st.DataObject) -> None:
    rows = data.draw(REDIS[kind].rows())

    def write(lines: list[Row]) -> str:
        with Redis.from_url(f"{redis_url}/{REDIS_DATABASE}") as client, client.pipeline() as pipe:
            pipe.flushdb()
            for row in lines:
                WRITE[kind](pipe, f"thing:ann:{row['at']}", row)
            pipe.execute()
        return f"{redis_url}/{REDIS_DATABASE}"

    assert told(through_the_bundle(REDIS[kind], rows, write)) == told(rows)


def whole_milliseconds(value: datetime) -> datetime:
    return value.replace(microsecond=value.microsecond // 1000 * 1000)


MONGO = Kind(
    {
        "number": ("", INT64),
        "float": ("", DOUBLE),
        "exact": ("", st.decimals(-(10**15), 10**15, places=8).map(lambda value: value + 0)),
        "words": ("", WORDS),
        "bytes": ("", st.binary()),
        "yes": ("", st.booleans()),
        "moment": ("", moments(1, 9999, zone=UTC).map(whole_milliseconds)),
        "uuid": ("", st.uuids()),
        "document": ("", JSON),
        "list": ("", st.lists(WORDS | st.none() | st.booleans() | INT64, max_size=4)),
    }
)


def _exact(value: Value) -> Any:
    return Decimal128(value) if isinstance(value, Decimal) else value


@pytest.fixture(scope="module")
def mongo() -> Iterator[Serve]:
    with running_mongo(Deployment()) as deployment:

        def serve(rows: list[Row]) -> str:
            deployment.collections["things"] = [
                {"_id": at, **{name: _exact(value) for name, value in row.items()}} for at, row in enumerate(rows)
            ]
            return deployment.url

        yield serve


@pytest.mark.thorough
@HARD
@given(rows=MONGO.rows())
def test_values_of_mongo_come_back_as_they_were(mongo: Serve, rows: list[Row]) -> None:
    assert told(through_the_bundle(MONGO, rows, mongo)) == told(rows)


HTTP = Kind(DOCUMENTS.columns, source={"path": "/things", "rows": "data"})


@pytest.fixture(scope="module")
def api() -> Iterator[Serve]:
    with running_http(Service()) as service:

        def serve(rows: list[Row]) -> str:
            service.resources["things"] = lambda _asked: Reply({"data": rows})
            return service.url

        yield serve


@pytest.mark.thorough
@HARD
@given(rows=HTTP.rows())
def test_values_of_an_http_api_come_back_as_they_were(api: Serve, rows: list[Row]) -> None:
    assert told(through_the_bundle(HTTP, rows, api)) == told(rows)
