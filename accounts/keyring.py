"""Keys: what wraps secrets at rest, and what each tenant signs and hashes with.

`settings.PORTAL_MASTER_KEYS` is a list of keys of 32 bytes (or their base64 texts), the current one
first; older ones stay in the list for as long as anything wrapped by them is kept. All of it fails closed.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

KEY_BYTES = 32
_VERSION = b"\x01"
_ID_BYTES = 8
_NONCE_BYTES = 12
_HEADER_BYTES = len(_VERSION) + _ID_BYTES + _NONCE_BYTES
_TENANT_KEY = "tenant-key"


class KeyringError(Exception):
    """A master key is missing or malformed, or a token cannot be unwrapped with any of them for this purpose."""


class HasSealedKey(Protocol):
    """What the tenant functions need of a tenant (accounts.models.Tenant has it)."""

    sealed_key: bytes | memoryview[int]


def wrap(data: bytes, *, purpose: str) -> bytes:
    """Return `data` encrypted with the current master key, for this purpose only (AES-256-GCM, RFC 5116).

    The token tells which master key it was made with. Raises KeyringError without a usable master key.
    """
    master = _masters()[0]
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return _VERSION + _key_id(master) + nonce + _cipher(master, purpose).encrypt(nonce, data, purpose.encode())


def unwrap(token: bytes | memoryview[int], *, purpose: str) -> bytes:
    """Return what was wrapped. Raises KeyringError for another purpose, a changed token or an unknown master key."""
    token = bytes(token)  # a BinaryField gives a memoryview on PostgreSQL
    if len(token) <= _HEADER_BYTES or token[:1] != _VERSION:
        raise KeyringError("this is no token of the keyring")
    key_id, nonce = token[1 : 1 + _ID_BYTES], token[1 + _ID_BYTES : _HEADER_BYTES]
    master = next((key for key in _masters() if _key_id(key) == key_id), None)
    if master is None:
        raise KeyringError("the token was wrapped by a master key that is not in PORTAL_MASTER_KEYS")
    try:
        return _cipher(master, purpose).decrypt(nonce, token[_HEADER_BYTES:], purpose.encode())
    except InvalidTag as error:
        raise KeyringError("the token was changed, or was wrapped for another purpose") from error


def new_tenant_key() -> bytes:
    """Return a fresh random tenant key, wrapped: what Tenant.sealed_key holds."""
    return wrap(secrets.token_bytes(KEY_BYTES), purpose=_TENANT_KEY)


def tenant_signing_seed(tenant: HasSealedKey) -> bytes:
    """Return the 32 bytes that seed the tenant's Ed25519 key (RFC 8032). Raises KeyringError."""
    return _derive(unwrap(tenant.sealed_key, purpose=_TENANT_KEY), "signing")


def tenant_hmac_key(tenant: HasSealedKey, purpose: str) -> bytes:
    """Return 32 bytes to key an HMAC with, one key a tenant and purpose. Raises KeyringError."""
    return _derive(unwrap(tenant.sealed_key, purpose=_TENANT_KEY), f"hmac:{purpose}")


def _masters() -> list[bytes]:
    keys = getattr(settings, "PORTAL_MASTER_KEYS", None)
    if not keys:
        raise KeyringError("PORTAL_MASTER_KEYS is empty: set at least one key of 32 random bytes")
    return [_checked(key if isinstance(key, bytes) else _decoded(key)) for key in keys]


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError as error:
        raise KeyringError("a key in PORTAL_MASTER_KEYS is not base64") from error


def _checked(key: bytes) -> bytes:
    if len(key) != KEY_BYTES:
        raise KeyringError(f"a key in PORTAL_MASTER_KEYS has {len(key)} bytes instead of {KEY_BYTES}")
    return key


def _cipher(master: bytes, purpose: str) -> AESGCM:
    return AESGCM(_derive(master, f"wrap:{purpose}"))


def _key_id(master: bytes) -> bytes:
    return hashlib.sha256(b"portal key id" + master).digest()[:_ID_BYTES]


def _derive(key: bytes, info: str) -> bytes:
    """HKDF-SHA256 (RFC 5869) without salt: the input is uniformly random already."""
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=info.encode()).derive(key)
