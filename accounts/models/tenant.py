"""A company that runs this portal; found by host name."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _

from accounts import keyring


def known_languages(languages: object) -> None:
    """Refuse what is no list of languages that the portal is written in. Raises ValidationError."""
    known = [code for code, _ in settings.LANGUAGES]
    if not isinstance(languages, list) or any(code not in known for code in languages):
        raise ValidationError(_("Choose from these languages: %(codes)s.") % {"codes": ", ".join(known)})


class Tenant(models.Model):
    """`slug` names the tenant's folder of data map and store addresses (settings.TENANTS_DIR).

    `sealed_key` is the tenant's own secret, wrapped by the portal's master key: signing and HMAC keys
    derive from it, so that they outlive a change of the master key. `languages` are those that it offers, all if none
    is named; `language` is its own, for whoever has chosen none.
    """

    slug = models.SlugField(max_length=50, unique=True)
    name = models.CharField(max_length=200)
    contact_email = models.EmailField()
    language = models.CharField(max_length=10, default="en")
    languages = models.JSONField(default=list, blank=True, validators=[known_languages])
    time_zone = models.CharField(max_length=50, default="UTC")
    sealed_key = models.BinaryField(editable=False)

    def __str__(self) -> str:
        return self.slug

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Seal a new tenant's key. Raises KeyringError without a master key: no tenant is made that could not sign."""
        if self._state.adding and not self.sealed_key:
            self.sealed_key = keyring.new_tenant_key()
        super().save(*args, **kwargs)


class TenantHost(models.Model):
    """One host name that serves a tenant, lower case, without port."""

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="hosts")
    host = models.CharField(max_length=253, unique=True)

    def __str__(self) -> str:
        return self.host
