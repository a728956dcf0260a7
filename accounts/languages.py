"""Which language a page or a message is in: the account's, else the browser's, of those that the tenant offers."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils import translation
from django.utils.translation import trans_real

from accounts.models import Tenant, User

#: How long a browser keeps the choice, in seconds: a year.
KEPT_SECONDS = 365 * 24 * 3600


def known() -> list[str]:
    """Return the codes of the languages that the portal is written in, in the order in which they are shown."""
    return [code for code, _ in settings.LANGUAGES]


def offered(tenant: Tenant | None) -> list[str]:
    """Return the codes of the languages that the tenant offers: all, if it named none."""
    named = set(tenant.languages) if tenant else set()
    return [code for code in known() if code in named] or known()


def default(tenant: Tenant | None) -> str:
    """Return the tenant's own language, or the first that it offers if it does not offer that one."""
    languages = offered(tenant)
    own = tenant.language if tenant else settings.LANGUAGE_CODE
    return own if own in languages else languages[0]


def nearest(language: str, tenant: Tenant | None) -> str:
    """Return the language, or what stands for it at this tenant: a relative (pt-pt: pt-br), else the tenant's own."""
    languages = offered(tenant)
    found = _supported(language)
    return found if found in languages else default(tenant)


def of_account(user: User, tenant: Tenant | None) -> str:
    """Return the language in which the account is written to; the tenant's own while it has chosen none."""
    return nearest(user.language, tenant) if user.language else default(tenant)


def of_browser(request: HttpRequest, tenant: Tenant | None) -> str:
    """Return what was chosen in this browser, else the first of its own languages that the tenant offers."""
    wished = [request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")]
    accepted = trans_real.parse_accept_lang_header(request.headers.get("Accept-Language", ""))
    wished += [code for code, _ in accepted]
    languages = offered(tenant)
    return next((found for code in wished if (found := _supported(code)) in languages), default(tenant))


def _supported(code: str) -> str:
    """Return the known language that a code asks for, "" if there is none; any text may stand in a header."""
    if not code:
        return ""
    try:
        return trans_real.get_supported_language_variant(code)
    except LookupError:
        return ""


class LanguageMiddleware:
    """Answer in the language of the account, else of the browser. Stands after sign-in is known and before any view."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        language = language_of(request)
        translation.activate(language)
        request.LANGUAGE_CODE = language
        response = self.get_response(request)
        response.headers.setdefault("Content-Language", language)
        return response


def language_of(request: HttpRequest) -> str:
    """Return the language of the answer."""
    tenant: Tenant | None = getattr(request, "tenant", None)
    user = request.user
    if isinstance(user, User) and user.language:
        return nearest(user.language, tenant)
    return of_browser(request, tenant)
