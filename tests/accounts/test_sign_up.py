"""A new account: an address, proven by a mailed code, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.test import Client

from accounts.models import OutgoingEmail, Tenant, User
from tests.accounts.conftest import as_seen, is_signed_in, mailed_code

CONFIRM = "/accounts/confirm-email/"


def sign_up(client: Client, email: str) -> Any:
    return client.post("/accounts/signup/", {"email": email})


def test_a_new_person_signs_up_with_a_mailed_code(client: Client, tenant: Tenant) -> None:
    response = sign_up(client, "Grace@Example.com")
    assert response["Location"] == CONFIRM
    assert not is_signed_in(client)

    client.post(CONFIRM, {"code": mailed_code()})

    user = User.objects.get()
    assert user.email == "grace@example.com"
    assert not user.has_usable_password()
    assert EmailAddress.objects.get(user=user).verified
    assert is_signed_in(client, user)


def test_the_code_goes_to_the_address_through_the_outbox_of_the_tenant(client: Client, tenant: Tenant) -> None:
    sign_up(client, "grace@example.com")

    email = OutgoingEmail.objects.get()
    assert (email.tenant, email.to, email.kind) == (tenant, "grace@example.com", "email_confirmation_signup")
    assert tenant.name in email.text


def test_a_wrong_code_does_not_confirm(client: Client, tenant: Tenant) -> None:
    sign_up(client, "grace@example.com")

    response = client.post(CONFIRM, {"code": "BBBB-BBBB"})

    assert b"Incorrect code" in response.content
    assert not EmailAddress.objects.get().verified
    assert not is_signed_in(client)


def test_after_three_wrong_codes_the_right_one_is_void(client: Client, tenant: Tenant) -> None:
    sign_up(client, "grace@example.com")
    code = mailed_code()
    for _ in range(3):
        client.post(CONFIRM, {"code": "BBBB-BBBB"})

    client.post(CONFIRM, {"code": code})

    assert not EmailAddress.objects.get().verified
    assert not is_signed_in(client)


def test_a_code_is_void_after_ten_minutes(client: Client, tenant: Tenant, clock: Callable[[float], None]) -> None:
    sign_up(client, "grace@example.com")
    code = mailed_code()

    clock(601)
    client.post(CONFIRM, {"code": code})

    assert not is_signed_in(client)


@pytest.mark.parametrize("email", ["a@example.com\nBcc: b@example.com", "a\r\n@example.com", "a@example.com\n"])
def test_an_address_with_a_line_break_is_refused_with_a_clear_word(client: Client, tenant: Tenant, email: str) -> None:
    response = sign_up(client, email)

    assert b"no line breaks or hidden characters" in response.content
    assert not User.objects.exists()
    assert not OutgoingEmail.objects.exists()


@pytest.mark.parametrize("email", ["", "nobody", "a@b", f"{'a' * 10_000_000}@example.com"])
def test_what_is_no_address_is_refused(client: Client, tenant: Tenant, email: str) -> None:
    response = sign_up(client, email)

    assert response.status_code in {200, 413}  # 413: larger than any form may be
    assert not User.objects.exists()
    assert not OutgoingEmail.objects.exists()


def test_nobody_can_set_a_password(client: Client, person: User) -> None:
    client.force_login(person)
    for page in ("set", "change", "reset"):
        assert client.post(f"/accounts/password/{page}/", {"email": person.email}).status_code == 404


def test_signing_up_with_a_known_address_looks_the_same_and_makes_no_second_account(person: User) -> None:
    known, unknown = Client(), Client()

    assert walk(known, person.email) == walk(unknown, "new@example.com")

    assert User.objects.filter(email=person.email).count() == 1


def walk(client: Client, email: str) -> list[tuple[int, str | None, bytes]]:
    """Sign up and try wrong codes to the end; return all that a stranger sees of it."""
    pages = [sign_up(client, email), client.get(CONFIRM)]
    pages += [client.post(CONFIRM, {"code": "BBBB-BBBB"}) for _ in range(3)]
    return [as_seen(page) for page in pages]
