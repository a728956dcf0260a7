"""The mail service over real HTTP: pages, cursors, refusals, a token, and a clean end."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from examples.macrosora import cast
from examples.macrosora.mail_service.book import read_book
from tests.examples.conftest import Platform, running_mail_service

AUTHORISED = {"Authorization": f"Bearer {cast.MAIL_TOKEN}"}


@pytest.fixture(scope="module")
def steady(platform: Platform) -> Iterator[httpx.Client]:
    """A client of a service without hiccups and with a rate limit that no test here meets."""
    with (
        running_mail_service(platform.mail_data, "--steady", "--per-second", "5000") as (_, url),
        httpx.Client(base_url=url, headers=AUTHORISED) as client,
    ):
        yield client


def get(client: httpx.Client, path: str, **query: str) -> dict[str, Any]:
    answer = client.get(path, params=query)
    answer.raise_for_status()
    found = answer.json()
    assert isinstance(found, dict)
    return found


def test_pages_hold_every_contact_once(steady: httpx.Client) -> None:
    pages = [get(steady, "/v1/contacts", email=cast.ORDINARY.email, page=str(n), per_page="5") for n in (1, 2, 3)]
    assert [len(page["data"]) for page in pages] == [5, 2, 0]
    assert {page["total"] for page in pages} == {7}
    assert len({row["id"] for page in pages for row in page["data"]}) == 7


def test_a_page_is_never_larger_than_the_service_allows(steady: httpx.Client) -> None:
    page = get(steady, "/v1/contacts", per_page="100000")
    assert page["per_page"] == 100
    assert len(page["data"]) <= 100


def test_cursors_lead_through_all_events(steady: httpx.Client) -> None:
    contacts = get(steady, "/v1/contacts", per_page="100")["data"]
    several = 0
    for contact in contacts:
        pages = list(event_pages(steady, contact["id"]))
        events = [event for page in pages for event in page]
        assert len({event["id"] for event in events}) == len(events)
        assert {event["contact_id"] for event in events} <= {contact["id"]}
        several += len(pages) > 1
    assert several, "no contact has more events than fit one page"


def event_pages(client: httpx.Client, contact_id: int) -> Iterator[list[dict[str, Any]]]:
    cursor = ""
    while True:
        page = get(client, f"/v1/contacts/{contact_id}/events", **({"cursor": cursor} if cursor else {}))
        yield page["data"]
        cursor = page["next_cursor"]
        if cursor is None:
            return


def test_addresses_are_found_loosely(steady: httpx.Client) -> None:
    found = get(steady, "/v1/contacts", email=cast.JOSE_ACCENT.email)["data"]
    assert {cast.JOSE_PLAIN.email, cast.JOSE_ACCENT.spellings[0]} <= {row["email"] for row in found}
    shouted = get(steady, "/v1/contacts", email=cast.ANN.spellings[0])["data"]
    assert {row["email"].casefold() for row in shouted} == {cast.ANN.email}


def test_an_unknown_address_has_an_empty_page(steady: httpx.Client) -> None:
    assert get(steady, "/v1/contacts", email=cast.NOBODY.email)["data"] == []


@pytest.mark.parametrize("token", [None, "", "Bearer", "Bearer wrong", "Bearer ünïcode", f"bearer{cast.MAIL_TOKEN}"])
def test_a_wrong_token_is_refused(steady: httpx.Client, token: str | None) -> None:
    headers = httpx.Headers({} if token is None else {b"Authorization": token.encode()})
    answer = httpx.get(f"{steady.base_url}/v1/contacts", headers=headers)
    assert answer.status_code == 401
    assert "data" not in answer.json()


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/v1/contacts?page=0", 400),
        ("/v1/contacts?page=-1", 400),
        ("/v1/contacts?per_page=²", 400),
        ("/v1/contacts/501/events?cursor=%21", 400),
        ("/v1/contacts/501/events?cursor=YWZ0ZXI6LTE=", 400),
        ("/v1/contacts/999999/events", 404),
        ("/v1/contacts/../events", 404),
        ("/", 404),
    ],
)
def test_a_wrong_question_has_the_right_status(steady: httpx.Client, path: str, status: int) -> None:
    answer = steady.get(path)
    assert answer.status_code == status
    assert answer.json()["error"]


@pytest.mark.thorough
def test_refusals_come_in_a_fixed_order_and_say_when_to_return(platform: Platform) -> None:
    with running_mail_service(platform.mail_data, "--per-second", "5000") as (_, url):
        answers = [httpx.get(f"{url}/v1/contacts?email=x", headers=AUTHORISED) for _ in range(40)]
    refused = {number: answer for number, answer in enumerate(answers, start=1) if answer.status_code != 200}
    assert {number: answer.status_code for number, answer in refused.items()} == {
        13: 429,
        19: 503,
        26: 429,
        38: 503,
        39: 429,
    }
    assert {answer.headers["Retry-After"] for answer in refused.values()} == {"1"}


def test_too_many_at_once_are_refused(platform: Platform) -> None:
    with running_mail_service(platform.mail_data, "--steady", "--per-second", "3") as (_, url):
        with httpx.Client(base_url=url, headers=AUTHORISED) as client:
            statuses = [client.get("/v1/contacts?email=x").status_code for _ in range(8)]
        assert httpx.get(f"{url}/healthz").json() == {"status": "ok"}
    assert statuses[:3] == [200, 200, 200]
    assert 429 in statuses


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_cleanly(platform: Platform, number: signal.Signals) -> None:
    with running_mail_service(platform.mail_data) as (process, _):
        process.send_signal(number)
        assert process.wait(timeout=10) == 0
        assert process.stdout is not None
        assert process.stdout.read() == "mail service stopped\n"


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"token": "x", "contacts": [{"id": 1}], "events": {}}'])
def test_a_broken_data_file_is_told(tmp_path: Path, content: str) -> None:
    path = tmp_path / "mail.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ValueError, match="not a file of the mail service"):
        read_book(path)


def test_a_file_that_was_cut_short_is_told(platform: Platform, tmp_path: Path) -> None:
    path = tmp_path / "mail.json"
    path.write_bytes(b"".join(platform.mail_data.read_bytes().splitlines(keepends=True)[:-2]))
    with pytest.raises(ValueError, match="not a whole file"):
        read_book(path)


def test_what_is_deleted_stays_so_and_nothing_else_goes(platform: Platform, tmp_path: Path) -> None:
    data = tmp_path / "mail.json"
    data.write_bytes(platform.mail_data.read_bytes())
    options = ("--steady", "--per-second", "5000")
    with running_mail_service(data, *options) as (_, url), httpx.Client(base_url=url, headers=AUTHORISED) as client:
        before = get(client, "/v1/contacts", per_page="100")["data"]
        with_events = [row["id"] for row in before if len(next(event_pages(client, row["id"]))) > 1]
        one, other = with_events[:2]
        first, *rest = next(event_pages(client, other))
        assert client.delete(f"/v1/contacts/{one}/events/{first['id']}").status_code == 404, "another's event"
        assert httpx.delete(f"{url}/v1/contacts/{one}").status_code == 401
        statuses = [client.delete(path).status_code for path in _twice(one, other, first["id"])]
        assert statuses == [204, 404, 204, 404]
    with running_mail_service(data, *options) as (_, url), httpx.Client(base_url=url, headers=AUTHORISED) as client:
        assert get(client, "/v1/contacts", per_page="100")["data"] == [row for row in before if row["id"] != one]
        assert client.get(f"/v1/contacts/{one}/events").status_code == 404
        assert next(event_pages(client, other))[: len(rest)] == rest


def _twice(contact: int, other: int, event: str) -> list[str]:
    return [f"/v1/contacts/{contact}"] * 2 + [f"/v1/contacts/{other}/events/{event}"] * 2
