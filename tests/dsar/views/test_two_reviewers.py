"""Two people on one case: whoever acts on a page that is out of date is told what has changed, and loses nothing."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Membership, Role, Tenant, User
from dsar.models import Decision, Status, StepState, SubjectRequest
from dsar.views.desk.changes import changes_since
from tests.dsar.conftest import account
from tests.dsar.views.conftest import browser, second_factor
from tests.dsar.views.test_case import DENIAL, address, status_of


@pytest.fixture
def kim(tenant: Tenant) -> Client:
    user = account("kim@acme.example")
    user.name = "Kim"
    user.save()
    Membership.objects.create(user=user, tenant=tenant, role=Role.REVIEWER)
    return browser(second_factor(user))


def seen(client: Client, subject_request: SubjectRequest) -> dict[str, str]:
    """Return what the forms of the page bring back."""
    found = re.search(r'name="seen" value="([^"]+)"', client.get(address(subject_request)).content.decode())
    assert found
    return {"seen": found[1]}


def told(response: Any) -> str:
    assert response.status_code == 409
    page: str = response.content.decode()
    assert "This case has changed since you opened it" in page
    return page


def test_an_untouched_case_is_decided(rita: Client, waiting: SubjectRequest) -> None:
    assert rita.post(address(waiting, "release/"), seen(rita, waiting)).status_code == 302
    assert status_of(waiting) == Status.FULFILLED


def test_what_a_colleague_decided_is_told_and_what_was_typed_is_kept(
    rita: Client, kim: Client, waiting: SubjectRequest
) -> None:
    before = seen(rita, waiting)
    assert kim.post(address(waiting, "release/"), seen(kim, waiting)).status_code == 302
    page = told(rita.post(address(waiting, "deny/"), DENIAL | before))
    assert "Kim has decided: Released" in page
    assert "It is “Done” now, and was “In final review” when you opened it." in page
    assert "You had one last week." in page, "the form is gone, the words are not"
    assert "This case takes it no longer" in page
    assert Decision.objects.count() == 1


def test_a_question_that_a_colleague_asked_is_told(rita: Client, kim: Client, waiting: SubjectRequest) -> None:
    before = seen(rita, waiting)
    kim.post(address(waiting, "message/"), {"text": "Which one?", "asks": "on"})
    page = told(rita.post(address(waiting, "release/"), before))
    assert "Kim has decided: Asked the person" in page
    assert status_of(waiting) == Status.AWAITING_RELEASE


def test_what_the_person_did_is_told_and_sent_again_it_goes_through(
    rita: Client, ann: Client, waiting: SubjectRequest
) -> None:
    before = seen(rita, waiting)
    ann.post(f"/requests/{waiting.reference}/message/", {"text": "I found it myself."})
    page = told(rita.post(address(waiting, "deny/"), DENIAL | before))
    assert "The person has written (today" in page
    assert "You had one last week." in page
    found = re.search(r'name="seen" value="([^"]+)"', page)
    assert found
    assert rita.post(address(waiting, "deny/"), DENIAL | {"seen": found[1]}).status_code == 302
    assert status_of(waiting) == Status.DENIED


def test_a_withdrawal_is_told(rita: Client, ann: Client, waiting: SubjectRequest) -> None:
    before = seen(rita, waiting)
    ann.post(f"/requests/{waiting.reference}/withdraw/")
    page = told(rita.post(address(waiting, "message/"), before | {"text": "A long message."}))
    assert "The person has withdrawn the request." in page
    assert "A long message." in page


def test_other_work_of_the_stores_is_told(rita: Client, waiting: SubjectRequest) -> None:
    before = seen(rita, waiting)
    waiting.steps.filter(kind="collect").update(state=StepState.FAILED, error="gone")
    assert "What the stores brought is not what you saw." in told(rita.post(address(waiting, "release/"), before))


def test_a_refused_form_does_not_hide_what_has_changed(rita: Client, ann: Client, waiting: SubjectRequest) -> None:
    before = seen(rita, waiting)
    ann.post(f"/requests/{waiting.reference}/message/", {"text": "Wait."})
    refused = rita.post(address(waiting, "deny/"), before | {"explanation": "Only words."})
    assert refused.status_code == 422
    assert "The person has written" in refused.content.decode()


def test_a_token_of_nobody_tells_nothing(waiting: SubjectRequest) -> None:
    numbers = ("²1", "-1", "9" * 30, "9" * 5000)
    for token in ("", "x", "a.b.c.d", "....", *(f"awaiting_release.{number}.1.x" for number in numbers)):
        assert changes_since(token, waiting, now=timezone.now()) == []


def test_ones_own_note_is_in_nobodys_way(rita: Client, reviewer: User, waiting: SubjectRequest) -> None:
    before = seen(rita, waiting)
    rita.post(address(waiting, "note/"), {"note-text": "Looks right."})
    assert rita.post(address(waiting, "release/"), before).status_code == 302
