"""The mailed code that proves a person again: one at a time, kept as a keyed hash in their session."""

from __future__ import annotations

import re
import time
from typing import Any

from allauth.account import app_settings
from allauth.account.adapter import get_adapter
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare, salted_hmac

from accounts.models import User

_SESSION_KEY = "accounts_reauthentication_code"


class CodeRejectedError(Exception):
    """The code is wrong, too old, used up, or none was asked for. `may_retry` tells whether another try counts."""

    def __init__(self, *, may_retry: bool) -> None:
        super().__init__("the code was rejected")
        self.may_retry = may_retry


def send_code(request: HttpRequest, user: User) -> None:
    """Mail a new code to the account's address; the one before it is void."""
    adapter = get_adapter(request)
    code = adapter.generate_login_code()
    request.session[_SESSION_KEY] = {"hash": _hash(code, user), "at": time.time(), "failures": 0}
    adapter.send_mail("account/email/reauthentication_code", user.email, {"code": code, "user": user})


def is_code_pending(request: HttpRequest) -> bool:
    """Tell whether a code was sent that can still be entered."""
    state = request.session.get(_SESSION_KEY)
    return state is not None and _is_valid(state)


def use_code(request: HttpRequest, user: User, code: str) -> None:
    """Accept the code once. Raises CodeRejectedError; after ACCOUNT_LOGIN_BY_CODE_MAX_ATTEMPTS the code is void."""
    state = request.session.pop(_SESSION_KEY, None)
    if state is None or not _is_valid(state):
        raise CodeRejectedError(may_retry=False)
    if constant_time_compare(_hash(code, user), state["hash"]):
        return
    state["failures"] += 1
    may_retry = state["failures"] < app_settings.LOGIN_BY_CODE_MAX_ATTEMPTS
    if may_retry:
        request.session[_SESSION_KEY] = state
    raise CodeRejectedError(may_retry=may_retry)


def _is_valid(state: dict[str, Any]) -> bool:
    return bool(time.time() - state["at"] <= app_settings.LOGIN_BY_CODE_TIMEOUT)


def _hash(code: str, user: User) -> str:
    # Bound to the address too: a code mailed to an address that was changed since is void.
    plain = re.sub(r"[^0-9a-z]", "", code.casefold())
    return salted_hmac(_SESSION_KEY, f"{user.pk}:{user.email}:{plain}", algorithm="sha256").hexdigest()
