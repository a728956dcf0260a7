"""Tenants, people and the ways of a browser."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from django.core.cache import cache
from django.test import Client
from pytest_django import Settings

from accounts.models import Membership, OutgoingEmail, Role, Tenant, TenantHost, User

CODE = re.compile(r"\b[B-Z]{4}-[B-Z]{4}\b")


@pytest.fixture(autouse=True)
def _no_demo_tenant(settings: Settings) -> None:
    """A loopback host is nobody's unless a test says so."""
    settings.DEFAULT_TENANT_SLUG = ""


@pytest.fixture
def tenant(db: None) -> Tenant:
    """The tenant whose host the test client asks."""
    return make_tenant("macrosora", "testserver")


@pytest.fixture
def other_tenant(db: None) -> Tenant:
    return make_tenant("acme", "acme.localhost")


@pytest.fixture
def person(tenant: Tenant) -> User:
    return make_user("ada@example.com")


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Return a way to let seconds pass for allauth and for sessions, which both read time.time()."""
    passed = [0.0]
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + passed[0])

    def let_pass(seconds: float) -> None:
        passed[0] += seconds

    return let_pass


@pytest.fixture
def secret() -> str:
    return str(generate_totp_secret())


@pytest.fixture
def reviewer(tenant: Tenant, secret: str) -> User:
    """A reviewer with an authenticator app and recovery codes."""
    user = make_user("rita@example.com")
    Membership.objects.create(user=user, tenant=tenant, role=Role.REVIEWER)
    add_second_factor(user, secret)
    return user


def make_tenant(slug: str, host: str) -> Tenant:
    tenant = Tenant.objects.create(slug=slug, name=slug.title(), contact_email=f"privacy@{slug}.example")
    TenantHost.objects.create(tenant=tenant, host=host)
    return tenant


def make_user(email: str) -> User:
    user = User.objects.create_user(email)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def add_second_factor(user: User, secret: str) -> None:
    TOTP.activate(user, secret)
    RecoveryCodes.activate(user)


def authenticator_code(secret: str) -> str:
    """Return what an authenticator app shows now, as if no code had been used before."""
    cache.clear()
    return str(format_hotp_value(hotp_value(secret, int(time.time()) // 30)))


def recovery_codes(user: User) -> list[str]:
    codes: list[str] = Authenticator.objects.get(user=user, type="recovery_codes").wrap().get_unused_codes()
    return codes


def mailed_code() -> str:
    """Return the code in the newest message."""
    found = CODE.search(OutgoingEmail.objects.latest("pk").text)
    assert found, "the newest message has no code"
    return found[0]


def ask_for_code(client: Client, email: str) -> Any:
    return client.post("/accounts/login/", {"login": email})


def enter_code(client: Client, code: str) -> Any:
    return client.post("/accounts/login/code/confirm/", {"code": code})


def sign_in(client: Client, user: User, secret: str = "") -> None:
    """Walk the sign-in pages with a mailed code, and the authenticator's code where one is due."""
    ask_for_code(client, user.email)
    enter_code(client, mailed_code())
    if secret:
        client.post("/accounts/2fa/authenticate/", {"code": authenticator_code(secret)})
    assert is_signed_in(client, user)


def is_signed_in(client: Client, user: User | None = None) -> bool:
    signed_in = client.session.get("_auth_user_id")
    return signed_in == str(user.pk) if user else signed_in is not None


def as_seen(page: Any) -> tuple[int, str | None, bytes]:
    """Return what a stranger sees of a page, without what differs anyway: the token and the address typed in."""
    text = re.sub(rb'name="csrfmiddlewaretoken" value="[^"]*"', b"", page.content)
    return page.status_code, page.headers.get("Location"), re.sub(rb"[a-z]+@example\.com", b"EMAIL", text)
