"""allauth's forms for passkeys, in our words. Every key is one that can sign in alone."""

from __future__ import annotations

from typing import Any

from allauth.mfa.webauthn.forms import (
    AddWebAuthnForm,
    AuthenticateWebAuthnForm,
    EditWebAuthnForm,
    LoginWebAuthnForm,
    ReauthenticateWebAuthnForm,
)
from django import forms
from django.utils.translation import gettext_lazy as _
from fido2.webauthn import AuthenticationResponse, RegistrationResponse

NAME_LENGTH = 60
REFUSED = _("That passkey did not work here. Nothing was changed; try again, or use another way.")
#: What a browser sends is about a thousand characters.
_MOST_CHARACTERS = 20_000
#: How the library's parsers of JSON, CBOR and key formats refuse what no browser sends.
_UNREADABLE = (ValueError, TypeError, LookupError, AttributeError, RecursionError)


class _Credential(forms.JSONField):
    """A browser's answer that can be read as one: the library's own forms pass some of its errors on."""

    default_error_messages = {"required": _("This needs a browser that knows passkeys, with scripts switched on.")}

    def __init__(self, kind: type[AuthenticationResponse | RegistrationResponse]) -> None:
        super().__init__(widget=forms.HiddenInput)
        self._kind = kind

    def to_python(self, value: Any) -> Any:
        """Raises ValidationError."""
        try:
            found = super().to_python(value if len(str(value)) <= _MOST_CHARACTERS else "{}")
            if found is not None:
                self._kind.from_dict(found)
        except _UNREADABLE as error:
            raise forms.ValidationError(REFUSED, code="refused") from error
        return found


class _Answered(forms.Form):
    def add_error(self, field: str | None, error: Any) -> None:
        """Say it of a passkey: the library says of every second factor that its code was incorrect."""
        is_codes = isinstance(error, forms.ValidationError) and getattr(error, "code", "") == "incorrect_code"
        super().add_error(field, forms.ValidationError(REFUSED, code="refused") if is_codes else error)


class _Named(forms.Form):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"] = forms.CharField(
            label=_("What do you call it?"),
            help_text=_("Only so that you know it again, such as “My phone”."),
            max_length=NAME_LENGTH,
            required=False,
            widget=forms.TextInput(attrs={"autocomplete": "off"}),
        )


class AddPasskeyForm(_Answered, _Named, AddWebAuthnForm):  # type: ignore[misc]  # allauth has no types
    """Without the choice of a key that is only a second step: the page asks for one that signs in alone."""

    passwordless = None
    credential = _Credential(RegistrationResponse)


class RenamePasskeyForm(_Named, EditWebAuthnForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].required = True


class AuthenticateByPasskeyForm(_Answered, AuthenticateWebAuthnForm):  # type: ignore[misc]
    credential = _Credential(AuthenticationResponse)


class SignInByPasskeyForm(_Answered, LoginWebAuthnForm):  # type: ignore[misc]
    credential = _Credential(AuthenticationResponse)


class ReauthenticateByPasskeyForm(_Answered, ReauthenticateWebAuthnForm):  # type: ignore[misc]
    credential = _Credential(AuthenticationResponse)
