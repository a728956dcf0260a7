"""The queue: order, filters, pages by key, and the same number of queries however long it is."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import Tenant, User
from dsar.models import RequestType, SubjectRequest
from dsar.worklist import paging
from tests.dsar.views.conftest import browser, file, stale

REFERENCE = re.compile(r'href="/desk/(R-[^/]+)/"')


def listed(client: Client, query: str = "") -> list[str]:
    page = client.get(f"/desk/{query}")
    assert page.status_code == 200
    return REFERENCE.findall(page.content.decode())


@pytest.fixture
def questions(tenant: Tenant) -> list[SubjectRequest]:
    """Seven requests of seven people, the oldest (due first) first."""
    now = timezone.now()
    return [
        file(tenant, None, RequestType.ENQUIRY, email=f"p{number}@example.com", at=now - timedelta(hours=20 - number))
        for number in range(7)
    ]


def test_what_is_due_first_is_on_top(rita: Client, questions: list[SubjectRequest]) -> None:
    assert listed(rita) == [item.reference for item in questions]


def test_the_ladder(
    tenant: Tenant, reviewer: User, rita: Client, olga: Client, otto: Client, anonymous: Client
) -> None:
    assert [client.get("/desk/").status_code for client in (rita, olga, otto)] == [200, 200, 404]
    assert anonymous.get("/desk/").headers["Location"].startswith("/accounts/login/")
    assert rita.post("/desk/").status_code == 405


def test_staff_without_their_second_factor_are_asked_for_it(tenant: Tenant, reviewer: User) -> None:
    assert browser(reviewer).get("/desk/").headers["Location"] == "/accounts/2fa/"


def test_an_older_proof_still_opens_the_queue(rita: Client) -> None:
    assert stale(rita).get("/desk/").status_code == 200


def test_filters_stay_in_the_address(
    rita: Client, questions: list[SubjectRequest], tenant: Tenant, subject: User
) -> None:
    access = file(tenant, subject)
    assert listed(rita, "?type=access") == [access.reference]
    assert listed(rita, "?status=fulfilling") == [access.reference]
    assert listed(rita, "?status=awaiting_verification&type=access") == []
    assert listed(rita, f"?q={access.reference[:6].lower()}") == [access.reference]
    assert 'value="access" selected' in rita.get("/desk/?type=access").content.decode()


def test_closed_ones_are_found_by_status_and_by_reference(rita: Client, released: SubjectRequest) -> None:
    assert listed(rita) == []
    assert listed(rita, "?status=closed") == listed(rita, f"?q={released.reference}") == [released.reference]


def test_a_filter_that_is_none_shows_everything(rita: Client, questions: list[SubjectRequest]) -> None:
    assert len(listed(rita, "?status=nonsense&type=1")) == 7


@pytest.mark.parametrize("status", ["", "closed"])
def test_pages_hold_everything_once(
    rita: Client, questions: list[SubjectRequest], monkeypatch: pytest.MonkeyPatch, status: str
) -> None:
    if status == "closed":
        SubjectRequest.objects.update(status="withdrawn", closed_at=timezone.now())
    monkeypatch.setattr(paging, "PAGE_ROWS", 3)
    seen, query = [], f"?status={status}"
    while query:
        page = rita.get(f"/desk/{query}").content.decode()
        seen.append(REFERENCE.findall(page))
        later = re.search(r'href="/desk/(\?[^"]*)" rel="next"', page)
        query = later[1].replace("&amp;", "&") if later else ""
    expected = [item.reference for item in questions]
    assert [len(page) for page in seen] == [3, 3, 1]
    assert [name for page in seen for name in page] == (expected[::-1] if status else expected)


@pytest.mark.parametrize("after", ["x", "~", "2026-01-01~1", "2026-01-01T00:00:00+00:00~²", "9" * 400])
def test_a_key_that_nobody_made_is_none(rita: Client, questions: list[SubjectRequest], after: str) -> None:
    assert len(listed(rita, f"?after={after}")) == 7


def test_another_tenants_requests_are_not_in_it(rita: Client, questions: list[SubjectRequest]) -> None:
    other = Tenant.objects.create(slug="other", name="Other", contact_email="privacy@other.example")
    SubjectRequest.objects.filter(pk=questions[0].pk).update(tenant=other)
    assert questions[0].reference not in listed(rita)
    assert rita.get(f"/desk/{questions[0].reference}/").status_code == 404


def test_the_number_of_queries_does_not_grow(
    rita: Client, questions: list[SubjectRequest], tenant: Tenant, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with CaptureQueriesContext(connection) as few:
        rita.get("/desk/")
    for number in range(30):
        file(tenant, None, RequestType.ENQUIRY, email=f"q{number}@example.com")
    with django_assert_num_queries(len(few)):
        rita.get("/desk/")
