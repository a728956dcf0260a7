"""Views of the queue that somebody saved: their own, or the team's."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Membership, Role, Tenant, User
from dsar.actions import view_keeping
from dsar.models import SavedView, SubjectRequest
from tests.dsar.conftest import account
from tests.dsar.views.conftest import browser, second_factor


@pytest.fixture
def zoe(tenant: Tenant) -> Client:
    user = account("zoe@acme.example")
    Membership.objects.create(user=user, tenant=tenant, role=Role.REVIEWER)
    return browser(second_factor(user))


def save(client: Client, **sent: str) -> int:
    status: int = client.post(
        "/desk/views/", {"name": "Late access", "type": "access", "risk": "late", **sent}
    ).status_code
    return status


def names(client: Client) -> list[str]:
    page = client.get("/desk/")
    return [str(view.name) for view in page.context["views"] if view.saved]


def test_a_view_is_ones_own_until_it_is_shared(rita: Client, zoe: Client) -> None:
    assert save(rita) == 302
    assert (names(rita), names(zoe)) == (["Late access"], [])
    save(rita, name="For all", is_shared="on")
    assert (names(rita), names(zoe)) == (["For all", "Late access"], ["For all"])


def test_it_leads_to_its_filters_and_counts(rita: Client, enquiry: SubjectRequest) -> None:
    answer = rita.post("/desk/views/", {"name": "Questions", "type": "enquiry"})
    assert answer.headers["Location"] == "/desk/?type=enquiry"
    page = rita.get("/desk/?type=enquiry")
    current = page.context["current"]
    assert (current.saved.name, current.count.number) == ("Questions", 1)
    assert "Delete this view" in page.content.decode()


def test_what_cannot_be_saved_is_said_and_stays_typed(rita: Client) -> None:
    answer = rita.post("/desk/views/", {"name": "", "type": "access"})
    assert answer.status_code == 422
    assert "Give the view a name." in answer.content.decode()
    assert save(rita) == 302
    again = rita.post("/desk/views/", {"name": "Late access", "type": "erasure"})
    assert again.status_code == 422
    assert "You have a view of this name." in again.content.decode()
    assert 'value="Late access"' in again.content.decode()
    assert "Choose at least one filter." in rita.post("/desk/views/", {"name": "All"}).content.decode()


def test_more_than_a_page_can_show_are_not_kept(rita: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(view_keeping, "MOST_OWN", 1)
    assert save(rita) == 302
    assert save(rita, name="Another") == 422


def test_it_is_deleted_by_its_owner(rita: Client, zoe: Client) -> None:
    save(rita, is_shared="on")
    view = SavedView.objects.get()
    assert zoe.post(f"/desk/views/{view.pk}/delete/").status_code == 404
    assert rita.post(f"/desk/views/{view.pk}/delete/").status_code == 302
    assert not SavedView.objects.exists()


def test_a_shared_one_of_somebody_who_left_can_be_deleted_by_any_reviewer(
    rita: Client, zoe: Client, reviewer: User
) -> None:
    save(rita, is_shared="on")
    Membership.objects.filter(user=reviewer).delete()
    assert zoe.post(f"/desk/views/{SavedView.objects.get().pk}/delete/").status_code == 302


def test_another_tenants_views_are_not_there(rita: Client, reviewer: User) -> None:
    other = Tenant.objects.create(slug="other", name="Other", contact_email="privacy@other.example")
    values = {"owner": reviewer, "query": "type=access", "is_shared": True, "created_at": timezone.now()}
    view = SavedView.objects.create(tenant=other, name="Theirs", **values)
    assert names(rita) == []
    assert rita.post(f"/desk/views/{view.pk}/delete/").status_code == 404


def test_a_view_of_words_that_are_none_filters_nothing(rita: Client, reviewer: User, enquiry: SubjectRequest) -> None:
    values = {"owner": reviewer, "query": "type=zzz&who=0x&law=%00", "created_at": timezone.now()}
    SavedView.objects.create(tenant=enquiry.tenant, name="Old", **values)
    assert rita.get("/desk/").status_code == 200
