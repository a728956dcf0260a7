"""allauth's pages of passkeys where ours differ: every key signs in alone, and a refusal stays on its page."""

from __future__ import annotations

from typing import Any

from allauth.mfa import signals
from allauth.mfa.base.views import AuthenticateView, IndexView
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.internal import auth
from allauth.mfa.webauthn.views import AddWebAuthnView, ReauthenticateWebAuthnView
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_safe
from django.views.generic.edit import FormView

from accounts.models import User
from accounts.passkeys.owned import second_factors


class SecondFactorsView(IndexView):  # type: ignore[misc]  # allauth has no types
    """Every way to sign in that the account has set up."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user = self.request.user
        if not isinstance(user, User):
            raise TypeError("the view lets signed-in people through only")
        return {**super().get_context_data(**kwargs), "factors": second_factors(user)}


class AddPasskeyView(AddWebAuthnView):  # type: ignore[misc]
    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Ask for a key that is found without a name (discoverable) and that its owner unlocks, whatever is posted.

        The parent would check a refused form a second time, against a challenge that is used up.
        """
        options = auth.begin_registration(self.request.user, passwordless=True)
        return {**FormView.get_context_data(self, **kwargs), "js_data": {"creation_options": options}}


class ReauthenticateByPasskeyView(ReauthenticateWebAuthnView):  # type: ignore[misc]
    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        options = auth.begin_authentication(self.request.user)
        kept = super(ReauthenticateWebAuthnView, self).get_context_data(**kwargs)
        return {**kept, "js_data": {"request_options": options}}

    def form_invalid(self, form: Any) -> HttpResponse:
        """Stay here: the parent sends people who are signed in to the page of sign-in."""
        _tell_of_failure(self.request, self.request.user, reauthentication=True)
        response: HttpResponse = self.render_to_response(self.get_context_data(form=form), status=422)
        return response


class SecondStepView(AuthenticateView):  # type: ignore[misc]
    """The second step of a sign-in that began with a mailed code."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {**super().get_context_data(**kwargs), "factors": second_factors(self.stage.login.user)}

    def form_invalid(self, form: Any) -> HttpResponse:
        if "credential" in form.fields:
            _tell_of_failure(self.request, self.stage.login.user, reauthentication=False)
        response: HttpResponse = super().form_invalid(form)
        return response


def _tell_of_failure(request: HttpRequest, user: Any, *, reauthentication: bool) -> None:
    """Say so as the library does of codes: the trail holds every second factor that was refused."""
    signals.authentication_failed.send(
        sender=Authenticator, request=request, user=user, authenticator=None, reauthentication=reauthentication
    )


@require_safe
@login_required
def passkeys(request: HttpRequest) -> HttpResponse:
    """The list is part of the page of second factors."""
    return redirect("mfa_index")


index = SecondFactorsView.as_view()
add = AddPasskeyView.as_view()
reauthenticate = ReauthenticateByPasskeyView.as_view()
second_step = SecondStepView.as_view()
