"""What allauth does our way: mail through the outbox, one form of an address, re-authentication for everybody."""

from __future__ import annotations

import base64
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.core import context as allauth_context
from allauth.core.exceptions import ImmediateHttpResponse, ReauthenticationRequired
from allauth.mfa.adapter import DefaultMFAAdapter
from django.contrib import messages
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.http import HttpRequest, HttpResponseRedirect
from django.http.request import split_domain_port
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from accounts import keyring, languages, outbox
from accounts.address_changes import cooling_off, token_of
from accounts.devices import device
from accounts.emails import has_control_characters, normal_email
from accounts.models import AddressChange, Tenant, User
from accounts.passkeys.forms import NAME_LENGTH
from accounts.passkeys.owned import second_factors
from accounts.reauth import has_second_factor, is_fresh
from accounts.tenancy import tenant_url

CONTROL_CHARACTERS = _("An email address has no line breaks or hidden characters.")
_TOTP_PURPOSE = "second-factor"


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    def clean_email(self, email: str) -> str:
        """Return the normal form. Raises ValidationError for line ends and other control characters."""
        if has_control_characters(email):
            raise ValidationError(CONTROL_CHARACTERS, code="control_characters")
        return normal_email(email)

    def pre_login(self, request: HttpRequest, user: User, *, email: str | None = None, **kwargs: Any) -> Any:
        """Refuse a code that was mailed to an address which is no longer the account's: it was replaced meanwhile."""
        if email is not None and _is_replaced(email, user):
            return _refused(request)
        return super().pre_login(request, user, email=email, **kwargs)

    def login(self, request: HttpRequest, user: User) -> None:
        """The same after the second step, before which the address may have been replaced."""
        codes = [record for record in get_authentication_records(request, user) if record["method"] == "code"]
        if codes and codes[-1].get("email") and _is_replaced(codes[-1]["email"], user):
            raise ImmediateHttpResponse(_refused(request))
        super().login(request, user)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Put the message into the outbox: no SMTP inside a request, so its time tells nothing either."""
        tenant = allauth_context.request.tenant
        stopping = _way_to_stop(email) if template_prefix == "account/email/email_changed" else {}
        with translation.override(_language(email, tenant)):
            message = self.render_mail(template_prefix, email, {**_mail_context(email), **stopping, **context})
        outbox.put(
            tenant=tenant,
            kind=template_prefix.rpartition("/")[2],
            to=email,
            subject=message.subject,
            text=message.body,
            html=_html_of(message),
            at=timezone.now(),
        )

    def get_reauthentication_methods(self, user: User | AnonymousUser) -> list[dict[str, Any]]:
        """The second factors if there are any; else a mailed code (allauth itself knows none without a password).

        The first is asked for, the others are offered beside it. Recovery codes come with every second factor, so
        there is a way without a script and at a host that the passkeys were not made at.
        """
        if not isinstance(user, User):
            return []
        if not has_second_factor(user):
            return [_method("account_reauthenticate_by_code", _("Use a code that we mail to you"))]
        factors = second_factors(user)
        passkey = _method("mfa_reauthenticate_webauthn", _("Use a passkey"))
        words = _("Use your authenticator app or a recovery code") if factors.app else _("Use a recovery code")
        return [*([passkey] if factors.here else []), _method("mfa_reauthenticate", words)]

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Answer for every sensitive act. Raises ReauthenticationRequired instead of returning True.

        Returning True would only make allauth look itself, and it lets people through unasked who have
        neither a password nor a second factor: most of ours.
        """
        if not is_fresh(allauth_context.request):
            raise ReauthenticationRequired
        return False


class MFAAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth has no types
    def encrypt(self, text: str) -> str:
        return base64.b64encode(keyring.wrap(text.encode(), purpose=_TOTP_PURPOSE)).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Raises KeyringError: a second factor that cannot be read is not passed over."""
        return keyring.unwrap(base64.b64decode(encrypted_text), purpose=_TOTP_PURPOSE).decode()

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """The host, which a passkey is bound to, and the tenant's name, which the device shows."""
        request = allauth_context.request
        return {"id": split_domain_port(request.get_host())[0], "name": str(request.tenant.name)}

    def generate_authenticator_name(self, user: User, type: Any) -> str:
        """The device that it is made with: most have one passkey for each."""
        return device(allauth_context.request.META.get("HTTP_USER_AGENT", ""))[:NAME_LENGTH]

    def get_totp_issuer(self) -> str:
        """The tenant's name: it is what the authenticator app shows."""
        return str(allauth_context.request.tenant.name)


def _mail_context(email: str) -> dict[str, Any]:
    request = allauth_context.request
    site = {"name": request.tenant.name, "domain": request.get_host()}  # the names allauth's own templates use
    return {"request": request, "email": email, "tenant": request.tenant, "current_site": site}


def _language(email: str, tenant: Tenant) -> str:
    """Return the language that the account of an address has chosen, else that of the page that mails it."""
    chosen = User.objects.filter(email=normal_email(email)).values_list("language", flat=True).first()
    return languages.nearest(chosen or translation.get_language() or "", tenant)


def _way_to_stop(old_email: str) -> dict[str, Any]:
    """Return the link by which the owner of the old address stops the change that was just made, and until when."""
    change = AddressChange.objects.filter(old_email=old_email).latest("pk")
    path = reverse("account_stop_change", args=[token_of(change)])
    return {
        "stop_url": tenant_url(allauth_context.request.tenant, path),
        "stop_until": change.changed_at + cooling_off(),
    }


def _is_replaced(email: str, user: User) -> bool:
    return normal_email(email) != User.objects.values_list("email", flat=True).get(pk=user.pk)


def _refused(request: HttpRequest) -> HttpResponseRedirect:
    request.session.flush()
    messages.error(request, _("That code no longer works: the address of the account was changed meanwhile."))
    return HttpResponseRedirect(reverse("account_login"))


def _method(url_name: str, description: Any) -> dict[str, Any]:
    return {"id": url_name, "description": description, "url": reverse(url_name)}


def _html_of(message: EmailMessage) -> str:
    return next((str(body) for body, kind in getattr(message, "alternatives", []) if kind == "text/html"), "")
