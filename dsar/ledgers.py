"""The portal's ledger of erasures (settings.DSAR_ERASURE_LEDGER), and the key that hashes a tenant's values in it."""

from __future__ import annotations

from django.conf import settings

from accounts.keyring import tenant_hmac_key
from accounts.models import Tenant
from dsar.fulfilment.ledger.hashing import KeyedHashes
from dsar.fulfilment.ledger.ledger import Ledger


def erasure_ledger() -> Ledger:
    """Return the ledger of all tenants."""
    return Ledger(settings.DSAR_ERASURE_LEDGER)


def ledger_hashes(tenant: Tenant) -> KeyedHashes:
    """Return what hashes this tenant's join keys and identities. Raises KeyringError."""
    return KeyedHashes(tenant_hmac_key(tenant, "erasure-ledger"))
