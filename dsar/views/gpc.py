"""Global Privacy Control (https://www.w3.org/TR/gpc/): a browser asks for its person that nothing be shared."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone

from accounts.models import User
from dsar.actions import preferences
from dsar.views.common import tenant_of
from dsar.views.methods import answers

#: When what the portal does about the signal last changed.
_LAST_UPDATE = "2026-11-29"


@answers("GET", "HEAD")
def support(request: HttpRequest) -> HttpResponse:
    """Say that the signal is kept to (its section on `/.well-known/gpc.json`)."""
    return JsonResponse({"gpc": True, "lastUpdate": _LAST_UPDATE})


def has_signal(request: HttpRequest) -> bool:
    """Tell whether the browser sends `Sec-GPC: 1`; no other value means anything."""
    return request.headers.get("Sec-GPC") == "1"


def heed_signal(request: HttpRequest, account: User) -> bool:
    """Take the signal of a signed-in person as their opt-out of sharing. Returns whether it was new.

    The signal is the act, so that a GET which carries it may write: a scanner of mails is signed in nowhere.
    """
    if not has_signal(request):
        return False
    return preferences.take_privacy_signal(tenant=tenant_of(request), account=account, now=timezone.now())
