"""Erasing by requests to a real HTTP service: the contract of changes, and what is particular to one."""

from __future__ import annotations

import copy
import logging
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from dsar.datamap.model import Collection
from dsar.stores.base import ForbiddenError, Selection, StoreConfigError, StoreError
from dsar.stores.http import open_store
from dsar.stores.http.store import HttpStore
from tests.stores.changing_contract import *  # noqa: F403
from tests.stores.changing_contract import FIXED, HMAC, KEY, Erasable, in_block
from tests.stores.contract import by
from tests.stores.http_server import Asked, Reply, Service, editable, running
from tests.stores.maps import MEMBER_FIELDS, MEMBERS, PEOPLE, PEOPLE_FIELDS, make_collection, make_dataset, make_field

FAST = {"rate": 10_000}
PAGED = {"kind": "page", "param": "page"}
ONE = "/people/{person_id}"
PERSON = make_collection(
    "people",
    *PEOPLE_FIELDS,
    source={
        "path": "/people",
        "rows": "data",
        "paging": PAGED,
        "delete": {"method": "DELETE", "path": ONE},
        "update": {"method": "PATCH", "path": ONE},
    },
)
MEMBER = make_collection(
    "members",
    *(replace(item, primary_key=item.name != "role") for item in MEMBER_FIELDS),
    source={
        "path": "/members",
        "rows": "data",
        "paging": PAGED,
        "delete": {"method": "DELETE", "path": "/members/{org_id}/{person_id}"},
    },
)
#: A contact can be asked for by its address only, and is changed by its number.
CONTACT_FIELDS = (
    make_field("id", data_type="string", primary_key=True),
    make_field("email", data_type="string", identity="email"),
    make_field("note"),
)


def contacts(**described: Any) -> Collection:
    source = {"path": "/contacts", "query": {"email": "{email}"}, "rows": "data", **described}
    return make_collection("contacts", *CONTACT_FIELDS, source=source)


DELETED = contacts(delete={"method": "DELETE", "path": "/contacts/{id}"})
ANN = Selection((by("email", "ann@example.org"),))


@pytest.fixture
def service() -> Iterator[Service]:
    with running(Service()) as service:
        yield service


@pytest.fixture
def erasable(service: Service) -> Iterator[Erasable]:
    people, members = copy.deepcopy(PEOPLE), copy.deepcopy(MEMBERS)
    service.resources |= {
        "people": editable(people, "person_id"),
        "members": editable(members, "org_id", "person_id"),
    }
    dataset = make_dataset(PERSON, MEMBER)
    store = open_store(dataset, service.url, FAST)
    yield Erasable(store, dataset)
    store.close()


@pytest.fixture
def rows(service: Service) -> list[dict[str, Any]]:
    found = [{"id": str(number), "email": "Ann@example.org", "note": f"canary {number}"} for number in (1, 2, 3)]
    found.append({"id": "4", "email": "ann.b@example.org", "note": "another's"})
    service.resources["contacts"] = editable(found, "id", size=50)
    return found


def opened(service: Service, collection: Collection, **options: Any) -> HttpStore:
    return open_store(make_dataset(collection), service.url, {**FAST, **options})


def erase(service: Service, collection: Collection = DELETED, *, commits: bool = True, **options: Any) -> int:
    """Delete Ann's contacts as an erasure does: rows are read by their address, and selected by their numbers."""
    store = opened(service, collection, **options)
    try:
        with store.changing(commits=commits) as changing:
            found = [row["id"] for batch in changing.read(collection, ANN) for row in batch]
            return changing.delete(collection, Selection((by("id", *found),)))
    finally:
        store.close()


def sent(service: Service) -> list[Asked]:
    return [asked for asked in service.asked if asked.method != "GET"]


def test_rows_are_changed_by_another_key_than_they_are_asked_by(service: Service, rows: list[Any]) -> None:
    assert erase(service) == 3
    assert [row["id"] for row in rows] == ["4"]
    assert [asked.target for asked in sent(service)] == ["/contacts/1", "/contacts/2", "/contacts/3"]
    assert all(asked.body == b"" for asked in sent(service))


@pytest.mark.usefixtures("rows")
def test_a_dry_run_only_reads(service: Service) -> None:
    assert erase(service, commits=False) == 3
    assert sent(service) == []


def test_an_update_carries_the_masked_fields_and_no_others(service: Service, rows: list[Any]) -> None:
    kept = contacts(
        update={"method": "PATCH", "path": "/contacts/{id}", "content_type": "application/merge-patch+json"}
    )
    store = opened(service, kept)
    with store.changing(commits=True) as changing:
        list(changing.read(kept, ANN))
        assert changing.mask(kept, Selection((by("id", "2"),)), {"note": FIXED}, key=KEY) == 1
    store.close()
    (asked,) = sent(service)
    assert (asked.method, asked.body) == ("PATCH", b'{"note":"gone"}')
    assert asked.headers["content-type"] == "application/merge-patch+json"
    assert rows[1] == {"id": "2", "email": "Ann@example.org", "note": "gone"}


def losing_answers(rows: list[dict[str, Any]], *, times: int) -> Any:
    """A resource that does what it is told by POST, and whose answers are lost so many times."""
    ordinary, done, left = editable(rows, "id", size=50), dict[str, Reply](), [times]

    def answer(asked: Asked) -> Reply:
        if asked.method == "GET":
            return ordinary(asked)
        key = asked.headers["idempotency-key"]
        reply = done.setdefault(key, Reply({"number": len(done)}, 200))
        left[0] -= 1
        return replace(reply, cut=0) if left[0] >= 0 else reply

    answer.done = done  # type: ignore[attr-defined]
    return answer


@pytest.mark.thorough
def test_a_request_whose_answer_was_lost_is_known_again(service: Service, rows: list[Any]) -> None:
    resource = service.resources["contacts"] = losing_answers(rows, times=2)
    posted = contacts(delete={"method": "POST", "path": "/contacts/{id}/forget", "query": {"for": "good"}})
    assert erase(service, posted) == 3
    keys = [asked.headers["idempotency-key"] for asked in sent(service)]
    assert [asked.target for asked in sent(service)][:3] == ["/contacts/1/forget?for=good"] * 3
    assert (len(keys), len(set(keys)), keys[0] == keys[2]) == (5, 3, True)
    assert len(resource.done) == 3
    assert all(len(key) == 66 and key[0] == key[-1] == '"' for key in keys)


def test_a_row_that_was_made_anew_has_another_key(service: Service, rows: list[Any]) -> None:
    before = copy.deepcopy(rows[:3])
    erase(service)
    rows += before
    erase(service)
    rows += [{**row, "note": "new"} for row in before]
    erase(service)
    keys = [asked.headers["idempotency-key"] for asked in sent(service)]
    assert keys[:3] == keys[3:6]
    assert set(keys[6:]).isdisjoint(keys[:6])


@pytest.mark.parametrize("status", [404, 410])
def test_what_is_not_there_is_gone(service: Service, rows: list[Any], status: int) -> None:
    ordinary = service.resources["contacts"]
    service.resources["contacts"] = lambda asked: ordinary(asked) if asked.method == "GET" else Reply(None, status)
    assert erase(service) == 3
    assert len(sent(service)) == len(rows) - 1


@pytest.mark.parametrize(
    ("reply", "message", "is_forbidden"),
    [
        (Reply({"canary": 1}, 409), "409: the service does not allow it", True),
        (Reply({"canary": 1}, 422), "422: the service does not allow it", True),
        (Reply({"canary": 1}, 401), "401: the service refuses our credentials", False),
        (Reply({"canary": 1}, 405), "the service answers 405", False),
        (Reply({"canary": 1}, 301, {"Location": "/contacts/9"}), "redirected, which is not followed", False),
        (Reply({"canary": 1}, 307, {"Location": "http://127.0.0.1:9/"}), "redirected, which is not followed", False),
    ],
    ids=str,
)
def test_what_a_service_refuses_is_told_with_what_was_done_before(
    service: Service, rows: list[Any], reply: Reply, message: str, *, is_forbidden: bool
) -> None:
    ordinary = service.resources["contacts"]
    service.resources["contacts"] = lambda asked: reply if asked.target == "/contacts/3" else ordinary(asked)
    expected = rf"shop:contacts: DELETE /contacts/\{{id\}}: {message}.*; 2 of 3 rows of this service are changed"
    with pytest.raises(StoreError, match=expected) as told:
        erase(service)
    assert isinstance(told.value, ForbiddenError) is is_forbidden
    assert told.value.retry is False
    assert "canary" not in str(told.value)
    assert told.value.done == 2
    assert [row["id"] for row in rows] == ["3", "4"]
    service.resources["contacts"] = ordinary
    assert erase(service) == 1, "another erasure does what is left"


@pytest.mark.parametrize("status", [409, 429, 503])
def test_a_service_that_says_later_is_asked_again(service: Service, rows: list[Any], status: int) -> None:
    ordinary, refusals = service.resources["contacts"], [Reply(None, status, {"Retry-After": "0"}) for _ in range(3)]

    def answer(asked: Asked) -> Reply:
        return refusals.pop() if asked.method == "DELETE" and refusals else ordinary(asked)

    service.resources["contacts"] = answer
    assert erase(service) == 3
    assert (len(rows), len(sent(service))) == (1, 6)


def test_a_service_that_never_answers_is_worth_another_try(service: Service, rows: list[Any]) -> None:
    service.resources["contacts"] = losing_answers(rows, times=99)
    with pytest.raises(StoreError, match=r"DELETE /contacts/\{id\}: RemoteProtocolError$") as told:
        erase(service, attempts=2)
    assert told.value.retry is True
    assert len(sent(service)) == 2


@pytest.mark.usefixtures("rows")
@pytest.mark.parametrize("action", ["delete", "update"])
def test_a_request_that_is_not_described_is_told(service: Service, action: str) -> None:
    collection = contacts()
    message = f"shop:contacts: the data map describes no request for it: write '{action}' into its source"
    store = opened(service, collection)
    with pytest.raises(ForbiddenError, match=message):
        in_block(
            store.changing(commits=False),
            lambda changing: (
                changing.delete(collection, ANN)
                if action == "delete"
                else changing.mask(collection, ANN, {"note": HMAC}, key=KEY)
            ),
        )
    store.close()


@pytest.mark.parametrize("value", ["", ".", ".."], ids=ascii)
def test_a_key_that_would_name_another_resource_is_told(service: Service, rows: list[Any], value: str) -> None:
    rows[0]["id"] = value
    with pytest.raises(ForbiddenError, match="the values of a row cannot stand in an address"):
        erase(service, commits=False)


@pytest.mark.parametrize("value", ["../4", "4?all=1", "4#", "a/b", "%34", "ключ"], ids=ascii)
def test_a_key_names_its_own_row_only(service: Service, rows: list[Any], value: str) -> None:
    rows[0]["id"] = value
    assert erase(service) == 3
    assert [row["id"] for row in rows] == ["4"]


@pytest.mark.usefixtures("rows")
def test_no_value_is_logged(service: Service, caplog: pytest.LogCaptureFixture) -> None:
    emailed = contacts(delete={"method": "DELETE", "path": "/contacts/{id}", "query": {"email": "{email}"}})
    with caplog.at_level(logging.DEBUG):
        erase(service, emailed, auth={"kind": "query", "name": "key", "value": "canary-key"})
    assert "key=canary-key" in sent(service)[0].target
    assert not [record for record in caplog.records if "ann" in record.getMessage().lower()]
    assert "canary" not in caplog.text


@pytest.mark.parametrize(
    ("described", "message"),
    [
        ("/contacts/{id}", "'delete' must hold 'method' and 'path', and may hold 'query'"),
        ({"method": "DELETE"}, "'delete' must hold 'method' and 'path'"),
        ({"method": "DELETE", "path": "/c/{id}", "body": {}}, "'delete' must hold 'method' and 'path'"),
        ({"method": "GET", "path": "/c/{id}"}, "delete: 'method' must be one of DELETE, POST"),
        ({"method": "delete", "path": "/c/{id}"}, "delete: 'method' must be one of DELETE, POST"),
        ({"method": "DELETE", "path": "c/{id}"}, "delete: 'path' must begin with /"),
        ({"method": "DELETE", "path": "/c?id={id}"}, "delete: 'path' must begin with / and have no ?"),
        ({"method": "DELETE", "path": "/c/{id}", "query": "all"}, "delete: 'query' must be a mapping"),
        ({"method": "DELETE", "path": "/c/{id}/{other}"}, r"\{other\} is no field of the collection"),
        ({"method": "DELETE", "path": "/c/{}"}, "write each placeholder as"),
        ({"method": "DELETE", "path": "/c", "query": {"email": "{email}"}}, r"one request is of one row: write \{id\}"),
        ({"method": "DELETE", "path": "/c/{id}/{token}"}, r"delete: \{token\} is secret"),
    ],
)
def test_a_wrong_description_is_refused_with_its_place(described: Any, message: str) -> None:
    fields = (*CONTACT_FIELDS, make_field("token", secret=True))
    source = {"path": "/contacts", "query": {"email": "{email}"}, "delete": described}
    collection = make_collection("contacts", *fields, source=source)
    with pytest.raises(StoreConfigError, match=rf"shop\.yml:7: shop:contacts: source: .*{message}"):
        open_store(make_dataset(collection), "http://127.0.0.1", {})


@pytest.mark.parametrize(
    ("described", "message"),
    [
        ({"method": "PUT", "path": "/c/{id}"}, "update: 'method' must be one of PATCH, POST"),
        ({"method": "PATCH", "path": "/c/{id}", "content_type": "text/plain"}, "update: 'content_type' must be"),
    ],
)
def test_an_update_is_part_of_a_row_in_json(described: Any, message: str) -> None:
    with pytest.raises(StoreConfigError, match=message):
        open_store(make_dataset(contacts(update=described)), "http://127.0.0.1", {})


def test_a_collection_without_a_key_has_no_request_of_one_row() -> None:
    source = {"path": "/visits", "delete": {"method": "DELETE", "path": "/visits/{page}"}}
    collection = make_collection("visits", make_field("page"), source=source)
    with pytest.raises(StoreConfigError, match="delete: one request is of one row: declare a primary key"):
        open_store(make_dataset(collection), "http://127.0.0.1", {})
