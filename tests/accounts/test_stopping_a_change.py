"""The owner of the old address stops a change that was not theirs."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.test import Client
from django.utils import timezone

from accounts.address_changes import cooling_off, forget_changes
from accounts.models import AddressChange, AuditEvent, OutgoingEmail, User
from tests.accounts.conftest import (
    add_second_factor,
    ask_for_code,
    authenticator_code,
    enter_code,
    is_signed_in,
    mailed_code,
    make_user,
    sign_in,
)
from tests.accounts.passkeys import Device, add, sign_in_by

THIEVES = "thief@example.org"


def change_to(client: Client, email: str) -> None:
    client.post("/accounts/email/", {"action_add": "", "email": email})
    client.post("/accounts/confirm-email/", {"code": mailed_code()})


def link(to: str) -> str:
    text = OutgoingEmail.objects.filter(to=to, kind="email_changed").latest("pk").text
    found = re.search(r"http://testserver(?::\d+)?(/accounts/email/stop/\S+)", text)
    assert found, text
    return found[1]


@pytest.fixture
def thief(client: Client, person: User) -> Client:
    """Somebody who sat down at the person's open session and moved the account to an address of theirs."""
    sign_in(client, person)
    change_to(client, THIEVES)
    assert User.objects.get(pk=person.pk).email == THIEVES
    return client


def test_the_link_shows_a_button_and_the_button_puts_the_address_back(thief: Client, person: User) -> None:
    owner = Client()
    page = owner.get(link(person.email))
    assert page.status_code == 200
    assert is_signed_in(thief, person), "a mail scanner opens links"
    assert User.objects.get(pk=person.pk).email == THIEVES

    assert owner.post(link("ada@example.com")).status_code == 200
    person.refresh_from_db()
    assert person.email == "ada@example.com"
    assert list(EmailAddress.objects.values_list("email", "verified", "primary")) == [("ada@example.com", True, True)]
    assert thief.get("/requests/").status_code == 302, "everybody is signed out at once"
    sign_in(owner, person)
    told = OutgoingEmail.objects.filter(kind="email_change_stopped").values_list("to", flat=True)
    assert set(told) == {"ada@example.com", THIEVES}
    event = AuditEvent.objects.get(verb="account.email_change_stopped")
    assert (event.actor_kind, event.target_id, event.facts) == ("system", str(person.pk), {})


def test_it_works_once_and_not_after_its_time(thief: Client, person: User) -> None:
    address = link(person.email)
    AddressChange.objects.update(changed_at=timezone.now() - cooling_off())
    assert Client().post(address).status_code == 410
    assert User.objects.get(pk=person.pk).email == THIEVES
    AddressChange.objects.update(changed_at=timezone.now() - cooling_off() + timedelta(minutes=1))
    assert Client().post(address).status_code == 200
    assert Client().post(address).status_code == 410


@pytest.mark.parametrize("token", ["1", "1:x", "x", "1:" + "A" * 43])
def test_a_made_up_link_does_nothing(thief: Client, person: User, token: str) -> None:
    assert Client().post(f"/accounts/email/stop/{token}/").status_code == 410
    assert User.objects.get(pk=person.pk).email == THIEVES


def test_a_thief_who_moves_on_does_not_move_it_back(thief: Client, person: User) -> None:
    change_to(thief, "thief@example.net")
    theirs = link(THIEVES)
    assert Client().post(link("ada@example.com")).status_code == 200
    assert Client().post(theirs).status_code == 410
    assert User.objects.get(pk=person.pk).email == "ada@example.com"


def test_a_code_that_was_mailed_to_the_other_address_lets_nobody_in(thief: Client, person: User) -> None:
    waiting = Client()
    ask_for_code(waiting, THIEVES)
    code = mailed_code()
    Client().post(link(person.email))
    before = OutgoingEmail.objects.count()
    answer = enter_code(waiting, code)
    assert not is_signed_in(waiting)
    assert answer["Location"] == "/accounts/login/"
    assert "no longer works" in waiting.get("/accounts/login/").content.decode()
    assert OutgoingEmail.objects.count() == before, "no new code to the thief's address"


def test_nor_after_the_second_step(thief: Client, person: User, secret: str) -> None:
    """The second factor is older than the theft; who waits between the steps is not let through."""
    add_second_factor(person, secret)
    Authenticator.objects.update(created_at=timezone.now() - timedelta(days=30))
    waiting = Client()
    ask_for_code(waiting, THIEVES)
    enter_code(waiting, mailed_code())
    Client().post(link("ada@example.com"))
    waiting.post("/accounts/2fa/authenticate/", {"code": authenticator_code(secret)})
    assert not is_signed_in(waiting)
    assert Authenticator.objects.filter(type="totp").exists(), "what was there before stays"


def test_a_passkey_of_the_thiefs_goes(thief: Client, person: User) -> None:
    device = Device()
    add(thief, device)
    Client().post(link(person.email))
    assert not Authenticator.objects.exists()
    visitor = Client()
    sign_in_by(visitor, device)
    assert not is_signed_in(visitor)


def test_what_is_private_waits_anew(thief: Client, person: User) -> None:
    User.objects.update(email_changed_at=timezone.now() - timedelta(hours=71))
    Client().post(link(person.email))
    person.refresh_from_db()
    assert person.email_changed_at is not None
    assert timezone.now() - person.email_changed_at < timedelta(minutes=1)


def test_an_old_address_with_an_account_of_its_own_is_for_a_person_to_sort_out(thief: Client, person: User) -> None:
    make_user("ada@example.com")
    answer = Client().post(link("ada@example.com"))
    assert answer.status_code == 409
    assert "privacy@macrosora.example" in answer.content.decode()
    assert User.objects.get(pk=person.pk).email == THIEVES
    assert AddressChange.objects.get().stopped_at is None


def test_the_old_address_is_forgotten_when_the_time_is_over(thief: Client) -> None:
    assert forget_changes(now=timezone.now() + cooling_off() - timedelta(minutes=1)) == 0
    assert forget_changes(now=timezone.now() + cooling_off()) == 1


def test_the_page_says_calmly_what_waits(thief: Client) -> None:
    assert "downloads, corrections and deletion wait until" in thief.get("/accounts/email/").content.decode()
    User.objects.update(email_changed_at=timezone.now() - cooling_off())
    assert "wait until" not in thief.get("/accounts/email/").content.decode()
