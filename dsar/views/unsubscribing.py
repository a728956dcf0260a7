"""One click out of a mailing, without signing in (RFC 8058)."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from dsar.actions import preferences
from dsar.actions.unsubscribing import (
    OtherTenantsTokenError,
    UnsubscribeTokenError,
    Unsubscription,
    read_unsubscribe_token,
)
from dsar.views.common import tenant_of
from dsar.views.methods import answers

#: What a mail service posts, word for word (RFC 8058 section 3.2); the button of our own page sends the same.
_KEY, _VALUE = "List-Unsubscribe", "One-Click"


@csrf_exempt  # a mail service posts without cookies; the signed token is the whole right, and can do nothing else
@answers("GET", "HEAD", "POST")
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """GET shows a button and changes nothing (mail scanners open links); POST opts out, without a redirect."""
    try:
        unsubscription = read_unsubscribe_token(token, tenant=tenant_of(request))
    except UnsubscribeTokenError as error:
        context = {"is_of_another": isinstance(error, OtherTenantsTokenError)}
        return render(request, "dsar/preferences/bad_link.html", context, status=400)
    if request.method != "POST":
        return _ask(request, unsubscription)
    if request.POST.get(_KEY) != _VALUE:
        return _ask(request, unsubscription, status=400)
    preferences.unsubscribe(unsubscription, now=timezone.now())
    return render(request, "dsar/preferences/unsubscribed.html", {"purpose": unsubscription.purpose})


def _ask(request: HttpRequest, unsubscription: Unsubscription, *, status: int = 200) -> HttpResponse:
    context = {"purpose": unsubscription.purpose}
    return render(request, "dsar/preferences/unsubscribe.html", context, status=status)
