"""What the pages tell of an account that is hidden while its deletion waits."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Tenant, User
from dsar.actions.erasing.deciding import open_order
from dsar.actions.suspending import running
from dsar.models import RequestType, SubjectRequest, Suspension, Visibility
from tests.dsar.suspending import ask, hidden, make_hideable, pages_database
from tests.dsar.views.conftest import file, stale

pytestmark = pytest.mark.thorough

CHECK = "/requests/new/check/"


@pytest.fixture(autouse=True)
def _hideable(tenant: Tenant) -> None:
    make_hideable(tenant)


@pytest.fixture
def asked(tenant: Tenant, subject: User) -> SubjectRequest:
    return ask(tenant, subject, timezone.now())


def desk(subject_request: SubjectRequest) -> str:
    return f"/desk/{subject_request.reference}/"


def own(subject_request: SubjectRequest, page: str = "") -> str:
    return f"/requests/{subject_request.reference}/{page}"


def text(client: Client, address: str) -> str:
    return client.get(address).content.decode()


def test_who_has_just_signed_in_has_the_account_hidden(tenant: Tenant, ann: Client) -> None:
    ann.post("/requests/new/", {"type": "erasure"})
    page = text(ann, CHECK)
    assert "Meanwhile your account is hidden where that is possible" in page
    token = page.partition('name="token" value="')[2].partition('"')[0]
    assert ann.post(CHECK, {"token": token}).status_code == 302
    assert Suspension.objects.get().wanted == Visibility.HIDDEN
    running.run_due(clock=timezone.now)
    assert hidden(tenant) == ([0], [1, 3, 4])


def test_who_signed_in_long_ago_shows_first_who_they_are(ann: Client) -> None:
    ann.post("/requests/new/", {"type": "erasure"})
    token = text(ann, CHECK).partition('name="token" value="')[2].partition('"')[0]
    asked_again = stale(ann).post(CHECK, {"token": token})
    assert (asked_again.status_code, "reauthenticate" in asked_again.headers["Location"]) == (302, True)
    assert not SubjectRequest.objects.exists()


def test_other_requests_need_no_second_proof(ann: Client) -> None:
    ann.post("/requests/new/", {"type": "access"})
    token = text(ann, CHECK).partition('name="token" value="')[2].partition('"')[0]
    stale(ann).post(CHECK, {"token": token})
    assert SubjectRequest.objects.get().type == RequestType.ACCESS
    assert not Suspension.objects.exists()


def test_the_person_is_told(ann: Client, asked: SubjectRequest) -> None:
    assert "Your account is being hidden" in text(ann, own(asked))
    running.run_due(clock=timezone.now)
    assert "Your account is hidden meanwhile. If you withdraw the request, it is shown again" in text(ann, own(asked))
    ann.post(own(asked, "withdraw/"))
    assert "Your account is being shown again as it was" in text(ann, own(asked))
    running.run_due(clock=timezone.now)
    assert "Your account is" not in text(ann, own(asked))


def test_the_person_is_told_nothing_that_is_not_so(ann: Client, tenant: Tenant, subject: User) -> None:
    asked = ask(tenant, subject, timezone.now(), is_fresh=False)
    assert "Your account is" not in text(ann, own(asked))


def test_the_team_sees_where_it_is_hidden_and_where_that_is_not_possible(rita: Client, asked: SubjectRequest) -> None:
    page = text(rita, desk(asked))
    assert page.count("Being hidden") == 2
    running.run_due(clock=timezone.now)
    page = text(rita, desk(asked))
    assert page.count("eye-off") >= 2
    assert "Profile pages" in page
    assert "since" in page
    assert "Not possible in 3 collections" in page


def test_the_team_sees_what_waits_and_why(
    rita: Client, ann: Client, asked: SubjectRequest, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dsar.fulfilment.engine.WAITS", ())
    away = pages_database(tenant).rename(pages_database(tenant).with_suffix(".away"))
    running.run_due(clock=timezone.now)
    page = text(rita, desk(asked))
    assert "Tried again until it is done" in page
    assert "Waits: the store does not answer" in page
    assert "tried 1 time, again" in page
    assert "ann@example.com:" not in page
    away.rename(pages_database(tenant))
    Suspension.objects.update(not_before=timezone.now())
    running.run_due(clock=timezone.now)
    assert "Tried again until it is done" not in text(rita, desk(asked))
    ann.post(own(asked, "withdraw/"))
    assert text(rita, desk(asked)).count("Being shown again") == 2
    running.run_due(clock=timezone.now)
    assert text(rita, desk(asked)).count("Shown") == 2


def test_the_team_sees_that_a_code_alone_hides_nobody(rita: Client, tenant: Tenant) -> None:
    asked = file(tenant, None, RequestType.ERASURE)
    assert "Hiding of the account" not in text(rita, desk(asked)), "nobody has proven anything yet"
    SubjectRequest.objects.filter(pk=asked.pk).update(verified_at=timezone.now(), status="awaiting_review")
    asked.refresh_from_db()
    open_order(asked, now=timezone.now())
    assert "the request was proven by a mailed code alone" in text(rita, desk(asked))
