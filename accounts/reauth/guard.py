"""The decorator of views that do something sensitive."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from allauth.core.exceptions import ReauthenticationRequired
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse

from accounts.reauth.freshness import is_fresh

Parameters = ParamSpec("Parameters")
View = Callable[Concatenate[HttpRequest, Parameters], HttpResponse]


def proof_required(*, within: int | None) -> Callable[[View[Parameters]], View[Parameters]]:
    """Let the view through only `within` seconds after the person proved who they are; else ask, then come back.

    Anonymous: to sign-in. allauth's middleware keeps a POST and carries it out after the proof.
    """

    def decorate(view: View[Parameters]) -> View[Parameters]:
        @wraps(view)
        def guarded(request: HttpRequest, /, *args: Parameters.args, **kwargs: Parameters.kwargs) -> HttpResponse:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            if not is_fresh(request, within=within):
                raise ReauthenticationRequired
            return view(request, *args, **kwargs)

        return guarded

    return decorate


def reauthentication_required(view: View[Parameters]) -> View[Parameters]:
    """Guard what is done at once, a download or a deletion: `proof_required` by ACCOUNT_REAUTHENTICATION_TIMEOUT."""
    return proof_required(within=None)(view)
