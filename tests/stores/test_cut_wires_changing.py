"""A wire that is cut anywhere during an erasure: an error that a later try may mend, and then the right rows go."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from redis import Redis

from dsar.datamap.model import Dataset
from dsar.stores import http, mongo, redis
from dsar.stores.base import Changeable, OpenStore, Selection, StoreError
from tests.stores.contract import by
from tests.stores.http_server import Service, editable, running
from tests.stores.maps import make_collection, make_dataset, make_field
from tests.stores.mongo_server import Deployment
from tests.stores.mongo_server import running as running_mongo
from tests.stores.wire import Wire, wired

THINGS = [{"at": at, "owner": "eve" if at % 4 == 0 else "ann"} for at in range(40)]
OTHERS = [row["at"] for row in THINGS if row["owner"] == "eve"]
MINE = len(THINGS) - len(OTHERS)
#: A database of the Redis server that no other test uses.
REDIS_DATABASE = 8
_OPEN: dict[str, OpenStore] = {"redis": redis.open_store, "mongo": mongo.open_store, "http": http.open_store}
WHERE: dict[str, dict[str, Any]] = {
    "redis": {"key": "things:{at}", "type": "hash"},
    "mongo": {},
    "http": {"path": "/things", "rows": "data", "delete": {"method": "DELETE", "path": "/things/{at}"}},
}
HASTE: dict[str, dict[str, Any]] = {
    "redis": {"timeout": 0.3},
    "mongo": {"timeout": 0.3},
    "http": {"timeout": 0.3, "attempts": 1, "rate": 10_000},
}


@dataclass
class Place:
    """A service with THINGS behind a wire; `left` asks it which are left, past the wire, and `fill` makes them anew."""

    kind: str
    url: str
    wire: Wire
    fill: Callable[[], None]
    left: Callable[[], list[int]]

    def erase(self, *, commits: bool = True) -> int:
        """Delete what is ann's, or try to, by a store that nobody has used before."""
        dataset = things(self.kind)
        store = _OPEN[self.kind](dataset, self.url, HASTE[self.kind])
        assert isinstance(store, Changeable)
        try:
            with store.changing(commits=commits) as changing:
                found = changing.read(dataset.collection("things"), Selection((by("owner", "ann"),)))
                numbers = [row["at"] for batch in found for row in batch]
                return changing.delete(dataset.collection("things"), Selection((by("at", *numbers),)))
        finally:
            store.close()


def things(kind: str) -> Dataset:
    fields = (make_field("at", data_type="integer", primary_key=True), make_field("owner", data_type="string"))
    return make_dataset(make_collection("things", *fields, source=WHERE[kind]))


@contextmanager
def of_redis(request: pytest.FixtureRequest) -> Iterator[Place]:
    url = f"{request.getfixturevalue('redis_url')}/{REDIS_DATABASE}"
    with Redis.from_url(url) as client:

        def fill() -> None:
            client.flushdb()
            for row in THINGS:
                client.hset(f"things:{row['at']}", "owner", str(row["owner"]))

        yield Place("redis", url, Wire(), fill, lambda: sorted(int(key[7:]) for key in client.scan_iter()))


@contextmanager
def of_mongo(_request: pytest.FixtureRequest) -> Iterator[Place]:
    with running_mongo(Deployment({"things": []})) as deployment:
        held = deployment.collections["things"]

        def fill() -> None:
            held[:] = [{"_id": row["at"], **row} for row in THINGS]

        yield Place("mongo", deployment.url, Wire(), fill, lambda: [row["at"] for row in held])


@contextmanager
def of_http(_request: pytest.FixtureRequest) -> Iterator[Place]:
    held: list[dict[str, Any]] = []
    with running(Service({"things": editable(held, "at", size=100)})) as service:

        def fill() -> None:
            held[:] = copy.deepcopy(THINGS)

        yield Place("http", service.url, Wire(), fill, lambda: [row["at"] for row in held])


@pytest.mark.parametrize("of_kind", [of_redis, pytest.param(of_mongo, marks=pytest.mark.thorough), of_http])
def test_wherever_it_is_cut_the_right_rows_go_at_last(request: pytest.FixtureRequest, of_kind: Any) -> None:
    with of_kind(request) as place:
        port = int(place.url.split(":")[2].split("/")[0])
        with wired(port) as wire:
            place.wire, place.url = wire, place.url.replace(f":{port}", f":{wire.port}")
            place.fill()
            assert place.erase() == MINE
            assert place.left() == OTHERS
            total, errors = wire.passed, 0
            for after in (1, *(total * part // 6 for part in range(1, 6)), total - 1):
                place.fill()
                wire.after = after
                errors += _is_failing(place)
                if place.kind == "redis":
                    assert place.left() in (OTHERS, [row["at"] for row in THINGS]), "all or none"
                wire.after = None
                place.erase()
                assert place.left() == OTHERS, after
    assert errors >= 3


def test_a_dry_run_that_is_cut_anywhere_changes_nothing(request: pytest.FixtureRequest) -> None:
    """What is sent on a new connection is outside of the transaction that is to be discarded."""
    with of_redis(request) as place:
        port = int(place.url.split(":")[2].split("/")[0])
        with wired(port) as wire:
            place.wire, place.url = wire, place.url.replace(f":{port}", f":{wire.port}")
            place.fill()
            assert place.erase(commits=False) == MINE
            total, errors = wire.passed, 0
            for after in range(total - 40, total):
                wire.after = after
                errors += _is_failing(place, commits=False)
                assert len(place.left()) == len(THINGS), after
    assert errors >= 10


def _is_failing(place: Place, *, commits: bool = True) -> bool:
    try:
        place.erase(commits=commits)
    except StoreError as error:
        assert error.retry, error  # noqa: PT017 - either outcome is right
        return True
    return False
