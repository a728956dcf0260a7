"""A company that runs this portal; found by host name."""

from __future__ import annotations

from typing import Any

from django.db import models

from accounts import keyring


class Tenant(models.Model):
    """`slug` names the tenant's folder of data map and store addresses (settings.TENANTS_DIR).

    `sealed_key` is the tenant's own secret, wrapped by the portal's master key: signing and HMAC keys
    derive from it, so that they outlive a change of the master key.
    """

    slug = models.SlugField(max_length=50, unique=True)
    name = models.CharField(max_length=200)
    contact_email = models.EmailField()
    language = models.CharField(max_length=10, default="en")
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
