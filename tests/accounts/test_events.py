"""What happens at sign-in stands in the tenant's audit trail: ids and codes, and no secret."""

from __future__ import annotations

import json

import pytest
from django.test import Client

from accounts.audit.verify import verify_tenant
from accounts.models import AuditEvent, OutgoingEmail, Tenant, User
from tests.accounts.conftest import (
    ask_for_code,
    authenticator_code,
    enter_code,
    mailed_code,
    recovery_codes,
    sign_in,
)


def events() -> list[tuple[str, dict[str, object]]]:
    return [(event.verb, event.facts) for event in AuditEvent.objects.order_by("sequence")]


def test_sign_up_sign_in_and_sign_out(client: Client, tenant: Tenant) -> None:
    client.post("/accounts/signup/", {"email": "new@example.com"})
    client.post("/accounts/confirm-email/", {"code": "BBBB-BBBB"})
    client.post("/accounts/confirm-email/", {"code": mailed_code()})
    client.post("/accounts/logout/")
    assert events() == [
        ("account.signed_up", {}),
        ("account.code_failed", {"step": "email_verification", "last_attempt": False}),
        ("account.signed_in", {"second_factor": False}),
        ("account.signed_out", {}),
    ]
    user = User.objects.get()
    assert {(event.actor_kind, event.actor_id, event.target_id) for event in AuditEvent.objects.all()} == {
        ("subject", user.pk, str(user.pk))
    }


def test_every_wrong_code_and_the_last_of_them(client: Client, person: User) -> None:
    ask_for_code(client, person.email)
    for _ in range(3):
        enter_code(client, "BBBB-BBBB")
    expected = [{"step": "sign_in", "last_attempt": last} for last in (False, False, True)]
    assert events() == [("account.code_failed", facts) for facts in expected]


def test_a_stranger_guessing_at_no_account_leaves_nothing(client: Client, tenant: Tenant) -> None:
    ask_for_code(client, "nobody@example.com")
    enter_code(client, "BBBB-BBBB")
    assert events() == []


def test_staff_with_and_without_the_right_second_factor(client: Client, reviewer: User, secret: str) -> None:
    ask_for_code(client, reviewer.email)
    enter_code(client, mailed_code())
    client.post("/accounts/2fa/authenticate/", {"code": "000000"})
    client.post("/accounts/2fa/authenticate/", {"code": authenticator_code(secret)})
    client.post("/accounts/2fa/reauthenticate/", {"code": recovery_codes(reviewer)[0]})
    assert events() == [
        ("account.second_factor_failed", {"reauthentication": False}),
        ("account.signed_in", {"second_factor": True}),
        ("account.reauthenticated", {"method": "mfa"}),
    ]
    assert set(AuditEvent.objects.values_list("actor_kind", flat=True)) == {"staff"}


@pytest.mark.django_db(transaction=True)  # allauth announces most of these after the commit
def test_the_second_factor_set_up_renewed_and_removed(client: Client, person: User) -> None:
    sign_in(client, person)
    secret = client.get("/accounts/2fa/totp/activate/").context["form"].secret
    client.post("/accounts/2fa/totp/activate/", {"code": authenticator_code(secret)})
    client.post("/accounts/2fa/recovery-codes/generate/")
    client.post("/accounts/2fa/totp/deactivate/")
    told = events()
    for expected in [
        ("account.second_factor_added", {"type": "totp"}),
        ("account.second_factor_added", {"type": "recovery_codes"}),
        ("account.recovery_codes_renewed", {}),
        ("account.second_factor_removed", {"type": "totp"}),
        ("account.second_factor_removed", {"type": "recovery_codes"}),
    ]:
        assert expected in told
    for kind in ("totp_activated", "recovery_codes_generated", "totp_deactivated"):
        assert "If it was not you" in OutgoingEmail.objects.get(kind=kind).html


def test_reauthentication_by_a_mailed_code(client: Client, person: User) -> None:
    client.force_login(person)
    client.post("/accounts/reauthenticate/code/", {"action": "send"})
    client.post("/accounts/reauthenticate/code/", {"code": "BBBB-BBBB"})
    client.post("/accounts/reauthenticate/code/", {"code": mailed_code()})
    assert events() == [
        ("account.code_failed", {"step": "reauthentication", "last_attempt": False}),
        ("account.reauthenticated", {"method": "code"}),
    ]


def test_an_address_that_was_changed(client: Client, person: User) -> None:
    sign_in(client, person)
    client.post("/accounts/email/", {"action_add": "", "email": "countess@example.com"})
    client.post("/accounts/confirm-email/", {"code": mailed_code()})
    assert ("account.email_changed", {}) in events()


def test_no_address_code_or_secret_is_in_the_trail(client: Client, reviewer: User, secret: str, tenant: Tenant) -> None:
    secrets = [reviewer.email, "rita", secret, *recovery_codes(reviewer)]
    ask_for_code(client, reviewer.email)
    secrets += [mailed_code(), "127.0.0.1"]
    enter_code(client, "CCCC-CCCC")
    enter_code(client, mailed_code())
    secrets.append(authenticator_code(secret))
    client.post("/accounts/2fa/authenticate/", {"code": secrets[-1]})

    columns = list(AuditEvent.objects.values("verb", "actor_kind", "actor_id", "target_type", "target_id", "facts"))
    told = json.dumps(columns)
    assert len(columns) == 2
    assert [secret for secret in [*secrets, "CCCC"] if secret in told] == []
    assert verify_tenant(tenant.slug).holds
