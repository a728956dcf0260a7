"""What pages say once the texts of a request are deleted, and while a hold lasts."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from dsar.actions import expiry
from dsar.actions.holding import set_hold
from dsar.actions.retention.enforce import enforce
from dsar.models import SubjectRequest
from dsar.models.choices import Status
from tests.dsar.views.conftest import file

LATER = timedelta(days=100)


@pytest.fixture
def forgotten(released: SubjectRequest) -> SubjectRequest:
    SubjectRequest.objects.filter(pk=released.pk).update(residence="uk")
    expiry.purge(now=timezone.now() + LATER)
    enforce(now=timezone.now() + LATER)
    released.refresh_from_db()
    assert released.texts_deleted_at
    return released


def test_the_person_is_told_that_the_texts_are_deleted(ann: Client, forgotten: SubjectRequest) -> None:
    assert forgotten.reference in ann.get("/requests/").content.decode()
    page = ann.get(f"/requests/{forgotten.reference}/").content.decode()
    assert "What was written here is deleted" in page
    assert "Where we looked" not in page, "nobody knows any more"
    assert "nothing of yours" not in page
    assert "No residence was stated" not in page
    assert forgotten.reference in page


def test_a_refusal_keeps_its_ground_and_the_way_to_complain(ann: Client, waiting: SubjectRequest) -> None:
    now = timezone.now()
    columns = {"denial_reason": "no_match", "explanation": "We searched by ann@example.com.", "closed_at": now}
    SubjectRequest.objects.filter(pk=waiting.pk).update(status=Status.DENIED, **columns)
    page = ann.get(f"/requests/{waiting.reference}/").content.decode()
    assert "We searched by" in page
    expiry.purge(now=now + LATER)
    enforce(now=now + LATER)
    page = ann.get(f"/requests/{waiting.reference}/").content.decode()
    assert "We searched by" not in page
    assert "No data found for this identity" in page
    assert "data protection authority" in page


def test_an_answer_that_is_deleted_is_not_taken_for_none(ann: Client, enquiry: SubjectRequest) -> None:
    columns = {"status": Status.FULFILLED, "outcome": "full", "answer": "Nobody.", "closed_at": timezone.now()}
    SubjectRequest.objects.filter(pk=enquiry.pk).update(**columns)
    enforce(now=timezone.now() + LATER)
    page = ann.get(f"/requests/{enquiry.reference}/").content.decode()
    assert "Nobody." not in page
    assert "What was written here is deleted" in page


def test_the_team_sees_that_only_the_register_is_left(rita: Client, forgotten: SubjectRequest) -> None:
    page = rita.get(f"/desk/{forgotten.reference}/").content.decode()
    assert "Only the register is left" in page
    assert "ann@example.com" not in page
    assert rita.get("/desk/?status=fulfilled").status_code == 200
    assert rita.get(f"/desk/{forgotten.reference}/sample/app/people/").status_code == 404


def test_the_team_sees_a_hold_and_the_person_does_not(
    rita: Client, ann: Client, reviewer: User, released: SubjectRequest
) -> None:
    assert "Under legal hold" not in rita.get(f"/desk/{released.reference}/").content.decode()
    set_hold(released, reason="Court <b>order</b>.", until=None, by=reviewer, now=timezone.now())
    page = rita.get(f"/desk/{released.reference}/").content.decode()
    assert "Under legal hold" in page
    assert "Court &lt;b&gt;order" in page
    assert "Court" not in ann.get(f"/requests/{released.reference}/").content.decode()


def test_a_question_without_an_account_is_forgotten_too(rita: Client, tenant: object) -> None:
    asked = file(tenant, None)  # type: ignore[arg-type]
    SubjectRequest.objects.filter(pk=asked.pk).update(
        status=Status.WITHDRAWN, closed_at=timezone.now(), sealed_key=None
    )
    enforce(now=timezone.now() + LATER)
    assert rita.get(f"/desk/{asked.reference}/").status_code == 200
