"""Authenticator apps and recovery codes."""

from __future__ import annotations

import re
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client
from pytest_django import Settings

from accounts.keyring import KeyringError
from accounts.models import Tenant, User
from tests.accounts.conftest import (
    ask_for_code,
    authenticator_code,
    enter_code,
    is_signed_in,
    mailed_code,
    recovery_codes,
    sign_in,
)


def reach_second_step(client: Client, user: User) -> None:
    ask_for_code(client, user.email)
    assert enter_code(client, mailed_code())["Location"] == "/accounts/2fa/authenticate/"


def authenticate(client: Client, code: str) -> Any:
    return client.post("/accounts/2fa/authenticate/", {"code": code})


def set_up(client: Client) -> str:
    """Set up an authenticator app; return its secret."""
    page = client.get("/accounts/2fa/totp/activate/")
    secret: str = page.context["form"].secret
    client.post("/accounts/2fa/totp/activate/", {"code": authenticator_code(secret)})
    return secret


@pytest.mark.django_db(transaction=True)  # allauth announces the set-up after the commit
def test_a_person_sets_up_an_app_and_signs_in_with_it(client: Client, person: User) -> None:
    sign_in(client, person)
    secret = set_up(client)
    assert {a.type for a in Authenticator.objects.filter(user=person)} == {"totp", "recovery_codes"}
    client.post("/accounts/logout/")

    reach_second_step(client, person)
    assert not is_signed_in(client)
    authenticate(client, authenticator_code(secret))
    assert is_signed_in(client, person)


def test_the_app_shows_the_tenants_name(client: Client, person: User, tenant: Tenant) -> None:
    sign_in(client, person)
    page = client.get("/accounts/2fa/totp/activate/")
    assert f"issuer={tenant.name}" in page.context["totp_url"]


def test_a_wrong_code_sets_nothing_up(client: Client, person: User) -> None:
    sign_in(client, person)
    client.get("/accounts/2fa/totp/activate/")
    client.post("/accounts/2fa/totp/activate/", {"code": "000000"})
    assert not Authenticator.objects.exists()


def test_the_mailed_code_alone_does_not_let_in(client: Client, reviewer: User) -> None:
    reach_second_step(client, reviewer)
    assert b"Incorrect code" in authenticate(client, "000000").content
    assert not is_signed_in(client)


def test_an_apps_code_works_once(client: Client, reviewer: User, secret: str) -> None:
    code = authenticator_code(secret)
    reach_second_step(client, reviewer)
    authenticate(client, code)
    assert is_signed_in(client, reviewer)

    thief = Client()
    reach_second_step(thief, reviewer)
    authenticate(thief, code)
    assert not is_signed_in(thief)


def test_guessing_is_stopped(client: Client, reviewer: User, secret: str) -> None:
    code = authenticator_code(secret)
    reach_second_step(client, reviewer)
    for guess in range(6):
        authenticate(client, f"{guess:06}")
    assert b"Too many" in authenticate(client, code).content
    assert not is_signed_in(client)


def test_a_recovery_code_works_once(client: Client, reviewer: User) -> None:
    code = recovery_codes(reviewer)[0]
    reach_second_step(client, reviewer)
    authenticate(client, code)
    assert is_signed_in(client, reviewer)
    client.post("/accounts/logout/")

    reach_second_step(client, reviewer)
    authenticate(client, code)
    assert not is_signed_in(client)


def test_no_secret_lies_open_in_the_database(reviewer: User, secret: str) -> None:
    stored = str(list(Authenticator.objects.values_list("data", flat=True)))
    assert secret not in stored
    assert not re.search(r"[0-9a-f]{80}", stored), "the seed of the recovery codes"


def test_a_second_factor_that_cannot_be_read_lets_nobody_in(client: Client, reviewer: User, settings: Settings) -> None:
    reach_second_step(client, reviewer)
    settings.PORTAL_MASTER_KEYS = [b"x" * 32]
    with pytest.raises(KeyringError):
        authenticate(client, "123456")
    assert not is_signed_in(client)
