"""The addresses under /accounts/: allauth's, less its passwords; where ours stands before, it is that page."""

from typing import NoReturn

from django.http import Http404, HttpRequest
from django.urls import URLPattern, URLResolver, include, path, re_path

from accounts.address_changes.views import stop_change
from accounts.choosing_language import choose_language
from accounts.passkeys import views as passkeys
from accounts.reauth.views import reauthenticate_by_code
from accounts.sessions.views import sessions


def no_passwords(request: HttpRequest) -> NoReturn:
    """allauth would let a person set a password, which nothing here asks for or guards."""
    raise Http404


urlpatterns: list[URLPattern | URLResolver] = [
    re_path(r"^password/", no_passwords),
    path("reauthenticate/code/", reauthenticate_by_code, name="account_reauthenticate_by_code"),
    path("language/", choose_language, name="language"),
    path("2fa/", passkeys.index, name="mfa_index"),
    path("2fa/authenticate/", passkeys.second_step, name="mfa_authenticate"),
    path("2fa/webauthn/", passkeys.passkeys, name="mfa_list_webauthn"),
    path("2fa/webauthn/add/", passkeys.add, name="mfa_add_webauthn"),
    path("2fa/webauthn/reauthenticate/", passkeys.reauthenticate, name="mfa_reauthenticate_webauthn"),
    path("sessions/", sessions, name="usersessions_list"),
    path("email/stop/<str:token>/", stop_change, name="account_stop_change"),
    path("", include("allauth.urls")),
]
