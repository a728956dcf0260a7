"""What is answered to a request that cannot be read, and by a tenant that is set up wrongly."""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.defaults import bad_request

from accounts.permissions import Permission, permissions_of
from dsar.datamap.problems import DataMapError
from dsar.stores.base import StoreConfigError

logger = logging.getLogger(__name__)

_TOO_MUCH = (RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent)


def unreadable(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Say that it was too much (413, RFC 9110 section 15.5.14), or else that it made no sense (400)."""
    if isinstance(exception, _TOO_MUCH):
        return render(request, "413.html", status=413)
    return bad_request(request, exception)


class Misconfigured:
    """Answers 503 while a tenant's data map or stores.yml has a mistake; file and line are for its team alone."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self._get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, DataMapError | StoreConfigError):
            return None
        logger.error("%s is set up wrongly: %s", getattr(request, "tenant", None), exception)
        is_team = Permission.SEE_QUEUE in permissions_of(request.user, getattr(request, "tenant", None))
        problems = str(exception).splitlines() if is_team else []
        return render(request, "503.html", {"problems": problems}, status=503)
