"""An email address as a keyed hash: known again by whoever asks with it, told to nobody."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

from accounts.emails import normal_email
from accounts.keyring import tenant_hmac_key

if TYPE_CHECKING:
    from accounts.models import Tenant


def address_hash(tenant: Tenant, email: str) -> str:
    """Return HMAC-SHA256 (RFC 2104) of the address's normal form under a key of the tenant's, 64 digits in hex.

    A plain hash is undone by guessing addresses; without the tenant's key a guess cannot be tried, and two tenants'
    lists cannot be laid side by side. Raises KeyringError.
    """
    key = tenant_hmac_key(tenant, "address")
    return hmac.digest(key, normal_email(email).encode(), "sha256").hex()
