"""Paging over a real service: every row of every page exactly once, or an error that says why not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from dsar.datamap.model import Collection
from dsar.stores.base import Selection, StoreConfigError, StoreError
from dsar.stores.http import open_store
from dsar.values import Row
from tests.stores.contract import by
from tests.stores.http_server import (
    PAGE,
    Asked,
    Reply,
    Resource,
    Service,
    by_cursor,
    by_link,
    by_next,
    by_offset,
    by_page,
    running,
)
from tests.stores.maps import VISIT_FIELDS, make_collection, make_dataset, make_field

pytestmark = pytest.mark.thorough

WAYS: dict[str, tuple[Any, dict[str, Any], str]] = {
    "page": (by_page, {"kind": "page", "param": "page", "size_param": "size", "size": 100}, "data"),
    "offset": (by_offset, {"kind": "offset", "param": "offset", "size_param": "limit", "size": PAGE}, ""),
    "cursor": (by_cursor, {"kind": "cursor", "param": "cursor", "next": "meta.next"}, "data"),
    "link": (by_link, {"kind": "link"}, "data"),
    "next": (by_next, {"kind": "link", "next": "links.next", "total": "meta.total"}, "data"),
}
#: No row, one page, a last page that is short, one that is exactly full, and many.
SIZES = [0, 1, PAGE, PAGE + 1, 2 * PAGE, 41, 42]


@pytest.fixture
def service() -> Iterator[Service]:
    with running(Service()) as service:
        yield service


def things(paging: dict[str, Any], rows: str = "data") -> Collection:
    return make_collection("things", *VISIT_FIELDS, source={"path": "/things", "rows": rows, "paging": paging})


def visits(size: int) -> list[Row]:
    return [{"person_id": 1, "page": str(number)} for number in range(size)]


def read(service: Service, collection: Collection, **options: Any) -> list[Row]:
    store = open_store(make_dataset(collection), service.url, {"rate": 10_000, "attempts": 2, **options})
    try:
        with store.snapshot() as snapshot:
            batches = snapshot.read(collection, Selection((by("person_id", 1),)))
            return [row for batch in batches for row in batch]
    finally:
        store.close()


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("size", SIZES)
def test_every_row_comes_exactly_once(service: Service, way: str, size: int) -> None:
    resource, paging, rows = WAYS[way]
    service.resources["things"] = resource(visits(size))
    assert read(service, things(paging, rows)) == visits(size)


def from_page(number: int, then: Reply, resource: Resource) -> Resource:
    """Answer as the resource until the numbered request, then with `then`."""
    asked_so_far: list[Asked] = []

    def answer(asked: Asked) -> Reply:
        asked_so_far.append(asked)
        return resource(asked) if len(asked_so_far) < number else then

    return answer


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("then", "message", "retry"),
    [
        (Reply(status=500), "answers 500", True),
        (Reply(status=404), "no such resource", False),
        (Reply(b'{"data": [{"person_id": 1, "pa', cut=20), "RemoteProtocolError", True),
        (Reply(b"<html>", headers={"Content-Type": "text/html"}), "does not answer in JSON", False),
        (Reply({"data": None, "meta": None}), "not the JSON that was expected", False),
    ],
    ids=["error", "gone", "cut", "html", "other"],
)
def test_a_page_that_fails_halfway_is_no_end(
    service: Service, way: str, then: Reply, message: str, *, retry: bool
) -> None:
    resource, paging, rows = WAYS[way]
    service.resources["things"] = from_page(3, then, resource(visits(10)))
    with pytest.raises(StoreError, match=f"shop:things: /things: .*{message}") as caught:
        read(service, things(paging, rows))
    assert caught.value.retry is retry


@pytest.mark.parametrize("way", WAYS)
def test_a_page_that_fails_once_is_asked_for_again(service: Service, way: str) -> None:
    resource, paging, rows = WAYS[way]
    answer = resource(visits(10))
    failed: list[Asked] = []

    def moody(asked: Asked) -> Reply:
        if len(service.asked) == 3 and not failed:
            failed.append(asked)
            return Reply(b'{"data": [{"person_id": 1, "pa', headers={"Content-Length": "500"}, cut=20)
        reply: Reply = answer(asked)
        return reply

    service.resources["things"] = moody
    assert read(service, things(paging, rows)) == visits(10)
    assert failed


@pytest.mark.parametrize("way", WAYS)
def test_a_page_that_comes_twice_is_an_error(service: Service, way: str) -> None:
    resource, paging, rows = WAYS[way]
    answer = resource(visits(10))
    pages: list[Reply] = []

    def repeated(asked: Asked) -> Reply:
        reply: Reply = answer(asked)
        pages.append(reply)
        return reply if len(pages) != 3 else Reply({**reply.body, "data": pages[0].body["data"]}, headers=reply.headers)

    if rows:
        service.resources["things"] = repeated
    else:
        service.resources["things"] = from_page(3, Reply(visits(PAGE)), answer)
    with pytest.raises(StoreError, match="a page came twice") as caught:
        read(service, things(paging, rows))
    assert caught.value.retry is False


@pytest.mark.parametrize("circle", [1, 2, 3])
@pytest.mark.parametrize("way", ["cursor", "link", "next"])
def test_a_way_on_that_leads_back_is_an_error(service: Service, way: str, circle: int) -> None:
    """Even where the rows on the way differ each time."""

    def answer(asked: Asked) -> Reply:
        after = str(len(service.asked) % circle)
        headers = {"Link": f'</things?at={after}>; rel="next"'} if way == "link" else {}
        body = {"data": [{"person_id": 1, "page": str(len(service.asked))}], "meta": {"next": after, "total": 1}}
        return Reply({**body, "links": {"next": f"/things?at={after}"}}, headers=headers)

    service.resources["things"] = answer
    with pytest.raises(StoreError, match=r"a (cursor|link) came twice; the pages would never end"):
        read(service, things(*WAYS[way][1:]))
    assert len(service.asked) <= circle + 2


@pytest.mark.parametrize("way", ["page", "cursor", "link", "next"])
@pytest.mark.parametrize("lie", [0, 9, 11])
def test_a_total_that_lies_is_an_error(service: Service, way: str, lie: int) -> None:
    resource, paging, rows = WAYS[way]
    answer = resource(visits(10))

    def lying(asked: Asked) -> Reply:
        reply = answer(asked)
        return Reply({**reply.body, "count": lie}, headers=reply.headers)

    service.resources["things"] = lying
    with pytest.raises(StoreError, match=f"/things: the service counts {lie} rows, and its pages hold 10") as caught:
        read(service, things({**paging, "total": "count"}, rows))
    assert caught.value.retry is True


@pytest.mark.parametrize("total", ["10", None, True, {}])
def test_a_total_that_is_no_number_is_an_error(service: Service, total: Any) -> None:
    service.resources["things"] = lambda _asked: Reply({"data": [], "count": total})
    with pytest.raises(StoreError, match="'count' is no number of rows"):
        read(service, things({"kind": "link", "total": "count"}))


@pytest.mark.parametrize("link", ["http://localhost:1/things", "https://127.0.0.1/things", "//example.org/things"])
@pytest.mark.parametrize("way", ["link", "next"])
def test_a_next_page_on_another_host_is_not_asked_for(service: Service, way: str, link: str) -> None:
    body = {"data": visits(1), "links": {"next": link}, "meta": {"total": 1}}
    service.resources["things"] = lambda _asked: Reply(body, headers={"Link": f'<{link}>; rel="next"'})
    with pytest.raises(StoreError, match="on another host"):
        read(service, things(*WAYS[way][1:]))


@pytest.mark.parametrize("following", [True, 1.5, ["c"], {"c": 1}])
def test_a_way_on_that_is_no_way_is_an_error(service: Service, following: Any) -> None:
    body = {"data": visits(1), "links": {"next": following}, "meta": {"next": following, "total": 1}}
    service.resources["things"] = lambda _asked: Reply(body)
    for way, message in {"cursor": "'meta.next' is no cursor", "next": "'links.next' is no link"}.items():
        with pytest.raises(StoreError, match=message):
            read(service, things(*WAYS[way][1:]))


@pytest.mark.parametrize("value", ["a&page=9", "a+b c", "ü\n%0A", "#?/..", "page"])
def test_a_value_stays_itself_on_every_page(service: Service, value: str) -> None:
    rows: list[Row] = [{"key": value, "number": number} for number in range(5)]
    source = {"path": "/things", "query": {"q": "{key}"}, "rows": "data", "paging": WAYS["page"][1]}
    collection = make_collection("things", make_field("key"), make_field("number"), source=source)
    service.resources["things"] = by_page(rows)
    store = open_store(make_dataset(collection), service.url, {"rate": 10_000})
    with store.snapshot() as snapshot:
        assert snapshot.count(collection, Selection((by("key", value),))) == 5
    store.close()
    assert [asked.query for asked in service.asked] == [
        {"q": value, "page": str(number), "size": "100"} for number in (1, 2, 3, 4)
    ]


@pytest.mark.parametrize(
    ("paging", "message"),
    [
        ({"kind": "link", "next": 5}, "'next' is unknown here, or not of the right type"),
        ({"kind": "page", "param": "p", "next": "n"}, "'next' is unknown here"),
        ({"kind": "cursor", "param": "c"}, "'next' is missing"),
        ({"kind": "offset", "param": "o", "total": 5}, "'total' is unknown here, or not of the right type"),
    ],
)
def test_a_wrong_paging_is_refused_with_its_place(paging: dict[str, Any], message: str) -> None:
    with pytest.raises(StoreConfigError, match=rf"shop\.yml:7: shop:things: source: paging: {message}"):
        open_store(make_dataset(things(paging)), "http://127.0.0.1", {})
