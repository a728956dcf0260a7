"""Which methods a view answers; the rest get a page that leads on, not a blank one."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string

View = TypeVar("View", bound=Callable[..., HttpResponseBase])


def answers(*methods: str) -> Callable[[View], View]:
    """Let these methods through. Others get 405: a person lands there when a sign-in came between form and send."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if request.method not in methods:
                return _refused(request, methods)
            return view(request, *args, **kwargs)

        return cast(View, guarded)

    return decorate


def _refused(request: HttpRequest, methods: tuple[str, ...]) -> HttpResponse:
    # The page that the form stood on is one step up: /desk/<reference>/deny/ -> /desk/<reference>/
    back = request.path.rstrip("/").rpartition("/")[0] + "/"
    body = render_to_string("405.html", {"back_address": back}, request=request)
    return HttpResponseNotAllowed(methods, body)
