"""What the account's messages say: three parts each, the tenant's name, an address of this host, no password."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import OutgoingEmail, User
from tests.accounts.conftest import mailed_code, sign_in


def sign_in_unknown(client: Client, person: User) -> None:
    client.post("/accounts/login/", {"login": "nobody@example.com"})


def sign_up_known(client: Client, person: User) -> None:
    client.post("/accounts/signup/", {"email": person.email})


def sign_up_new(client: Client, person: User) -> None:
    client.post("/accounts/signup/", {"email": "new@example.com"})


def ask_to_sign_in(client: Client, person: User) -> None:
    client.post("/accounts/login/", {"login": person.email})


def ask_again(client: Client, person: User) -> None:
    client.force_login(person)
    client.post("/accounts/reauthenticate/code/", {"action": "send"})


def change_address(client: Client, person: User) -> None:
    sign_in(client, person)
    client.post("/accounts/email/", {"action_add": "", "email": "countess@example.com"})
    client.post("/accounts/confirm-email/", {"code": mailed_code()})


@pytest.mark.parametrize(
    ("act", "kind", "says"),
    [
        (ask_to_sign_in, "login_code", "signing in"),
        (sign_up_new, "email_confirmation_signup", "this address is yours"),
        (ask_again, "reauthentication_code", "still you"),
        (sign_in_unknown, "unknown_account", "http://testserver/accounts/signup/"),
        (sign_up_known, "account_already_exists", "http://testserver/accounts/login/"),
        (change_address, "email_changed", "no longer to this one"),
    ],
)
def test_each_message_is_complete(client: Client, person: User, act: object, kind: str, says: str) -> None:
    act(client, person)  # type: ignore[operator]
    email = OutgoingEmail.objects.latest("pk")
    assert email.kind == kind
    assert says in email.text
    assert says in email.html
    for part in (email.text, email.html):
        assert "Macrosora" in part
        assert "privacy@macrosora.example" in part
        assert "assword" not in part
        assert "{{" not in part
    assert email.subject
    assert "\n" not in email.subject


def test_the_old_address_is_not_told_the_new_one(client: Client, person: User) -> None:
    change_address(client, person)
    email = OutgoingEmail.objects.get(kind="email_changed")
    assert "countess" not in email.text + email.html
