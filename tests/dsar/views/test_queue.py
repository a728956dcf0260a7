"""The queue: order, filters, pages by key, and the same number of queries however long it is."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import Tenant, User
from dsar.models import CaseViewer, ClockPause, RequestType, SavedView, Step, StepKind, StepState, SubjectRequest
from dsar.worklist import paging
from tests.dsar.views.conftest import browser, file, stale


@contextmanager
def time_machine(now: datetime | None = None) -> Iterator[None]:
    """Let the pages' clock stand still."""
    stopped = now or timezone.now()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("dsar.views.desk.queue.timezone.now", lambda: stopped)
        yield


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


def with_everything(requests: Sequence[SubjectRequest], other: User) -> None:
    """Fill every column of the requests' rows."""
    now = timezone.now()
    failed = {"kind": StepKind.COLLECT, "state": StepState.FAILED, "error": "gone", "stage": 1, "not_before": now}
    datasets = [(item, name) for item in requests for name in ("app", "shop")]
    Step.objects.bulk_create(Step(subject_request=item, dataset=name, **failed) for item, name in datasets)
    ClockPause.objects.filter(subject_request__in=requests).delete()
    ClockPause.objects.bulk_create(
        ClockPause(subject_request=item, reason="asked", started_at=now) for item in requests
    )
    CaseViewer.objects.bulk_create(CaseViewer(subject_request=item, account=other, seen_at=now) for item in requests)
    keys = [item.pk for item in requests]
    SubjectRequest.objects.filter(pk__in=keys).update(assigned_to=other, waits_for="stores.yml, line 3")


def copies(item: SubjectRequest, count: int) -> list[SubjectRequest]:
    """Return so many more requests like this one."""
    values = {**SubjectRequest.objects.filter(pk=item.pk).values().get(), "id": None}
    return SubjectRequest.objects.bulk_create(
        SubjectRequest(**{**values, "reference": f"R-{number:04d}", "filing_token": str(number)})
        for number in range(count)
    )


CLOSED = {"status": "withdrawn", "closed_at": timezone.now()}


@pytest.mark.parametrize("query", ["", "?needs=person", "?status=closed&type=enquiry", "?q=R-00"])
def test_the_number_of_queries_is_the_same_for_one_row_and_for_a_page(
    rita: Client, reviewer: User, tenant: Tenant, query: str, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    other = User.objects.create_user("zoe@acme.example")
    first = file(tenant, None, RequestType.ENQUIRY, email="first@example.com")
    SubjectRequest.objects.update(reference="R-00FIRST", **(CLOSED if "closed" in query else {}))
    rita.get(f"/desk/{query}")  # what is asked once a session is asked here
    with CaptureQueriesContext(connection) as few:
        rita.get(f"/desk/{query}")
    many = copies(first, 60)
    with_everything(many, other)
    values = {"owner": reviewer, "query": "type=access&who=me", "created_at": timezone.now()}
    SavedView.objects.bulk_create(SavedView(tenant=tenant, name=str(number), **values) for number in range(40))
    with django_assert_num_queries(len(few)):
        page = rita.get(f"/desk/{query}")
    assert len(REFERENCE.findall(page.content.decode())) == 50
    assert len(few) <= 24


def test_everything_is_in_a_row(rita: Client, reviewer: User, questions: list[SubjectRequest]) -> None:
    other = User.objects.create_user("zoe@acme.example", name="Zoë Ng")
    with_everything(questions[:1], other)
    page = rita.get("/desk/").content.decode()
    for said in ("2 stores failed", "Data map to be mended", "Waits for the person", "Zoë Ng has it open", ">left<"):
        assert said in page


FITS = {
    "?who=me": [1],
    "?who=nobody": [0, 3, 4, 5, 6],
    "?who=nobody&law=lgpd": [4],
    "?needs=store": [3],
    "?needs=map": [5],
    "?risk=late": [0],
    "?risk=soon": [0, 1],
    "?who=left&risk=soon": [],
}


def test_each_filter_shows_what_fits(rita: Client, reviewer: User, questions: list[SubjectRequest]) -> None:
    now, other = timezone.now(), User.objects.create_user("zoe@acme.example")
    for item in questions:
        item.pauses.update(ended_at=now)
    due = [now - timedelta(minutes=1), now + timedelta(hours=11), *[now + timedelta(hours=13 + n) for n in range(5)]]
    for item, moment in zip(questions, due, strict=True):
        SubjectRequest.objects.filter(pk=item.pk).update(due_at=moment)
    values: list[dict[str, object]] = [{"assigned_to": reviewer}, {"assigned_to": other}, {"regime": "lgpd"}]
    for number, changes in zip((1, 2, 4), values, strict=True):
        SubjectRequest.objects.filter(pk=questions[number].pk).update(**changes)
    SubjectRequest.objects.filter(pk=questions[5].pk).update(waits_for="stores.yml")
    failed = {"state": StepState.FAILED, "error": "gone", "stage": 1, "not_before": now}
    questions[3].steps.create(kind=StepKind.COLLECT, dataset="app", **failed)
    for query, expected in FITS.items():
        assert listed(rita, query) == [questions[number].reference for number in expected], query


def test_pages_lead_back_to_where_one_was(
    rita: Client, questions: list[SubjectRequest], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paging, "PAGE_ROWS", 3)
    second = rita.get(rita.get("/desk/").context["later"])
    third = rita.get(second.context["later"])
    back = rita.get(third.context["earlier"])
    assert [row.subject_request.pk for row in back.context["rows"]] == [item.pk for item in questions[3:6]]
    first = rita.get(back.context["earlier"])
    assert [row.subject_request.pk for row in first.context["rows"]] == [item.pk for item in questions[:3]]
    assert (first.context["earlier"], first.context["first"]) == ("", "")
    SubjectRequest.objects.update(status="withdrawn", closed_at=timezone.now())
    moved_on = rita.get(second.wsgi_request.get_full_path())
    assert "What was on this page has moved on." in moved_on.content.decode()


NEWS = {"HX-Request": "true"}


def test_news_are_sent_only_where_there_are_any(
    rita: Client, reviewer: User, questions: list[SubjectRequest], tenant: Tenant
) -> None:
    with time_machine():
        address = rita.get("/desk/").context["live"]
        assert rita.get(address, headers=NEWS).status_code == 204
        file(tenant, None, RequestType.ENQUIRY, email="new@example.com")
        answer = rita.get(address, headers=NEWS)
        page = answer.content.decode()
        assert "1 new request<" in page
        assert "<html" not in page
        assert rita.get(answer.context["live"], headers=NEWS).status_code == 204
        SubjectRequest.objects.filter(pk=questions[0].pk).update(assigned_to=reviewer)
        assert rita.get(answer.context["live"], headers=NEWS).status_code == 200


def test_times_go_on_by_the_minute(rita: Client, questions: list[SubjectRequest]) -> None:
    now = timezone.now().replace(second=10)
    with time_machine(now):
        address = rita.get("/desk/").context["live"]
    with time_machine(now + timedelta(seconds=40)):
        assert rita.get(address, headers=NEWS).status_code == 204
    with time_machine(now + timedelta(seconds=60)):
        assert rita.get(address, headers=NEWS).status_code == 200


def test_whoever_is_signed_out_gets_the_sign_in_page_and_not_a_row_of_it(anonymous: Client) -> None:
    answer = anonymous.get("/desk/?seen=x", headers=NEWS)
    assert (answer.status_code, answer.headers["HX-Refresh"], answer.content) == (200, "true", b"")


EMPTY = {
    "": "All done",
    "?who=me": "Nothing is yours",
    "?who=nobody": "Everything is taken",
    "?risk=soon": "Nothing is at risk",
    "?needs=store": "Every store answers",
    "?status=closed": "Nothing is closed yet",
    "?type=access": "No request fits all of these filters.",
    "?q=r-7k": "begins with R-7K",
}


def test_an_empty_page_says_what_that_means(rita: Client) -> None:
    for query, said in EMPTY.items():
        assert said in rita.get(f"/desk/{query}").content.decode(), query


def test_an_auditor_sees_the_queue_and_can_do_nothing_there(olga: Client, questions: list[SubjectRequest]) -> None:
    page = olga.get("/desk/").content.decode()
    assert questions[0].reference in page
    for offered in ('name="request"', "Take them", "Release …", "Save these filters"):
        assert offered not in page
    case = olga.get(f"/desk/{questions[0].reference}/").content.decode()
    assert "Take it" not in case
    assert "data-looking" in case


def test_one_letter_of_a_reference_is_too_short(rita: Client, questions: list[SubjectRequest]) -> None:
    page = rita.get("/desk/?q=7").content.decode()
    assert "Write two of its letters or more." in page
    assert "<td" in page, "everything is shown meanwhile"
