"""The team's page: who is invited, what they may do, and that it ends at once."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.audit import SYSTEM
from accounts.models import AuditEvent, Membership, OutgoingEmail, Role, Tenant, User
from accounts.permissions import permissions_of
from accounts.team import TeamError, remove_member
from tests.dsar.conftest import account
from tests.dsar.views.conftest import browser, second_factor


@pytest.fixture
def administrator(tenant: Tenant) -> User:
    user = account("ada@acme.example")
    Membership.objects.create(user=user, tenant=tenant, role=Role.ADMINISTRATOR)
    return user


@pytest.fixture
def ada(administrator: User) -> Client:
    return browser(second_factor(administrator))


def roles_of(user: User, tenant: Tenant) -> set[str]:
    return set(Membership.objects.filter(user=user, tenant=tenant).values_list("role", flat=True))


@pytest.mark.thorough
def test_somebody_is_invited(ada: Client, tenant: Tenant, administrator: User) -> None:
    data = {"email": "New@Acme.Example", "name": "Nora New", "roles": ["reviewer", "auditor"]}
    said = ada.post("/desk/team/invite/", data, follow=True).content.decode()
    user = User.objects.get(email="new@acme.example")
    assert roles_of(user, tenant) == {"reviewer", "auditor"}
    assert "Nora New" in said
    assert "Not yet" in said, "no second factor"
    message = OutgoingEmail.objects.get(kind="team_joined")
    assert (message.to, "Auditor, Reviewer" in message.text) == ("new@acme.example", True)
    events = AuditEvent.objects.filter(verb="membership.added", target_id=str(user.pk))
    assert {event.facts["role"] for event in events} == {"reviewer", "auditor"}
    assert {event.actor_id for event in events} == {administrator.pk}
    assert "new@acme.example was given the role “Reviewer”" in said
    assert ada.post("/desk/team/invite/", data).status_code == 409


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"email": "nobody", "roles": ["reviewer"]}, "This is no email address."),
        ({"email": "new@acme.example"}, "Choose one role at least."),
        ({"email": "new@acme.example", "roles": ["owner"]}, "Select a valid choice"),
        ({"email": "ada@acme.example", "roles": ["reviewer"]}, "a member of the team already"),
    ],
)
def test_a_bad_invitation_changes_nothing(ada: Client, data: dict[str, Any], message: str) -> None:
    before = Membership.objects.count()
    refused = ada.post("/desk/team/invite/", data)
    assert refused.status_code in (409, 422)
    assert message in refused.content.decode()
    assert Membership.objects.count() == before
    assert not OutgoingEmail.objects.filter(kind__startswith="team_").exists()


def test_roles_change_and_end_at_once(ada: Client, rita: Client, reviewer: User, tenant: Tenant) -> None:
    address = f"/desk/team/{reviewer.pk}/"
    assert rita.get("/desk/").status_code == 200
    assert ada.post(address, {"roles": ["auditor"]}).status_code == 302
    assert roles_of(reviewer, tenant) == {"auditor"}
    assert "Auditor" in OutgoingEmail.objects.get(kind="team_changed").text
    assert "Nothing was changed." in ada.post(address, {"roles": ["auditor"]}, follow=True).content.decode()
    assert ada.post(address).status_code == 302
    assert not permissions_of(reviewer, tenant)
    assert rita.get("/desk/").status_code == 404, "the session goes on, the desk does not"
    assert "left the privacy team" in OutgoingEmail.objects.filter(kind="team_changed").latest("pk").subject
    assert ada.get(address).status_code == 404
    history = ada.get("/desk/team/").content.decode()
    assert "The role “Auditor” was taken from rita@acme.example" in history


def test_the_last_administrator_stays(ada: Client, administrator: User, tenant: Tenant) -> None:
    refused = ada.post(f"/desk/team/{administrator.pk}/", {"roles": ["reviewer"]})
    assert refused.status_code == 409
    assert "the last administrator stays" in refused.content.decode()
    assert roles_of(administrator, tenant) == {"administrator"}, "nothing of it was done"
    asleep = account("zed@acme.example")
    Membership.objects.create(user=asleep, tenant=tenant, role=Role.ADMINISTRATOR)
    User.objects.filter(pk=asleep.pk).update(is_active=False)
    with pytest.raises(TeamError):
        remove_member(tenant=tenant, email="ada@acme.example", role=Role.ADMINISTRATOR, by=SYSTEM, at=timezone.now())
    User.objects.filter(pk=asleep.pk).update(is_active=True)
    assert ada.post(f"/desk/team/{administrator.pk}/").status_code == 302
    assert ada.get("/desk/team/").status_code == 404


def test_nobody_of_another_team_is_seen_or_changed(ada: Client, tenant: Tenant) -> None:
    other = Tenant.objects.create(slug="other", name="Other", contact_email="p@other.example")
    foreign = account("fred@other.example")
    Membership.objects.create(user=foreign, tenant=other, role=Role.REVIEWER)
    assert ada.get(f"/desk/team/{foreign.pk}/").status_code == 404
    assert ada.post(f"/desk/team/{foreign.pk}/").status_code == 404
    assert roles_of(foreign, other) == {"reviewer"}
    assert "fred@" not in ada.get("/desk/team/").content.decode()
