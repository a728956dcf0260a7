"""How recently, and by what, this session's person proved who they are.

allauth keeps a record of each proof in the session; this module is the only reader and writer of it.
"""

from __future__ import annotations

import time
from typing import Any

from allauth.account import app_settings
from allauth.account.internal.flows.login import get_authentication_records, record_authentication
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.http import HttpRequest

from accounts.models import User

#: Recovery codes stand in for an authenticator; alone they are no second factor.
SECOND_FACTORS = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]


def is_fresh(request: HttpRequest, *, within: int | None = None) -> bool:
    """Tell whether the person proved who they are `within` seconds, ACCOUNT_REAUTHENTICATION_TIMEOUT if not said.

    Whoever has a second factor must have used it then; for others a mailed code counts, the one they
    signed in with included: asking for another one at once would prove nothing more.
    """
    if not isinstance(request.user, User):
        return False
    since = time.time() - (app_settings.REAUTHENTICATION_TIMEOUT if within is None else within)
    return any(record["at"] > since for record in _strong_records(request, request.user))


def has_second_factor(user: User) -> bool:
    """Tell whether the account has an authenticator set up."""
    return bool(is_mfa_enabled(user, types=SECOND_FACTORS))


def used_second_factor(request: HttpRequest, user: User) -> bool:
    """Tell whether this session was ever authenticated by the second factor (a recovery code stands in)."""
    return any(record["method"] == "mfa" for record in get_authentication_records(request, user))


def remember_proof(request: HttpRequest, user: User, *, method: str) -> None:
    """Note that the person has just proved again who they are, by "code" or "mfa"."""
    record_authentication(request, user, method=method, reauthenticated=True)


def remember_sign_in(request: HttpRequest, user: User) -> None:
    """Note the code that confirmed a new account's address: allauth keeps no record of that proof."""
    if not get_authentication_records(request, user):
        record_authentication(request, user, method="code")


def _strong_records(request: HttpRequest, user: User) -> list[dict[str, Any]]:
    records: list[dict[str, Any]] = get_authentication_records(request, user)
    if has_second_factor(user):
        return [record for record in records if record["method"] == "mfa"]
    return records
