"""How a service knows us, and that nobody else learns how."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs

import pytest

from dsar.stores.base import Selection, StoreConfigError, StoreError
from dsar.stores.http import open_store
from dsar.stores.http.store import HttpStore
from dsar.values import Row
from tests.stores.contract import by
from tests.stores.http_server import Asked, Reply, Service, by_link, by_page, running
from tests.stores.maps import VISIT_FIELDS, make_collection, make_dataset

THINGS = make_collection("things", *VISIT_FIELDS, source={"path": "/things", "rows": "data"})
ROWS: list[Row] = [{"person_id": 1, "page": str(number)} for number in range(3)]


@pytest.fixture
def service() -> Iterator[Service]:
    with running(Service()) as service:
        yield service


@pytest.fixture
def stores() -> Iterator[list[HttpStore]]:
    stores: list[HttpStore] = []
    yield stores
    for store in stores:
        store.close()


def read(store: HttpStore, collection: Any = THINGS) -> list[Row]:
    with store.snapshot() as snapshot:
        batches = snapshot.read(collection, Selection((by("person_id", 1),)))
        return [row for batch in batches for row in batch]


class Endpoint:
    """A token endpoint and a resource that takes only its newest token."""

    def __init__(self, service: Service, **facts: Any) -> None:
        self.facts = {"token_type": "Bearer", **facts}
        self.given = 0
        self.asked: list[Asked] = []
        service.resources = {"token": self.token, "things": self.things}

    def token(self, asked: Asked) -> Reply:
        self.asked.append(asked)
        self.given += 1
        return Reply({"access_token": f"token{self.given}", **self.facts})

    def things(self, asked: Asked) -> Reply:
        holds = asked.headers.get("authorization") == f"Bearer token{self.given}"
        return Reply({"data": ROWS}) if holds else Reply({"error": "expired"}, 401)


def open_with_client(service: Service, stores: list[HttpStore], **facts: str) -> HttpStore:
    client = {"token_url": f"{service.url}/token", "client_id": "us:1", "client_secret": "canary secret"}
    options = {"rate": 10_000, "attempts": 2, "auth": {"kind": "oauth2", **client, **facts}}
    stores.append(open_store(make_dataset(THINGS), service.url, options))
    return stores[-1]


def test_a_token_is_fetched_once_and_used_until_it_ends(service: Service, stores: list[HttpStore]) -> None:
    endpoint = Endpoint(service, expires_in=3600)
    store = open_with_client(service, stores, scope="read:all")
    assert read(store) == read(store) == ROWS
    (asked,) = endpoint.asked
    assert parse_qs(asked.body.decode()) == {"grant_type": ["client_credentials"], "scope": ["read:all"]}
    # RFC 6749, section 2.3.1: form-encoded, then RFC 7617: us%3A1:canary%20secret
    assert asked.headers["authorization"] == "Basic dXMlM0ExOmNhbmFyeSUyMHNlY3JldA=="
    assert asked.headers["content-type"] == "application/x-www-form-urlencoded"


def test_a_token_that_ends_is_fetched_anew(service: Service, stores: list[HttpStore]) -> None:
    endpoint = Endpoint(service, expires_in=0.2)
    store = open_with_client(service, stores)
    read(store)
    time.sleep(0.25)
    read(store)
    assert [asked.segments[0] for asked in service.asked] == ["token", "things"] * 2
    assert endpoint.given == 2


def test_a_token_that_is_refused_is_fetched_anew_once(service: Service, stores: list[HttpStore]) -> None:
    endpoint = Endpoint(service)
    store = open_with_client(service, stores)
    read(store)
    endpoint.given += 1  # the one we hold is revoked
    assert read(store) == ROWS
    assert len(endpoint.asked) == 2
    service.resources["things"] = lambda _asked: Reply(status=401)
    with pytest.raises(StoreError, match="401: the service refuses our credentials") as caught:
        read(store)
    assert caught.value.retry is False
    assert len(endpoint.asked) == 3


@pytest.mark.parametrize(
    ("reply", "message", "retry"),
    [
        (Reply({"error": "invalid_client"}, 401), r"refuses our client \(invalid_client\); check auth", False),
        (Reply({"error": "canary"}, 400), r"refuses our client \(400\)", False),
        (Reply({"error": ["canary"]}, 403), r"refuses our client \(403\)", False),
        (Reply(b"canary", 200), "gives no access_token", False),
        (Reply({"access_token": ""}), "gives no access_token", False),
        (Reply({"access_token": "can\nary"}), "gives no access_token", False),
        (Reply({"access_token": ["canary"]}), "gives no access_token", False),
        (Reply({"access_token": "canary", "token_type": "mac"}), "no bearer token", False),
        (Reply(status=302, headers={"Location": "http://localhost:1/token"}), r"refuses our client \(302\)", False),
        (Reply(status=503), "answers 503", True),
        (Reply(b"{", headers={"Content-Length": "9"}, cut=1), "RemoteProtocolError", True),
    ],
)
def test_an_endpoint_that_gives_no_token_is_an_error(
    service: Service,
    stores: list[HttpStore],
    caplog: pytest.LogCaptureFixture,
    reply: Reply,
    message: str,
    *,
    retry: bool,
) -> None:
    service.resources = {"token": lambda _asked: reply, "things": lambda _asked: Reply({"data": ROWS})}
    store = open_with_client(service, stores)
    with caplog.at_level(logging.DEBUG), pytest.raises(StoreError, match=message) as caught:
        read(store)
    assert caught.value.retry is retry
    assert "canary" not in str(caught.value) + caplog.text
    assert all(asked.segments == ["token"] for asked in service.asked)


def test_no_log_and_no_representation_holds_a_credential(
    service: Service, stores: list[HttpStore], caplog: pytest.LogCaptureFixture
) -> None:
    Endpoint(service)
    store = open_with_client(service, stores)
    with caplog.at_level(logging.DEBUG):
        read(store)
    assert "canary" not in caplog.text
    assert "token1" not in caplog.text
    assert "canary" not in repr(store._options)


def test_a_key_stands_in_the_query_of_every_page(service: Service, stores: list[HttpStore]) -> None:
    key = {"kind": "query", "name": "api key", "value": "k&1=2"}
    for path, resource, paging in (
        ("pages", by_page, {"kind": "page", "param": "page"}),
        ("links", by_link, {"kind": "link"}),
    ):
        service.resources[path] = resource(ROWS)
        source = {"path": f"/{path}", "rows": "data", "query": {"all": "yes"}, "paging": paging}
        collection = make_collection("things", *VISIT_FIELDS, source=source)
        stores.append(open_store(make_dataset(collection), service.url, {"rate": 10_000, "auth": key}))
        assert read(stores[-1], collection) == ROWS
    assert {asked.query["api key"] for asked in service.asked} == {"k&1=2"}
    assert all("all" in asked.query or "from" in asked.query for asked in service.asked)


def test_a_link_that_has_our_key_gets_no_second_one(service: Service, stores: list[HttpStore]) -> None:
    service.moods = [Reply({"data": ROWS[:1]}, headers={"Link": '</things?from=1&key=k>; rel="next"'})]
    service.resources["things"] = lambda _asked: Reply({"data": ROWS[1:]})
    source = {"path": "/things", "rows": "data", "paging": {"kind": "link"}}
    collection = make_collection("things", *VISIT_FIELDS, source=source)
    auth = {"kind": "query", "name": "key", "value": "k"}
    stores.append(open_store(make_dataset(collection), service.url, {"auth": auth}))
    assert read(stores[-1], collection) == ROWS
    assert [asked.target for asked in service.asked] == ["/things?key=k", "/things?from=1&key=k"]


def test_credentials_do_not_follow_to_another_host(service: Service, stores: list[HttpStore]) -> None:
    with running(Service()) as other:
        other.resources["things"] = lambda _asked: Reply({"data": ROWS})
        service.resources["things"] = lambda _asked: Reply(status=307, headers={"Location": f"{other.url}/things"})
        stores.append(
            open_store(make_dataset(THINGS), service.url, {"auth": {"kind": "query", "name": "k", "value": "v"}})
        )
        with pytest.raises(StoreError, match="redirected to another host"):
            read(stores[-1])
        assert other.asked == []


@pytest.mark.parametrize(
    ("auth", "message"),
    [
        ("bearer", "'auth' must be one of {kind: bearer, token};"),
        ({"kind": "query", "name": "k"}, "'auth' must be one of"),
        ({"kind": "query", "name": "k", "value": ""}, "'auth' must be one of"),
        ({"kind": "oauth2", "token_url": "https://h/t", "client_id": "a"}, r"scope \(may be left out\)"),
        (
            {"kind": "oauth2", "token_url": "http://h/t", "client_id": "a", "client_secret": "canary"},
            "token_url must be https",
        ),
        (
            {"kind": "oauth2", "token_url": "https://u:p@h/t", "client_id": "a", "client_secret": "canary"},
            "without credentials",
        ),
        ({"kind": "basic", "username": "a", "password": "canary\n"}, "printable ASCII only"),
    ],
)
def test_a_wrong_auth_is_refused(auth: Any, message: str) -> None:
    with pytest.raises(StoreConfigError, match=message) as caught:
        open_store(make_dataset(THINGS), "https://h", {"auth": auth})
    assert "canary" not in str(caught.value)
