"""Passkeys: added, used alone and as a second step, asked for again, and what is refused."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client

from accounts.models import AuditEvent, Membership, OutgoingEmail, Role, Tenant, User
from tests.accounts.conftest import (
    ask_for_code,
    authenticator_code,
    enter_code,
    is_signed_in,
    mailed_code,
    make_user,
    recovery_codes,
    sign_in,
)
from tests.accounts.passkeys import Device, add, sign_in_by

SECOND_STEP = "/accounts/2fa/authenticate/"
BY_PASSKEY = "/accounts/2fa/webauthn/reauthenticate/"
DOWNLOAD = "/test/download/"


@pytest.fixture
def device() -> Device:
    return Device()


@pytest.fixture
def passkey(client: Client, person: User, device: Device) -> Authenticator:
    """A passkey of the person's, who is signed in."""
    sign_in(client, person)
    add(client, device)
    return Authenticator.objects.get(user=person, type="webauthn")


def test_a_passkey_signs_in_alone_and_is_the_second_factor(
    client: Client, person: User, passkey: Authenticator, device: Device
) -> None:
    visitor = Client()
    response = sign_in_by(visitor, device, next="/requests/")
    assert response["Location"] == "/requests/"
    assert is_signed_in(visitor, person)
    event = AuditEvent.objects.filter(verb="account.signed_in").latest("pk")
    assert event.facts == {"second_factor": True}


def test_adding_it_makes_recovery_codes_and_tells_the_owner(passkey: Authenticator, person: User) -> None:
    assert recovery_codes(person)
    assert OutgoingEmail.objects.filter(to=person.email, kind="webauthn_added").count() == 1
    assert AuditEvent.objects.filter(verb="account.second_factor_added", facts={"type": "webauthn"}).count() == 1


def test_the_mailed_code_alone_no_longer_lets_in_and_the_passkey_is_the_second_step(
    person: User, passkey: Authenticator, device: Device
) -> None:
    visitor = Client()
    ask_for_code(visitor, person.email)
    assert enter_code(visitor, mailed_code())["Location"] == SECOND_STEP
    assert not is_signed_in(visitor)
    page = visitor.get(SECOND_STEP)
    assert b"Use a passkey" in page.content
    page = visitor.post(SECOND_STEP, {"credential": "{}"})
    assert "That passkey did not work here" in page.content.decode()
    assert AuditEvent.objects.get(verb="account.second_factor_failed").facts == {"reauthentication": False}
    visitor.post(SECOND_STEP, {"credential": device.get(page.context["js_data"]["request_options"])})
    assert is_signed_in(visitor, person)


def test_an_answer_to_another_challenge_lets_nobody_in(person: User, passkey: Authenticator, device: Device) -> None:
    visitor = Client()
    page = "/accounts/2fa/webauthn/login/"
    options = visitor.get(page, headers={"X-Requested-With": "XMLHttpRequest"}).json()["request_options"]
    answer = device.get(options)
    assert visitor.post(page, {"credential": answer})["Location"] == "/"
    again = Client()
    again.get(page, headers={"X-Requested-With": "XMLHttpRequest"})
    again.post(page, {"credential": answer})
    assert not is_signed_in(again)


def test_a_key_of_nobodys_and_a_locked_device_let_nobody_in(passkey: Authenticator, device: Device) -> None:
    stranger, locked = Device(owner=device.owner), device
    for one in (stranger, Device(id=device.id, owner=device.owner)):
        visitor = Client()
        sign_in_by(visitor, one)
        assert not is_signed_in(visitor)
    locked.unlocked = False
    visitor = Client()
    sign_in_by(visitor, locked)
    assert not is_signed_in(visitor), "whoever finds the phone has not unlocked it"


def test_a_locked_device_is_not_added(client: Client, person: User) -> None:
    sign_in(client, person)
    page = add(client, Device(unlocked=False))
    assert "did not work here" in str(page.context["form"].errors)
    assert not Authenticator.objects.exists()


NO_BROWSERS = (
    *("", "{", "[]", "null", "7", '"x"', "{}", '{"response": {}}', '{"response": []}', "[" * 9000, "9" * 30_000),
    *('{"response": {"userHandle": 7}}', '{"id": "AA", "rawId": "AA", "response": {"userHandle": "!"}}'),
    # A client's data that is a list, and CBOR that is nested a thousand times.
    '{"response": {"clientDataJSON": "W10", "attestationObject": "W10"}}',
    '{"response": {"clientDataJSON": "e30", "attestationObject": "%s"}}' % ("gYGB" * 400),
)


def test_what_no_browser_sends_is_refused(client: Client, person: User) -> None:
    for answer in NO_BROWSERS[:9]:
        assert client.post("/accounts/2fa/webauthn/login/", {"credential": answer}).status_code == 302
    assert not is_signed_in(client)
    sign_in(client, person)
    client.get("/accounts/2fa/webauthn/add/")
    for answer in NO_BROWSERS:
        assert client.post("/accounts/2fa/webauthn/add/", {"credential": answer}).status_code == 200, answer[:80]
    assert not Authenticator.objects.exists()


def test_it_is_renamed_and_removed_and_its_owner_told(client: Client, person: User, passkey: Authenticator) -> None:
    page = f"/accounts/2fa/webauthn/keys/{passkey.pk}"
    assert client.post(f"{page}/edit/", {"name": "x" * 61}).status_code == 200
    assert client.post(f"{page}/edit/", {"name": "Grandma’s tablet"})["Location"] == "/accounts/2fa/webauthn/"
    assert "Grandma’s tablet" in client.get("/accounts/2fa/webauthn/", follow=True).content.decode()
    assert client.get(f"{page}/remove/").status_code == 200
    client.post(f"{page}/remove/")
    assert not Authenticator.objects.exists(), "recovery codes go with the last one"
    assert OutgoingEmail.objects.filter(to=person.email, kind="webauthn_removed").count() == 1


def test_nobody_else_touches_it(passkey: Authenticator) -> None:
    outsider = Client()
    sign_in(outsider, make_user("otto@example.com"))
    for act in ("edit", "remove"):
        assert outsider.post(f"/accounts/2fa/webauthn/keys/{passkey.pk}/{act}/", {"name": "mine"}).status_code == 404
    passkey.refresh_from_db()
    assert passkey.wrap().name == "My phone"


@pytest.mark.urls("tests.accounts.urls")
def test_it_is_asked_for_again_and_a_mailed_code_does_not_do(
    client: Client, passkey: Authenticator, device: Device, clock: Callable[[float], None]
) -> None:
    assert client.get(DOWNLOAD).status_code == 200, "adding it was a proof"
    clock(360)
    assert client.get(DOWNLOAD)["Location"].startswith(BY_PASSKEY)
    assert client.get("/accounts/reauthenticate/code/")["Location"].startswith(BY_PASSKEY)

    refused = client.post(BY_PASSKEY, {"credential": "{}", "next": DOWNLOAD})
    assert refused.status_code == 422
    assert "That passkey did not work here" in refused.content.decode()
    assert AuditEvent.objects.get(verb="account.second_factor_failed").facts == {"reauthentication": True}
    options = client.get(BY_PASSKEY).context["js_data"]["request_options"]
    answer = device.get(options)
    assert client.post(BY_PASSKEY, {"credential": answer, "next": DOWNLOAD})["Location"] == DOWNLOAD
    assert client.get(DOWNLOAD).status_code == 200


@pytest.mark.urls("tests.accounts.urls")
def test_a_passkey_of_another_person_proves_nothing(
    client: Client, passkey: Authenticator, clock: Callable[[float], None]
) -> None:
    thief, otto = Device(), Client()
    sign_in(otto, make_user("otto@example.com"))
    add(otto, thief)
    clock(360)
    options = client.get(BY_PASSKEY).context["js_data"]["request_options"]
    assert client.post(BY_PASSKEY, {"credential": thief.get(options), "next": DOWNLOAD}).status_code == 422
    assert client.get(DOWNLOAD).status_code == 302


@pytest.mark.urls("tests.accounts.urls")
def test_it_lets_people_who_work_here_in(
    client: Client, tenant: Tenant, person: User, passkey: Authenticator, device: Device
) -> None:
    Membership.objects.create(user=person, tenant=tenant, role=Role.REVIEWER)
    visitor = Client()
    sign_in_by(visitor, device)
    assert visitor.get("/test/queue/").status_code == 200


def test_an_app_and_a_passkey_are_offered_side_by_side(reviewer: User, secret: str, device: Device) -> None:
    client = Client()
    sign_in(client, reviewer, secret)
    add(client, device)
    visitor = Client()
    ask_for_code(visitor, reviewer.email)
    enter_code(visitor, mailed_code())
    page = visitor.get(SECOND_STEP).content
    assert b"Use a passkey" in page
    assert b"authenticator app" in page
    visitor.post(SECOND_STEP, {"code": authenticator_code(secret)})
    assert is_signed_in(visitor, reviewer)


def test_at_another_tenants_host_it_still_guards_the_account_and_a_recovery_code_is_the_way(
    passkey: Authenticator, person: User, other_tenant: Tenant, device: Device
) -> None:
    visitor = Client(headers={"host": "acme.localhost"})
    ask_for_code(visitor, person.email)
    assert enter_code(visitor, mailed_code())["Location"] == SECOND_STEP
    page = visitor.get(SECOND_STEP).content.decode()
    assert "Use a passkey" not in page
    assert "another company’s" in page.replace("&#x27;", "’").replace("'", "’")
    visitor.post(SECOND_STEP, {"code": recovery_codes(person)[0]})
    assert is_signed_in(visitor, person)
    assert "made at another company" in visitor.get("/accounts/2fa/").content.decode()
    add(visitor, Device(host="acme.localhost"))
    assert Authenticator.objects.filter(user=person, type="webauthn").count() == 2


def test_nobody_signs_up_by_passkey_and_passwords_stay_refused(client: Client, tenant: Tenant) -> None:
    for page in ("/accounts/signup/passkey/", "/accounts/password/set/", "/accounts/password/reset/"):
        assert client.get(page).status_code == 404
