"""The addresses under /accounts/: allauth's, less its passwords, and our page for a mailed code."""

from typing import NoReturn

from django.http import Http404, HttpRequest
from django.urls import URLPattern, URLResolver, include, path, re_path

from accounts.choosing_language import choose_language
from accounts.reauth.views import reauthenticate_by_code


def no_passwords(request: HttpRequest) -> NoReturn:
    """allauth would let a person set a password, which nothing here asks for or guards."""
    raise Http404


urlpatterns: list[URLPattern | URLResolver] = [
    re_path(r"^password/", no_passwords),
    path("reauthenticate/code/", reauthenticate_by_code, name="account_reauthenticate_by_code"),
    path("language/", choose_language, name="language"),
    path("", include("allauth.urls")),
]
