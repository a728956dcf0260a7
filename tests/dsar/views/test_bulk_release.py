"""Several requests are released at once: asked first, each by the same action, and what was not is named."""

from __future__ import annotations

from django.test import Client
from django.utils import timezone

from accounts.models import AuditEvent, OutgoingEmail, Tenant, User
from dsar.models import RequestType, Status, StepKind, StepState, SubjectRequest
from tests.dsar.conftest import account
from tests.dsar.views.conftest import collect, file, pack


def ready(tenant: Tenant, email: str) -> SubjectRequest:
    subject_request = collect(file(tenant, account(email), email=email))
    pack(subject_request)
    return subject_request


def test_only_what_may_be_released_is_and_each_of_the_rest_is_named(
    rita: Client, reviewer: User, tenant: Tenant
) -> None:
    first, second, failed = (ready(tenant, f"{name}@example.com") for name in ("a", "b", "c"))
    failed.steps.filter(kind=StepKind.COLLECT).update(state=StepState.FAILED, error="gone")
    own = file(tenant, reviewer, email=reviewer.email)
    collect(own)
    pack(own)
    question = file(tenant, None, RequestType.ENQUIRY, email="d@example.com")
    every = [first, second, failed, own, question]
    sent = {"request": [item.reference for item in every], "back": "status=awaiting_release"}
    asked = rita.post("/desk/release/", sent).content.decode()
    assert "Release 2 requests?" in asked
    assert not SubjectRequest.objects.filter(status=Status.FULFILLED).exists(), "it asks first"
    page = rita.post("/desk/release/", {**sent, "confirmed": "1"}).content.decode()
    assert "2 requests released. Each person has been told by email." in page
    assert "3 requests were left as they are" in page
    for reason in ("A store failed", "This is your own request", "There is no bundle"):
        assert reason in asked or reason in page
    done = set(SubjectRequest.objects.filter(status=Status.FULFILLED))
    assert done == {first, second}
    assert set(OutgoingEmail.objects.filter(kind="ready").values_list("to", flat=True)) == {first.email, second.email}
    events = AuditEvent.objects.filter(verb="bundle.released")
    assert {event.target_id for event in events} == {str(item.pk) for item in done}
    assert {event.actor_id for event in events} == {reviewer.pk}


def test_one_that_breaks_keeps_none_of_the_others_back(rita: Client, tenant: Tenant) -> None:
    first, second = ready(tenant, "a@example.com"), ready(tenant, "b@example.com")
    SubjectRequest.objects.filter(pk=first.pk).update(status=Status.WITHDRAWN, closed_at=timezone.now())
    sent = {"request": [first.reference, second.reference], "confirmed": "1"}
    page = rita.post("/desk/release/", sent).content.decode()
    assert "1 request released. The person has been told by email." in page
    assert f">{first.reference}</a>" in page
    second.refresh_from_db()
    assert second.status == Status.FULFILLED


def test_sent_twice_it_releases_once(rita: Client, tenant: Tenant) -> None:
    subject_request = ready(tenant, "a@example.com")
    sent = {"request": subject_request.reference, "confirmed": "1"}
    rita.post("/desk/release/", sent)
    page = rita.post("/desk/release/", sent).content.decode()
    assert "released." not in page
    assert OutgoingEmail.objects.filter(kind="ready").count() == 1
    assert AuditEvent.objects.filter(verb="bundle.released").count() == 1


def test_nothing_selected_is_said(rita: Client, tenant: Tenant) -> None:
    answer = rita.post("/desk/release/", {"back": "q=R-1"})
    assert answer.status_code == 422
    assert "Select at least one request." in answer.content.decode()


def test_nothing_that_is_ready_offers_no_button(rita: Client, enquiry: SubjectRequest) -> None:
    page = rita.post("/desk/release/", {"request": enquiry.reference}).content.decode()
    assert "Nothing can be released" in page
    assert "It does not wait for its release." in page
    assert 'name="confirmed"' not in page
