"""What is answered to a request that cannot be read."""

from __future__ import annotations

from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.defaults import bad_request

_TOO_MUCH = (RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent)


def unreadable(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Say that it was too much (413, RFC 9110 section 15.5.14), or else that it made no sense (400)."""
    if isinstance(exception, _TOO_MUCH):
        return render(request, "413.html", status=413)
    return bad_request(request, exception)
