"""Keeps what was typed into a form whose sender has to sign in first, and shows it again afterwards."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.reauthentication import STATE_SESSION_KEY
from allauth.core import context
from django.conf import settings
from django.contrib.auth.signals import user_logged_out
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import resolve_url
from django.template.loader import render_to_string
from django.utils.http import url_has_allowed_host_and_scheme

from accounts.models import User
from accounts.typed import owner
from accounts.typed.filling import Found, fill
from accounts.typed.keeping import Typed, drop, keep, kept, read_form

#: What stands in a form besides what was typed into it.
_UNTYPED = {"csrfmiddlewaretoken", "token"}


class KeepTyped:
    """After the session's and the sign-in's middleware. A form of any view is kept; no view has to know of it.

    Only what passed the CSRF check is kept, so nobody can plant a text in somebody else's form.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self._get_response(request)
        if getattr(request, "has_signed_out", False):
            owner.forget(response)
        elif request.method == "POST":
            self._after_post(request, response)
        elif request.method == "GET" and _is_page(response):
            self._after_get(request, response)
        return response

    def _after_post(self, request: HttpRequest, response: HttpResponseBase) -> None:
        user = request.user
        if not isinstance(user, User):
            if _comes_back(request, response, {resolve_url(settings.LOGIN_URL)}):
                _keep(request, response, owner.last_owner(request))
            return
        owner.remember(request, response, user)
        own = owner.owner_of(user)
        typed = kept(request.session, owner=own)
        if _comes_back(request, response, _ways_to_prove(request, user)):
            _ask_first(request, response, own)
        elif typed is not None and typed.path == request.path and response.status_code < 400:
            drop(request.session)  # it was sent now

    def _after_get(self, request: HttpRequest, response: HttpResponseBase) -> None:
        user = request.user
        if not isinstance(user, User) or not isinstance(response, HttpResponse):
            return
        owner.remember(request, response, user)
        typed = kept(request.session, owner=owner.owner_of(user))
        if typed is None:
            return
        text = response.content.decode(response.charset)
        response.content = fill(text, typed, path=request.path, notice=lambda found: _notice(request, typed, found))


def _ways_to_prove(request: HttpRequest, user: User) -> set[str]:
    """Return the pages on which somebody shows again who they are. The sign-in's middleware has ended by now."""
    with context.request_context(request):
        return {item["url"] for item in get_adapter().get_reauthentication_methods(user)}


def _ask_first(request: HttpRequest, response: HttpResponseBase, whose: str) -> None:
    """Keep a form whose sender has to show again who they are.

    The sign-in library would keep it too, whole and readable, passphrases and all but its files, and carry it out by
    itself. That is left to it where nothing was typed: a button that was pressed.
    """
    if request.FILES or set(request.POST) - _UNTYPED:
        request.session.pop(STATE_SESSION_KEY, None)
        _keep(request, response, whose)


def _keep(request: HttpRequest, response: HttpResponseBase, whose: str) -> None:
    """Keep the form, and have the sign-in lead back to the page that it stood on."""
    fields = read_form(request.POST)
    if not whose or not fields:
        return
    page = _page_of(request)
    keep(request.session, Typed(request.path, urlsplit(page).path, whose, fields, time.time()))
    address = urlsplit(response["Location"])
    query = {**dict(parse_qsl(address.query)), "next": page}
    response["Location"] = urlunsplit(address._replace(query=urlencode(query)))


def _page_of(request: HttpRequest) -> str:
    """Return the page that a form was sent from, by the referrer: an address of ours, or where it was sent to."""
    referrer = request.headers.get("Referer", "")
    if not url_has_allowed_host_and_scheme(referrer, {request.get_host()}, require_https=request.is_secure()):
        return request.get_full_path()
    parts = urlsplit(referrer)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path or "/"


def _comes_back(request: HttpRequest, response: HttpResponseBase, pages: set[str]) -> bool:
    """Return whether a view wants somebody to go to one of these pages first, and then to come back."""
    address = urlsplit(response.headers.get("Location", ""))
    comes_back = dict(parse_qsl(address.query)).get("next") == request.get_full_path()
    return response.status_code == 302 and address.path in pages and comes_back


def _is_page(response: HttpResponseBase) -> bool:
    return response.status_code == 200 and response.headers.get("Content-Type", "").startswith("text/html")


def _notice(request: HttpRequest, typed: Typed, found: Found) -> str:
    texts = [value for _name, value in typed.fields if value.strip()]
    return render_to_string("account/_typed.html", {"found": found.value, "texts": texts}, request=request)


@receiver(user_logged_out)
def _signed_out(request: HttpRequest | None, **_: Any) -> None:
    """Note that somebody signs out themselves, at the end of which the browser is nobody's."""
    if request is not None:
        request.has_signed_out = True  # type: ignore[attr-defined]
