"""The switch of the language, which stands on every page: a form of one button a language."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseForbidden, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from accounts.languages import KEPT_SECONDS, offered
from accounts.models import Tenant, User


@csrf_exempt  # a token needs a cookie, which a page that somebody only reads must not set
@require_POST
def choose_language(request: HttpRequest) -> HttpResponse:
    """Keep the choice in the browser, and on the account of whoever is signed in; then back to the page.

    A form on another site is refused by the origin that every browser names; nor would it send our session along.
    """
    origin = request.headers.get("Origin")
    if origin and urlsplit(origin).netloc != request.get_host():
        return HttpResponseForbidden()
    tenant: Tenant | None = getattr(request, "tenant", None)
    language = request.POST.get("language", "")
    if language not in offered(tenant):
        return HttpResponseBadRequest()
    if isinstance(request.user, User) and request.user.language != language:
        request.user.language = language
        request.user.save(update_fields=["language"])
    response = HttpResponseRedirect(_back(request))
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=KEPT_SECONDS,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
        samesite="Lax",
    )
    return response


def _back(request: HttpRequest) -> str:
    """Return the page that the switch stood on, never one of another site."""
    address = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(address, allowed_hosts=None, require_https=request.is_secure())
    return address if is_ours else "/"
