"""allauth's forms with our one form of an email address: what is looked up is what the code is mailed to."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.forms import (
    AddEmailForm,
    ChangeEmailForm,
    LoginForm,
    RequestLoginCodeForm,
    SignupForm,
)
from django import forms
from django.utils.translation import gettext_lazy as _

#: Characters of an address, at most (RFC 5321 section 4.5.3.1.3, less the angle brackets).
EMAIL_LENGTH = 254


class NormalEmailField(forms.EmailField):
    """An email address in its normal form. Line ends and hidden characters are refused, not cut off."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.EmailInput(attrs={"autocomplete": "email", "autocapitalize": "none", "spellcheck": "false"})
        super().__init__(**{"label": _("Email"), "max_length": EMAIL_LENGTH, "widget": widget, **kwargs})

    def to_python(self, value: Any) -> str:
        """Raises ValidationError for an address with control characters, wherever they stand."""
        # The length first: nothing is normalised that is too long to be an address.
        text = str(value or "")
        return get_adapter().clean_email(text) if len(text) <= EMAIL_LENGTH else text


class _NormalEmail(forms.Form):
    email_field = "email"
    email_label = _("Email")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields[self.email_field] = NormalEmailField(label=self.email_label)


class PortalSignupForm(_NormalEmail, SignupForm):  # type: ignore[misc]  # allauth has no types
    pass


class PortalLoginForm(_NormalEmail, LoginForm):  # type: ignore[misc]
    email_field = "login"


class PortalRequestLoginCodeForm(_NormalEmail, RequestLoginCodeForm):  # type: ignore[misc]
    pass


class PortalAddEmailForm(_NormalEmail, AddEmailForm):  # type: ignore[misc]
    email_label = _("New address")


class PortalChangeEmailForm(_NormalEmail, ChangeEmailForm):  # type: ignore[misc]
    email_label = _("New address")
