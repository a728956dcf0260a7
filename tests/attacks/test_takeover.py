"""Somebody else at the account: an address changed, then an export at once; lost roles, closed accounts. 3, 12, 16."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.address_changes import cooling_off
from accounts.models import AuditEvent, Membership, OutgoingEmail, User
from dsar.models import Decision, Download, SubjectRequest
from tests.dsar.views.conftest import BYTES, browser


def download(subject_request: SubjectRequest) -> str:
    return f"/requests/{subject_request.reference}/download/"


@pytest.mark.parametrize("method", ["get", "post"])
def test_an_export_right_after_the_address_changed_waits(
    ann: Client, subject: User, released: SubjectRequest, method: str
) -> None:
    User.objects.filter(pk=subject.pk).update(email_changed_at=timezone.now() - timedelta(hours=1))
    answer = getattr(ann, method)(download(released))
    assert answer.status_code == 403
    assert b"address of your account was changed" in answer.content
    assert not Download.objects.exists()
    refused = AuditEvent.objects.filter(verb="bundle.download_refused", facts={"why": "address_changed"})
    assert refused.count() == (method == "post")


def test_a_deletion_right_after_the_address_changed_waits_and_the_page_says_so(ann: Client, subject: User) -> None:
    User.objects.filter(pk=subject.pk).update(email_changed_at=timezone.now() - timedelta(hours=1))
    ann.post("/requests/new/", {"type": "erasure"})
    page = ann.get("/requests/new/check/").content.decode()
    assert "Not yet, to be safe" in page
    assert "Send the request" not in page
    token = ann.session["draft"]["token"]
    assert ann.post("/requests/new/check/", {"token": token}).status_code == 409
    assert not SubjectRequest.objects.exists()
    User.objects.filter(pk=subject.pk).update(email_changed_at=timezone.now() - cooling_off())
    assert ann.post("/requests/new/check/", {"token": token}).status_code == 302
    assert SubjectRequest.objects.count() == 1


def test_and_goes_on_once_the_old_address_had_its_time(ann: Client, subject: User, released: SubjectRequest) -> None:
    User.objects.filter(pk=subject.pk).update(email_changed_at=timezone.now() - cooling_off())
    assert ann.get(download(released)).status_code == 200
    assert b"".join(ann.post(download(released))) == BYTES


def test_a_closed_account_is_signed_out(ann: Client, subject: User, released: SubjectRequest) -> None:
    User.objects.filter(pk=subject.pk).update(is_active=False)
    assert ann.post(download(released)).headers["Location"].startswith("/accounts/login/")
    assert ann.get("/requests/").status_code == 302
    assert not Download.objects.exists()


def test_a_deleted_account_leaves_no_way_in(ann: Client, subject: User, released: SubjectRequest) -> None:
    subject.delete()
    assert ann.post(download(released)).status_code == 302
    assert not Download.objects.exists()


def test_a_role_taken_away_closes_every_page_at_once(rita: Client, reviewer: User, waiting: SubjectRequest) -> None:
    address = f"/desk/{waiting.reference}/"
    assert rita.get(f"{address}sample/app/people/").status_code == 200
    Membership.objects.filter(user=reviewer).delete()
    assert [rita.get(page).status_code for page in (address, f"{address}sample/app/people/", "/desk/")] == [404] * 3
    assert rita.post(f"{address}release/").status_code == 404
    assert not Decision.objects.exists()


def test_a_withdrawn_or_refused_request_delivers_nothing(ann: Client, released: SubjectRequest) -> None:
    for status in ("withdrawn", "denied"):
        SubjectRequest.objects.filter(pk=released.pk).update(status=status, denial_reason="other")
        assert ann.post(download(released)).status_code == 404


def test_a_reviewer_who_takes_over_the_persons_address_still_decides_nothing_of_theirs(
    rita: Client, reviewer: User, waiting: SubjectRequest
) -> None:
    SubjectRequest.objects.filter(pk=waiting.pk).update(account=None, email="rita@acme.example")
    assert rita.post(f"/desk/{waiting.reference}/release/").status_code == 409
    assert not Decision.objects.exists()


def test_two_sessions_of_two_people_do_not_mix(ann: Client, otto: Client, released: SubjectRequest) -> None:
    ann.post(download(released))
    stolen = browser()
    stolen.cookies = otto.cookies
    assert stolen.post(download(released)).status_code == 404
    assert Download.objects.count() == 1
    assert not OutgoingEmail.objects.filter(to="otto@example.com").exists()
