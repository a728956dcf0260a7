"""What every answer carries, and the line that the access log keeps of it."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import cast

from django.http import HttpRequest, HttpResponseBase

from accounts.tenancy import TenantRequest
from dsar.tenantmap import in_words_of
from portal.logs import route_of

GetResponse = Callable[[HttpRequest], HttpResponseBase]

logger = logging.getLogger("portal.access")

PERMISSIONS = "accelerometer=(), camera=(), geolocation=(), gyroscope=(), microphone=(), payment=(), usb=()"


def access_log(get_response: GetResponse) -> GetResponse:
    """Write method, route, status and milliseconds of each request; no address, path or query."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        start = time.perf_counter()
        response = get_response(request)
        elapsed = (time.perf_counter() - start) * 1000
        logger.info("%s %s %d %.0f ms", request.method, route_of(request), response.status_code, elapsed)
        return response

    return answer


def own_words(get_response: GetResponse) -> GetResponse:
    """Tell what a tenant's data map says in the words that it has for the language of the page."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        with in_words_of(cast(TenantRequest, request).tenant):
            return get_response(request)

    return answer


def headers(get_response: GetResponse) -> GetResponse:
    """Deny what no page needs, and keep pages out of caches: nearly all of them tell of one person."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        response.headers.setdefault("Cache-Control", "private, no-store")
        return response

    return answer
