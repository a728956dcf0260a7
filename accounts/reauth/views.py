"""The page that asks a person without a second factor for a mailed code before a sensitive act."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.views import BaseReauthenticateView
from allauth.core import ratelimit
from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache

from accounts.models import User
from accounts.reauth import codes
from accounts.reauth.freshness import remember_proof
from accounts.signals import reauthentication_code_rejected

_TOO_MANY = _("Too many wrong tries, or the code is too old. Ask for a new code.")


class CodeForm(forms.Form):
    code = forms.CharField(
        label=_("Code"), max_length=40, widget=forms.TextInput(attrs={"autocomplete": "one-time-code"})
    )


@method_decorator([login_required, never_cache], name="dispatch")
class ReauthenticateByCodeView(BaseReauthenticateView):  # type: ignore[misc]  # allauth has no types
    """GET shows a button, and the field once a code was sent. POST action=send mails one; else checks it."""

    form_class = CodeForm
    template_name = "account/reauthenticate_by_code.html"

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.POST.get("action") == "send":
            return self._send(request)
        response: HttpResponse = super().post(request, *args, **kwargs)
        return response

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return {**context, "code_sent": codes.is_code_pending(self.request), "email": _user(self.request).email}

    def form_valid(self, form: CodeForm) -> HttpResponse:
        user = _user(self.request)
        try:
            codes.use_code(self.request, user, form.cleaned_data["code"])
        except codes.CodeRejectedError as error:
            return self._rejected(form, may_retry=error.may_retry)
        remember_proof(self.request, user, method="code")
        response: HttpResponse = super().form_valid(form)
        return response

    def _send(self, request: HttpRequest) -> HttpResponse:
        user = _user(request)
        if ratelimit.consume(request, action="request_login_code", key=user.email):
            codes.send_code(request, user)
        else:
            messages.error(request, get_adapter().error_messages["rate_limited"])
        return self._here()

    def _rejected(self, form: CodeForm, *, may_retry: bool) -> HttpResponse:
        reauthentication_code_rejected.send(
            sender=type(self), request=self.request, user=self.request.user, last_attempt=not may_retry
        )
        if may_retry:
            form.add_error("code", get_adapter().error_messages["incorrect_code"])
            response: HttpResponse = self.form_invalid(form)
            return response
        messages.error(self.request, _TOO_MANY)
        return self._here()

    def _here(self) -> HttpResponse:
        return HttpResponseRedirect(self.passthrough_next_url(reverse("account_reauthenticate_by_code")))


def _user(request: HttpRequest) -> User:
    if not isinstance(request.user, User):
        raise TypeError("the view lets signed-in people through only")
    return request.user


reauthenticate_by_code = ReauthenticateByCodeView.as_view()
