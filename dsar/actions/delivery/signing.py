"""The key that signs a tenant's bundles, and what is published of it."""

from __future__ import annotations

import base64

from accounts.keyring import tenant_signing_seed
from accounts.models import Tenant
from dsar.bundle.signing import Signer


def tenant_signer(tenant: Tenant) -> Signer:
    """Return what signs a tenant's manifests. Raises KeyringError."""
    return Signer.from_text(base64.b64encode(tenant_signing_seed(tenant)).decode("ascii"))


def published_keys() -> dict[str, tuple[str, bytes]]:
    """Return key id -> (tenant's slug, raw public key) of every tenant here. Raises KeyringError."""
    signers = {tenant.slug: tenant_signer(tenant) for tenant in Tenant.objects.order_by("slug")}
    return {signer.key_id: (slug, signer.public_key) for slug, signer in signers.items()}
