"""Replacing the address of an account: the new one proven, the old one told."""

from __future__ import annotations

from allauth.account.models import EmailAddress
from django.test import Client

from accounts.models import OutgoingEmail, User
from tests.accounts.conftest import mailed_code, make_user, sign_in


def ask(client: Client, email: str) -> None:
    client.post("/accounts/email/", {"action_add": "", "email": email})


def test_the_new_address_takes_over_once_it_is_proven(client: Client, person: User) -> None:
    sign_in(client, person)
    ask(client, "Countess@Example.com")
    person.refresh_from_db()
    assert person.email == "ada@example.com"

    client.post("/accounts/confirm-email/", {"code": mailed_code()})

    person.refresh_from_db()
    assert person.email == "countess@example.com"
    assert list(EmailAddress.objects.filter(user=person).values_list("email", flat=True)) == ["countess@example.com"]
    assert person.email_changed_at is not None


def test_the_old_address_is_told(client: Client, person: User) -> None:
    sign_in(client, person)
    ask(client, "countess@example.com")
    client.post("/accounts/confirm-email/", {"code": mailed_code()})
    assert OutgoingEmail.objects.filter(to="ada@example.com", kind="email_changed").count() == 1


def test_a_new_account_has_not_changed_its_address(client: Client, person: User) -> None:
    client.post("/accounts/signup/", {"email": "new@example.com"})
    client.post("/accounts/confirm-email/", {"code": mailed_code()})
    assert User.objects.get(email="new@example.com").email_changed_at is None


def test_nobody_takes_over_an_address_of_another_account(client: Client, person: User) -> None:
    make_user("grace@example.com")
    sign_in(client, person)
    ask(client, "grace@example.com")
    client.post("/accounts/confirm-email/", {"code": mailed_code()})
    person.refresh_from_db()
    assert person.email == "ada@example.com"


def test_an_address_with_a_line_break_is_refused(client: Client, person: User) -> None:
    sign_in(client, person)
    response = client.post("/accounts/email/", {"action_add": "", "email": "new@example.com\nBcc: x@example.com"})
    assert b"no line breaks or hidden characters" in response.content
