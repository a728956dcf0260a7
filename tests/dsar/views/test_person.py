"""The person's own pages, and that they are nobody else's."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import Tenant, User
from dsar.models import RequestType, Status, StepState, SubjectRequest
from tests.dsar.views.conftest import browser, collect, file


def address(subject_request: SubjectRequest, page: str = "") -> str:
    return f"/requests/{subject_request.reference}/{page}"


def test_the_page_shows_course_and_clock(ann: Client, waiting: SubjectRequest) -> None:
    page = ann.get(address(waiting)).content.decode()
    assert waiting.reference in page
    assert "48-hour promise" in page
    assert "48 hours from receipt" in page
    assert "GDPR Article 12(3)" in page


@pytest.mark.parametrize(("page", "method"), [("", "get"), ("progress/", "get"), ("withdraw/", "post")])
def test_it_is_nobody_elses(
    waiting: SubjectRequest, otto: Client, ann: Client, anonymous: Client, page: str, method: str
) -> None:
    assert getattr(otto, method)(address(waiting, page)).status_code == 404
    assert getattr(ann, method)(f"/requests/R-0000-0000-00/{page}").status_code == 404
    stranger = getattr(anonymous, method)(address(waiting, page))
    assert stranger.status_code == 302 or stranger.headers["HX-Refresh"]
    waiting.refresh_from_db()
    assert waiting.status == Status.AWAITING_RELEASE


@pytest.mark.parametrize(("page", "method"), [("", "post"), ("progress/", "post"), ("withdraw/", "get")])
def test_other_methods_are_refused(ann: Client, waiting: SubjectRequest, page: str, method: str) -> None:
    assert getattr(ann, method)(address(waiting, page)).status_code == 405


def test_another_tenants_host_does_not_know_it(waiting: SubjectRequest, subject: User) -> None:
    other = Tenant.objects.create(slug="other", name="Other", contact_email="privacy@other.example")
    other.hosts.create(host="other.test")
    assert browser(subject).get(address(waiting), headers={"host": "other.test"}).status_code == 404


def test_the_bars_tell_how_far_it_is(ann: Client, tenant: Tenant, subject: User) -> None:
    subject_request = file(tenant, subject)
    before = ann.get(address(subject_request, "progress/?status=fulfilling")).content.decode()
    assert "every 2s" in before
    assert "Privacy portal" in before
    collect(subject_request)
    after = ann.get(address(subject_request, "progress/?status=fulfilling")).content.decode()
    assert "3 entries" in after
    assert "nothing of yours" in after


def test_the_page_loads_anew_once_the_status_changed(ann: Client, waiting: SubjectRequest) -> None:
    assert ann.get(address(waiting, "progress/?status=fulfilling")).headers["HX-Refresh"] == "true"
    assert "HX-Refresh" not in ann.get(address(waiting, "progress/?status=awaiting_release")).headers


def test_a_failed_store_is_told_without_its_error(ann: Client, waiting: SubjectRequest) -> None:
    assert "Everything is collected" in ann.get(address(waiting)).content.decode()
    step = waiting.steps.filter(kind="collect", dataset="app").get()
    step.state, step.error = StepState.FAILED, "password=hunter2 refused by db.internal"
    step.save()
    page = ann.get(address(waiting)).content.decode()
    assert "did not answer" in page
    assert "Not every system answered" in page
    assert "Everything is collected" not in page
    assert "hunter2" not in page


def test_withdrawing_closes_it_once(ann: Client, waiting: SubjectRequest) -> None:
    assert ann.post(address(waiting, "withdraw/")).status_code == 302
    waiting.refresh_from_db()
    assert waiting.status == Status.WITHDRAWN
    again = ann.post(address(waiting, "withdraw/"), follow=True)
    assert b"cannot become" in again.content


def test_the_list_holds_ones_own_and_asks_the_same_number_of_queries(
    ann: Client, tenant: Tenant, subject: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    file(tenant, subject)
    ann.get("/requests/")
    with CaptureQueriesContext(connection) as captured:
        ann.get("/requests/")
    for days in range(8):
        file(tenant, subject, RequestType.ENQUIRY, at=timezone.now() - timedelta(days=days))
    foreign = file(tenant, None, email="bob@example.com")
    with django_assert_num_queries(len(captured)):
        page = ann.get("/requests/").content.decode()
    assert page.count("card-link") == 9
    assert foreign.reference not in page


def test_what_people_write_is_text(ann: Client, enquiry: SubjectRequest) -> None:
    page = ann.get(address(enquiry)).content.decode()
    assert "<script>reads" not in page
    assert "&lt;script&gt;reads" in page


def test_home_shows_ones_own_requests(ann: Client, otto: Client, waiting: SubjectRequest) -> None:
    assert waiting.reference.encode() in ann.get("/").content
    assert waiting.reference.encode() not in otto.get("/").content
