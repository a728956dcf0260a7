"""An email address as a keyed hash: known again by whoever asks with it, told to nobody."""

from __future__ import annotations

import hmac
from collections.abc import Callable
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
    return address_hasher(tenant)(email)


def address_hasher(tenant: Tenant) -> Callable[[str], str]:
    """Return `address_hash` for one tenant's many addresses: its key is opened once. Raises KeyringError."""
    key = tenant_hmac_key(tenant, "address")
    return lambda email: hmac.digest(key, normal_email(email).encode("utf-8", "surrogatepass"), "sha256").hex()
