"""A service that is slow, endless, rude or cut off: a clear error within a bounded time, and nothing partial."""

from __future__ import annotations

import gzip
import time
from collections.abc import Iterator
from email.utils import formatdate
from typing import Any

import pytest

from dsar.stores.base import Selection, StoreError
from dsar.stores.http import open_store
from dsar.values import Row
from tests.stores.contract import by
from tests.stores.http_server import Reply, Service, running
from tests.stores.maps import VISIT_FIELDS, make_collection, make_dataset

THINGS = make_collection("things", *VISIT_FIELDS, source={"path": "/things", "rows": "data"})
ROWS: list[Row] = [{"person_id": 1, "page": "a"}]


@pytest.fixture
def service() -> Iterator[Service]:
    with running(Service({"things": lambda _asked: Reply({"data": ROWS})})) as service:
        yield service


def read(service: Service, **options: Any) -> list[Row]:
    store = open_store(make_dataset(THINGS), service.url, {"rate": 10_000, **options})
    try:
        with store.snapshot() as snapshot:
            batches = snapshot.read(THINGS, Selection((by("person_id", 1),)))
            return [row for batch in batches for row in batch]
    finally:
        store.close()


@pytest.mark.thorough
@pytest.mark.parametrize("head", [False, True], ids=["body", "header"])
def test_a_byte_now_and_then_is_not_waited_for(service: Service, *, head: bool) -> None:
    service.moods = [Reply({"data": ["x" * 1_000]}, drip=0.04, drip_head=head)]
    started = time.monotonic()
    with pytest.raises(StoreError, match="/things: the answer comes too slowly") as caught:
        read(service, timeout=0.1, attempts=1)
    assert 0.9 < time.monotonic() - started < 5
    assert caught.value.retry is True


def test_silence_ends_with_the_timeout(service: Service) -> None:
    service.moods = [Reply({"data": ROWS}, drip=2)]
    started = time.monotonic()
    with pytest.raises(StoreError, match="/things: ReadTimeout") as caught:
        read(service, timeout=0.2, attempts=1)
    assert time.monotonic() - started < 1.5
    assert caught.value.retry is True


@pytest.mark.parametrize(
    "headers", [{"Content-Length": "900"}, {"Transfer-Encoding": "chunked"}], ids=["length", "chunks"]
)
def test_an_answer_that_is_cut_is_asked_for_again(service: Service, headers: dict[str, str]) -> None:
    chunked = b'1f4\r\n{"data": [{"person_id": 1, "page": "a"}]}'
    service.moods = [Reply(chunked, headers=headers, cut=40)] * 2
    assert read(service) == ROWS
    assert len(service.asked) == 3


@pytest.mark.thorough
def test_attempts_are_bounded_and_wait_longer_each_time(service: Service) -> None:
    service.moods = [Reply(status=503)] * 9
    started = time.monotonic()
    with pytest.raises(StoreError, match="answers 503"):
        read(service, attempts=4)
    assert len(service.asked) == 4
    assert time.monotonic() - started >= 0.1 + 0.2 + 0.4


@pytest.mark.thorough
def test_a_pause_until_a_date_is_kept(service: Service) -> None:
    service.moods = [Reply(status=503, headers={"Retry-After": formatdate(time.time() + 2, usegmt=True)})]
    started = time.monotonic()
    assert read(service) == ROWS
    assert 0.9 <= time.monotonic() - started < 5


@pytest.mark.thorough
@pytest.mark.parametrize("hours", [-5, 5])
def test_a_pause_is_told_by_the_clock_of_the_service(service: Service, hours: int) -> None:
    """A service whose clock is wrong means a pause of a second, not of hours and not none."""
    theirs = time.time() + 3600 * hours
    headers = {"Date": formatdate(theirs, usegmt=True), "Retry-After": formatdate(theirs + 1, usegmt=True)}
    service.moods = [Reply(status=503, headers=headers)]
    started = time.monotonic()
    assert read(service) == ROWS
    assert 0.9 <= time.monotonic() - started < 5


@pytest.mark.parametrize("pause", ["", "soon", "-1", "1e9", "²", "Fri, 99 Foo 2026"])
def test_a_pause_that_says_nothing_is_a_short_one(service: Service, pause: str) -> None:
    service.moods = [Reply(status=429, headers={"Retry-After": pause})]
    started = time.monotonic()
    assert read(service) == ROWS
    assert time.monotonic() - started < 2


def test_a_small_packet_that_unpacks_without_end_is_given_up(service: Service) -> None:
    packed = gzip.compress(b" " * 20_000_000)
    service.moods = [Reply(packed, headers={"Content-Encoding": "gzip"})]
    with pytest.raises(StoreError, match="longer than 100000 bytes") as caught:
        read(service, max_bytes=100_000)
    assert caught.value.retry is False


@pytest.mark.parametrize("kind", ["application/json; charset=utf-8", "application/vnd.api+json", "text/plain", ""])
def test_json_by_any_of_its_names_is_taken(service: Service, kind: str) -> None:
    service.moods = [Reply({"data": ROWS}, headers={"Content-Type": kind})]
    assert read(service) == ROWS


@pytest.mark.parametrize("kind", ["text/html", "application/xml", "application/octet-stream", "jsonp"])
def test_another_type_is_refused_whatever_it_holds(service: Service, kind: str) -> None:
    service.moods = [Reply({"data": ROWS}, headers={"Content-Type": kind})]
    with pytest.raises(StoreError, match="does not answer in JSON, by its Content-Type") as caught:
        read(service)
    assert caught.value.retry is False


@pytest.mark.parametrize("status", [201, 204, 206, 301, 304])
def test_a_status_that_is_no_whole_answer_is_an_error(service: Service, status: int) -> None:
    service.moods = [Reply(b"", status=status)] * 9
    with pytest.raises(StoreError, match=rf"answers {status}|redirected without end") as caught:
        read(service)
    assert caught.value.retry is False


@pytest.mark.parametrize("number", ["1e400", "NaN", "-Infinity", "1" * 5_000])
def test_a_number_that_is_none_is_not_guessed_at(service: Service, number: str) -> None:
    body = b'{"data": [{"person_id": 1, "page": %s, "x": 1234567890123456789}]}' % number.encode()
    service.moods = [Reply(body)]
    with pytest.raises(StoreError, match="not the JSON that was expected"):
        read(service)


def test_nesting_without_end_is_an_error(service: Service) -> None:
    service.moods = [Reply(b"[" * 200_000), Reply(b'{"a":' * 200_000)]
    for _ in range(2):
        with pytest.raises(StoreError, match="not the JSON that was expected"):
            read(service)
