"""What happens at sign-in goes into the audit trail of the tenant whose host was asked: ids and codes only.

A request without a tenant (a shell, a test's own session) has no trail to write to.
"""

from __future__ import annotations

from typing import Any

from allauth.account import signals as account_signals
from allauth.mfa import signals as mfa_signals
from allauth.mfa.models import Authenticator
from django.contrib.auth.signals import user_logged_out
from django.db import transaction
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone

from accounts.address_changes import note_change
from accounts.audit import record
from accounts.models import Tenant, User
from accounts.reauth.freshness import SECOND_FACTORS, remember_proof, remember_sign_in, used_second_factor
from accounts.signals import reauthentication_code_rejected


def _record(request: HttpRequest | None, user: User | None, verb: str, **facts: int | str) -> None:
    tenant: Tenant | None = getattr(request, "tenant", None)
    if tenant is None or user is None:
        return
    with transaction.atomic():
        record(tenant=tenant, verb=verb, by=user, at=timezone.now(), target=user, facts=facts)


@receiver(account_signals.user_signed_up)
def _signed_up(request: HttpRequest, user: User, **_: Any) -> None:
    _record(request, user, "account.signed_up")


@receiver(account_signals.user_logged_in)
def _signed_in(request: HttpRequest, user: User, **_: Any) -> None:
    remember_sign_in(request, user)
    _record(request, user, "account.signed_in", second_factor=used_second_factor(request, user))


@receiver(user_logged_out)
def _signed_out(request: HttpRequest | None, user: User | None, **_: Any) -> None:
    _record(request, user, "account.signed_out")


@receiver(account_signals.login_code_rejected)
def _login_code_failed(request: HttpRequest, user: User, last_attempt: bool, **_: Any) -> None:
    _record(request, user, "account.code_failed", step="sign_in", last_attempt=last_attempt)


@receiver(account_signals.email_verification_code_rejected)
def _verification_code_failed(request: HttpRequest, user: User, last_attempt: bool, **_: Any) -> None:
    _record(request, user, "account.code_failed", step="email_verification", last_attempt=last_attempt)


@receiver(reauthentication_code_rejected)
def _reauthentication_code_failed(request: HttpRequest, user: User, last_attempt: bool, **_: Any) -> None:
    _record(request, user, "account.code_failed", step="reauthentication", last_attempt=last_attempt)


@receiver(mfa_signals.authentication_failed)
def _second_factor_failed(request: HttpRequest, user: User, reauthentication: bool = False, **_: Any) -> None:
    _record(request, user, "account.second_factor_failed", reauthentication=reauthentication)


@receiver(mfa_signals.authenticator_added)
def _second_factor_added(request: HttpRequest, user: User, authenticator: Authenticator, **_: Any) -> None:
    _record(request, user, "account.second_factor_added", type=authenticator.type)
    if authenticator.type in SECOND_FACTORS:
        remember_proof(request, user, method="mfa")  # setting it up took a code or a signature from it


@receiver(mfa_signals.authenticator_removed)
def _second_factor_removed(request: HttpRequest, user: User, authenticator: Authenticator, **_: Any) -> None:
    _record(request, user, "account.second_factor_removed", type=authenticator.type)


@receiver(mfa_signals.authenticator_reset)
def _recovery_codes_renewed(request: HttpRequest, user: User, **_: Any) -> None:
    _record(request, user, "account.recovery_codes_renewed")


@receiver(account_signals.email_changed)
def _email_changed(request: HttpRequest, user: User, from_email_address: Any = None, **_: Any) -> None:
    if from_email_address is None:
        return  # allauth also says so of a new account's first address
    with transaction.atomic():
        note_change(user=user, old_email=from_email_address.email, at=timezone.now())
        _record(request, user, "account.email_changed")


@receiver(account_signals.authentication_step_completed)
def _reauthenticated(request: HttpRequest, user: User, method: str, reauthenticated: bool = False, **_: Any) -> None:
    if reauthenticated:
        _record(request, user, "account.reauthenticated", method=method)
