"""Who was signed in on this browser last: a cookie that outlives the session, and tells nothing to anybody else.

By it alone is it known, once a session is over, whose form has just been sent. It proves nothing and opens nothing.
"""

from __future__ import annotations

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponseBase
from django.utils.crypto import salted_hmac

from accounts.models import User

_SALT = "accounts.typed.owner"


def cookie_name() -> str:
    """Return the cookie's name; the prefix binds it to one host and HTTPS (RFC 6265bis)."""
    return "__Host-visitor" if settings.SESSION_COOKIE_SECURE else "visitor"


def owner_of(user: User) -> str:
    return salted_hmac(_SALT, str(user.pk), algorithm="sha256").hexdigest()[:32]


def last_owner(request: HttpRequest) -> str:
    """Return whose browser it was last, "" if nobody knows."""
    try:
        return str(signing.Signer(salt=_SALT).unsign(request.COOKIES.get(cookie_name(), "")))
    except signing.BadSignature:
        return ""


def remember(request: HttpRequest, response: HttpResponseBase, user: User) -> None:
    """Say in the answer whose browser it is, where it does not say so yet; until the browser is closed."""
    owner = owner_of(user)
    if last_owner(request) == owner:
        return
    response.set_cookie(
        cookie_name(),
        signing.Signer(salt=_SALT).sign(owner),
        secure=bool(settings.SESSION_COOKIE_SECURE),
        httponly=True,
        samesite="Lax",
    )


def forget(response: HttpResponseBase) -> None:
    """Let the browser be nobody's: who signs out leaves nothing behind."""
    response.delete_cookie(cookie_name(), samesite="Lax")
