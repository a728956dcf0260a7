"""Who may do what, and the ladder that every staff view climbs."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import Client

from accounts.models import Membership, Role, Tenant, User
from accounts.permissions import ROLE_PERMISSIONS, Permission, permissions_of
from tests.accounts.conftest import add_second_factor, authenticator_code, make_user, sign_in

pytestmark = pytest.mark.urls("tests.accounts.urls")

QUEUE = "/test/queue/"
PAYLOAD = "/test/payload/7/"

TABLE = {
    Role.REVIEWER: "see_queue read_payloads decide release answer_enquiry record_exception",
    Role.APPROVER: "see_queue read_payloads approve_second",
    Role.AUDITOR: "see_queue see_audit",
    Role.ADMINISTRATOR: "manage_team manage_settings",
}


def give(user: User, tenant: Tenant, *roles: Role) -> None:
    for role in roles:
        Membership.objects.create(user=user, tenant=tenant, role=role)


@pytest.mark.parametrize("role", list(Role))
def test_the_table_is_what_was_agreed(role: Role) -> None:
    assert ROLE_PERMISSIONS[role] == {Permission(name) for name in TABLE[role].split()}


def test_only_reviewer_and_approver_read_payloads() -> None:
    readers = {role for role, allowed in ROLE_PERMISSIONS.items() if Permission.READ_PAYLOADS in allowed}
    assert readers == {Role.REVIEWER, Role.APPROVER}


def test_nobody_decides_and_approves_as_the_second_by_one_role() -> None:
    assert not any({Permission.DECIDE, Permission.APPROVE_SECOND} <= allowed for allowed in ROLE_PERMISSIONS.values())


def test_every_permission_is_somebodys() -> None:
    assert frozenset().union(*ROLE_PERMISSIONS.values()) == frozenset(Permission)


def test_roles_add_up(person: User, tenant: Tenant) -> None:
    give(person, tenant, Role.ADMINISTRATOR, Role.AUDITOR)
    expected = ROLE_PERMISSIONS[Role.ADMINISTRATOR] | ROLE_PERMISSIONS[Role.AUDITOR]
    assert permissions_of(person, tenant) == expected


def test_without_a_role_there_is_nothing(person: User, tenant: Tenant) -> None:
    assert permissions_of(person, tenant) == frozenset()
    assert permissions_of(AnonymousUser(), tenant) == frozenset()


def test_a_superuser_has_nothing_by_that(tenant: Tenant) -> None:
    assert permissions_of(User.objects.create_superuser("root@example.com"), tenant) == frozenset()


def test_an_inactive_account_has_nothing(reviewer: User, tenant: Tenant) -> None:
    reviewer.is_active = False
    assert permissions_of(reviewer, tenant) == frozenset()


def test_staff_with_their_second_factor_come_in(client: Client, reviewer: User, secret: str) -> None:
    sign_in(client, reviewer, secret)
    assert client.get(QUEUE).content == b"the queue"
    assert client.get(PAYLOAD).content == b"payload 7"


def test_anonymous_is_sent_to_sign_in(client: Client, tenant: Tenant) -> None:
    assert client.get(f"{QUEUE}?page=2")["Location"] == "/accounts/login/?next=/test/queue/%3Fpage%3D2"


def test_a_subject_is_not_told_that_the_page_exists(client: Client, person: User) -> None:
    sign_in(client, person)
    assert client.get(QUEUE).status_code == 404


def test_staff_of_another_tenant_are_not_told_either(
    client: Client, person: User, other_tenant: Tenant, secret: str
) -> None:
    give(person, other_tenant, Role.REVIEWER)
    add_second_factor(person, secret)
    sign_in(client, person, secret)
    assert client.get(QUEUE).status_code == 404


def test_a_colleague_without_the_right_is_refused(client: Client, person: User, tenant: Tenant, secret: str) -> None:
    give(person, tenant, Role.AUDITOR)
    add_second_factor(person, secret)
    sign_in(client, person, secret)
    assert client.get(QUEUE).status_code == 200
    assert client.get(PAYLOAD).status_code == 403


def test_staff_without_a_second_factor_are_sent_to_set_one_up_and_told_why(
    client: Client, person: User, tenant: Tenant
) -> None:
    give(person, tenant, Role.REVIEWER)
    sign_in(client, person)
    response = client.get(QUEUE, follow=True)
    assert response.redirect_chain == [("/accounts/2fa/", 302)]
    assert any("second factor" in str(message) for message in response.context["messages"])


def test_staff_who_came_without_their_second_factor_are_asked_for_it(
    client: Client, reviewer: User, secret: str
) -> None:
    client.force_login(reviewer)
    location = client.get(QUEUE)["Location"]
    assert location == "/accounts/2fa/reauthenticate/?next=%2Ftest%2Fqueue%2F"

    client.post("/accounts/2fa/reauthenticate/", {"code": authenticator_code(secret), "next": QUEUE})
    assert client.get(QUEUE).status_code == 200


@pytest.mark.django_db(transaction=True)  # allauth announces the set-up after the commit
def test_setting_it_up_is_proof_enough_to_go_on(client: Client, person: User, tenant: Tenant) -> None:
    give(person, tenant, Role.REVIEWER)
    sign_in(client, person)
    secret = client.get("/accounts/2fa/totp/activate/").context["form"].secret
    client.post("/accounts/2fa/totp/activate/", {"code": authenticator_code(secret)})
    assert client.get(QUEUE).status_code == 200


def test_a_role_taken_away_counts_at_once(client: Client, reviewer: User, secret: str) -> None:
    sign_in(client, reviewer, secret)
    Membership.objects.filter(user=reviewer).delete()
    assert client.get(QUEUE).status_code == 404


def test_a_role_is_held_once(person: User, tenant: Tenant) -> None:
    from django.db import IntegrityError

    give(person, tenant, Role.REVIEWER)
    with pytest.raises(IntegrityError):
        give(person, tenant, Role.REVIEWER)


def test_an_email_belongs_to_one_account_whatever_its_case(person: User) -> None:
    from django.db import IntegrityError

    with pytest.raises(IntegrityError):
        User.objects.bulk_create([User(email="ADA@example.com")])


def test_create_user_keeps_the_normal_form(tenant: Tenant) -> None:
    assert make_user(" Ada@EXAMPLE.com").email == "ada@example.com"
