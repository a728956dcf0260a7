"""The tenant's key under what is signed of its audit trail."""

from __future__ import annotations

import hashlib

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from accounts import keyring
from accounts.models import Tenant


def signing_key(tenant: Tenant) -> Ed25519PrivateKey:
    """Return the tenant's key (Ed25519, RFC 8032). Raises KeyringError."""
    return Ed25519PrivateKey.from_private_bytes(keyring.tenant_signing_seed(tenant))


def key_id(key: Ed25519PrivateKey) -> str:
    """Return a name for the key, in hex."""
    return hashlib.sha256(key.public_key().public_bytes_raw()).hexdigest()[:16]


def is_signed(data: bytes, signature: str, *, by: Tenant) -> bool:
    """Tell whether the tenant's key made the signature, in hex. Raises KeyringError if that key cannot be unwrapped."""
    public_key = signing_key(by).public_key()
    try:
        public_key.verify(bytes.fromhex(signature), data)
    except (InvalidSignature, ValueError):
        return False
    return True
