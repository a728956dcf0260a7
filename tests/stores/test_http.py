"""The contract on a real HTTP service, and what is particular to one."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from dsar.datamap.model import Collection, Dataset
from dsar.stores.base import Alternative, Selection, StoreConfigError, StoreError, Undeclared
from dsar.stores.http import open_store
from dsar.values import Row
from tests.servers import deaf_port
from tests.stores.contract import (  # noqa: F401
    World,
    by,
    test_a_collection_that_is_gone_is_named,
    test_a_fixed_filter_holds_for_every_alternative,
    test_a_hostile_value_matches_nothing_else,
    test_a_row_that_matches_in_many_ways_comes_once,
    test_a_server_that_is_down_is_worth_another_try,
    test_a_snapshot_says_when_it_was_taken,
    test_alternatives_are_united,
    test_an_email_matches_in_any_case,
    test_every_part_of_a_group_must_match_falsy_ones_too,
    test_falsy_values_match_and_arrive,
    test_identical_rows_are_kept_as_often_as_they_occur,
    test_nothing_asked_is_nothing_found,
    test_null_equals_nothing,
    test_secrets_and_undeclared_values_never_come,
    test_text_finds_an_integer_key_only_as_it_is_written,
    test_thousands_of_values_in_one_selection,
    test_what_is_sent_is_told_without_asking,
    test_what_is_told_is_what_is_sent,
)
from tests.stores.http_server import Asked, Reply, Service, by_cursor, by_link, by_offset, by_page, running
from tests.stores.maps import (
    MEMBER_FIELDS,
    MEMBERS,
    PEOPLE,
    PEOPLE_FIELDS,
    VISIT_FIELDS,
    VISITS,
    make_collection,
    make_dataset,
    make_field,
)

PAGED = {"kind": "page", "param": "page", "size_param": "size", "size": 50}
FAST = {"rate": 10_000}


def shop() -> Dataset:
    cursor = {"kind": "cursor", "param": "cursor", "next": "meta.next"}
    return make_dataset(
        make_collection("people", *PEOPLE_FIELDS, source={"path": "/people", "rows": "data", "paging": PAGED}),
        make_collection("members", *MEMBER_FIELDS, source={"path": "/members", "rows": "data", "paging": cursor}),
        make_collection(
            "visits", *VISIT_FIELDS, source={"path": "/visits", "paging": {"kind": "offset", "param": "offset"}}
        ),
        make_collection("gone", *VISIT_FIELDS, source={"path": "/gone"}),
    )


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    resources = {"people": by_page(PEOPLE), "members": by_cursor(MEMBERS), "visits": by_offset(VISITS)}
    with running(Service(resources)) as service:
        store = open_store(shop(), service.url, FAST)
        nobody = f"http://127.0.0.1:{deaf_port()}"
        yield World(
            store=store,
            dataset=shop(),
            down=lambda: open_store(shop(), nobody, {"attempts": 2}),
            watching=lambda: watching(service),
        )
        store.close()


@contextmanager
def watching(service: Service) -> Iterator[list[str]]:
    """Keep the first request of a series that reaches the service; the further pages are told in words."""
    sent: list[str] = []
    before = len(service.asked)
    yield sent
    sent += [f"GET {service.url}{asked.target}" for asked in service.asked[before:][:1]]


@pytest.fixture
def service() -> Iterator[Service]:
    with running(Service()) as service:
        yield service


MAIL_FIELDS = (
    make_field("id", data_type="integer"),
    make_field("email", data_type="string", identity="email"),
    make_field("tags", data_type="string[]"),
)
CONTACTS = make_collection(
    "contacts", *MAIL_FIELDS, source={"path": "/contacts", "query": {"email": "{email}", "all": "yes"}, "rows": "data"}
)
EVENTS = make_collection(
    "events",
    make_field("contact_id", data_type="integer"),
    make_field("kind"),
    source={"path": "/contacts/{contact_id}/events", "rows": "data"},
)


def read(service: Service, collection: Collection, *alternatives: Alternative, **options: Any) -> list[Row]:
    store = open_store(make_dataset(collection), service.url, {**FAST, **options})
    try:
        with store.snapshot() as snapshot:
            return [row for batch in snapshot.read(collection, Selection(alternatives)) for row in batch]
    finally:
        store.close()


@pytest.mark.parametrize(
    ("resource", "paging", "rows"),
    [
        (by_page, PAGED, "data"),
        (by_offset, {"kind": "offset", "param": "offset", "size_param": "limit", "size": 2}, ""),
        (by_cursor, {"kind": "cursor", "param": "cursor", "next": "meta.next"}, "data"),
        (by_link, {"kind": "link"}, "data"),
    ],
    ids=["page", "offset", "cursor", "link"],
)
@pytest.mark.parametrize("size", [0, 1, 4, 7])
def test_every_page_is_read_to_the_end(service: Service, resource: Any, paging: Any, rows: str, size: int) -> None:
    service.resources["things"] = resource([{"person_id": 1, "page": str(number)} for number in range(size)])
    source = {"path": "/things", "rows": rows, "paging": paging}
    found = read(service, make_collection("things", *VISIT_FIELDS, source=source), by("person_id", 1))
    assert [row["page"] for row in found] == [str(number) for number in range(size)]


def test_rows_are_asked_by_each_value_and_compared_again(service: Service) -> None:
    loose = [{"id": 1, "email": "Ada@x.org", "tags": []}, {"id": 2, "email": "adam@x.org", "tags": []}]
    service.resources["contacts"] = lambda _asked: Reply({"data": loose})
    assert read(service, CONTACTS, by("email", "ada@x.org", "ADA@x.org", "bob@x.org")) == [loose[0]]
    assert sorted(asked.query["email"].lower() for asked in service.asked) == ["ada@x.org", "bob@x.org"]


def test_a_row_found_by_two_values_comes_once(service: Service) -> None:
    collection = make_collection(
        "tagged", *MAIL_FIELDS[::2], source={"path": "/tagged", "query": {"tag": "{tags}"}, "rows": "data"}
    )
    service.resources["tagged"] = lambda _asked: Reply({"data": [{"id": 1, "tags": ["a", "b"]}]})
    assert read(service, collection, by("tags", "a", "b")) == [{"id": 1, "tags": ["a", "b"]}]
    assert len(service.asked) == 2


def test_a_value_asked_by_the_path_becomes_a_field(service: Service) -> None:
    def events(asked: Asked) -> Reply:
        return Reply({"data": [{"kind": "open"}]}) if asked.segments[1] == "0" else Reply({}, 404)

    service.resources["contacts"] = events
    found = read(service, EVENTS, by("contact_id", "0", 7, None, "ada@x.org"))
    assert found == [{"contact_id": 0, "kind": "open"}]
    assert sorted(asked.segments[1] for asked in service.asked) == ["0", "7"]


@pytest.mark.parametrize("value", ["../../admin", "a/b", "a?x=1", "a#b", "a%2Fb", "a&all=no", "ü\n", "a+b", "{email}"])
def test_a_value_cannot_change_the_address(service: Service, value: str) -> None:
    collection = make_collection(
        "things", make_field("key"), source={"path": "/things/{key}/x", "query": {"q": "{key}", "all": "yes"}}
    )
    service.resources["things"] = lambda _asked: Reply([{"key": value}])
    assert read(service, collection, by("key", value)) == [{"key": value}]
    (asked,) = service.asked
    assert asked.segments == ["things", value, "x"]
    assert asked.query == {"q": value, "all": "yes"}


@pytest.mark.parametrize("value", ["", ".", ".."])
def test_a_segment_that_would_name_another_resource_is_not_asked(service: Service, value: str) -> None:
    collection = make_collection("things", make_field("key"), source={"path": "/things/{key}/x"})
    assert read(service, collection, by("key", value)) == []
    assert service.asked == []


@pytest.mark.thorough
def test_moods_pass(service: Service) -> None:
    service.resources["contacts"] = lambda _asked: Reply({"data": []})
    service.moods = [Reply(status=429, headers={"Retry-After": "1"}), Reply(status=503), Reply(status=500)]
    started = time.monotonic()
    assert read(service, CONTACTS, by("email", "ada@x.org")) == []
    assert len(service.asked) == 4
    assert time.monotonic() - started >= 1


@pytest.mark.parametrize(
    ("mood", "retry", "message"),
    [
        (Reply(status=503), True, "answers 503"),
        (Reply(status=429, headers={"Retry-After": "86400"}), True, "answers 429"),
        (Reply(status=429, headers={"Retry-After": "Fri, 31 Dec 2099 23:59:59 GMT"}), True, "answers 429"),
        (Reply(status=401), False, "401: the service refuses our credentials; check auth"),
        (Reply(status=403), False, "403: the service refuses our credentials"),
        (Reply(status=404), False, "no such resource"),
        (Reply(status=400), False, "answers 400"),
        (Reply(status=302, headers={"Location": "http://localhost:1/contacts"}), False, "another host"),
        (Reply(b"<html>canary</html>"), False, "not the JSON"),
        (Reply(["canary"]), False, "has no 'data'"),
        (Reply({"data": "canary"}), False, "is no object"),
        (Reply({"data": [1]}), False, "is no object"),
        (Reply({"data": ["x" * 2000]}), False, "longer than 1000 bytes"),
        (Reply(b"canary", headers={"Content-Encoding": "gzip"}), True, "DecodingError"),
    ],
)
def test_other_answers_are_errors_that_say_what_is_wrong(
    service: Service, caplog: pytest.LogCaptureFixture, mood: Reply, message: str, *, retry: bool
) -> None:
    service.moods = [mood] * 9
    with (
        caplog.at_level(logging.DEBUG),
        pytest.raises(StoreError, match=f"shop:contacts: /contacts: .*{message}") as caught,
    ):
        read(service, CONTACTS, by("email", "canary@x.org"), attempts=2, max_bytes=1000)
    assert caught.value.retry is retry
    assert "canary" not in str(caught.value)
    assert "canary" not in caplog.text


def test_a_long_pause_is_not_waited_for(service: Service) -> None:
    service.moods = [Reply(status=429, headers={"Retry-After": "61"})]
    with pytest.raises(StoreError):
        read(service, CONTACTS, by("email", "ada@x.org"), attempts=5)
    assert len(service.asked) == 1


def test_a_redirect_on_the_same_host_is_followed(service: Service) -> None:
    service.moods = [Reply(status=307, headers={"Location": "/moved"})]
    service.resources["moved"] = lambda _asked: Reply({"data": [{"id": 1, "email": "ada@x.org"}]})
    assert read(service, CONTACTS, by("email", "ada@x.org")) == [{"id": 1, "email": "ada@x.org"}]


def test_pages_without_end_are_an_error(service: Service) -> None:
    row = {"person_id": 1, "page": "x"}
    service.resources = {
        "same": lambda _asked: Reply({"data": [row], "next": "c"}),
        "linked": lambda _asked: Reply({"data": [row]}, headers={"Link": '</linked>; rel="next"'}),
        "away": lambda _asked: Reply({"data": [row]}, headers={"Link": '<http://localhost:1/>; rel="next"'}),
        "repeated": lambda _asked: Reply({"data": [row]}),
        "endless": lambda asked: Reply({"data": [{**row, "page": asked.query["page"]}]}),
        "short": lambda asked: Reply({"data": [row]}) if asked.query["page"] == "1" else Reply({}, 404),
    }
    expected = {
        "same": ({"kind": "cursor", "param": "cursor", "next": "next"}, "a cursor came twice"),
        "linked": ({"kind": "link"}, "a link came twice"),
        "away": ({"kind": "link"}, "on another host"),
        "repeated": (PAGED, "a page came twice"),
        "endless": (PAGED, "more than 20 pages"),
        "short": (PAGED, "no such resource"),
    }
    for name, (paging, message) in expected.items():
        source = {"path": f"/{name}", "rows": "data", "paging": paging}
        collection = make_collection("things", *VISIT_FIELDS, source=source)
        with pytest.raises(StoreError, match=message):
            read(service, collection, by("person_id", 1), max_pages=20)


def test_credentials_are_sent_and_the_rate_is_kept(service: Service) -> None:
    service.resources["contacts"] = lambda _asked: Reply({"data": []})
    ways = {
        "authorization": ({"kind": "bearer", "token": "t0"}, "Bearer t0"),
        "x-key": ({"kind": "header", "name": "X-Key", "value": "k"}, "k"),
    }
    for header, (auth, value) in ways.items():
        read(service, CONTACTS, by("email", "ada@x.org"), auth=auth)
        assert service.asked[-1].headers[header] == value
    basic = {"kind": "basic", "username": "Aladdin", "password": "open sesame"}  # RFC 7617's own example
    read(service, CONTACTS, by("email", "ada@x.org"), auth=basic)
    assert service.asked[-1].headers["authorization"] == "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="
    started = time.monotonic()
    read(service, CONTACTS, by("email", *(f"{number}@x.org" for number in range(6))), rate=20)
    assert time.monotonic() - started >= 0.25


def test_undeclared_keys_are_named(service: Service) -> None:
    service.resources["contacts"] = lambda _asked: Reply({"data": [{"id": 1, "email": "ada@x.org", "score": 1}]})
    store = open_store(make_dataset(CONTACTS), service.url, FAST)
    with store.snapshot() as snapshot:
        assert list(snapshot.read(CONTACTS, Selection((by("email", "ada@x.org"),)))) == [
            [{"id": 1, "email": "ada@x.org"}]
        ]
        assert snapshot.undeclared() == (Undeclared("contacts", "score"),)
    store.close()


def test_a_way_of_asking_that_the_resource_lacks_is_an_error(service: Service) -> None:
    with pytest.raises(
        StoreError, match=r"events: /contacts/\{contact_id\}/events needs contact_id.* by kind"
    ) as caught:
        read(service, EVENTS, by("kind", "open"))
    assert caught.value.retry is False


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ({}, "'path' is missing"),
        ({"path": "things"}, "'path' must begin with /"),
        ({"path": "/things?x=1"}, "'path' must begin with / and have no"),
        ({"path": "/things/{key}"}, r"\{key\} is no field"),
        ({"path": "/things", "query": {"q": "{key}"}}, r"\{key\} is no field"),
        ({"path": "/things", "query": "q"}, "'query' must be a mapping"),
        ({"path": "/things/{id}"}, "not by the identity field 'email'"),
        ({"path": "/things", "paging": {"kind": "pages"}}, "'kind' must be one of page, offset, cursor, link"),
        ({"path": "/things", "paging": {"kind": "page"}}, "'param' is missing"),
        ({"path": "/things", "paging": {"kind": "cursor", "param": "c"}}, "'next' is missing"),
        ({"path": "/things", "paging": {"kind": "link", "param": "c"}}, "'param' is unknown here"),
        ({"path": "/things", "paging": {"kind": "page", "param": "p", "size": 5}}, "go together"),
        (
            {"path": "/things", "paging": {"kind": "page", "param": "p", "start": "1"}},
            "'start' is unknown here, or not",
        ),
    ],
)
def test_a_wrong_source_is_refused_with_its_place(source: dict[str, Any], message: str) -> None:
    collection = make_collection("things", *MAIL_FIELDS, source=source)
    with pytest.raises(StoreConfigError, match=rf"shop\.yml:7: shop:things: source: .*{message}"):
        open_store(make_dataset(collection), "http://127.0.0.1", {})


@pytest.mark.parametrize(
    ("url", "options", "message"),
    [
        ("http://me:hunter2@h", {}, "credentials belong under auth"),
        ("http:///x", {}, "https://host/folder"),
        ("http://h?x=1", {}, "https://host/folder"),
        ("http://h", {"auth": {"kind": "bearer"}}, "'auth' must be one of"),
        ("http://h", {"auth": {"kind": "bearer", "token": "a\nb"}}, "printable ASCII"),
        ("http://h", {"rate": 0}, "option 'rate' must be a number"),
        ("http://h", {"rates": 1}, "unknown option 'rates'"),
    ],
)
def test_a_wrong_address_or_option_is_refused(url: str, options: dict[str, Any], message: str) -> None:
    with pytest.raises(StoreConfigError, match=message) as caught:
        open_store(make_dataset(), url, options)
    assert "hunter2" not in str(caught.value)
