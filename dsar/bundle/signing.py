"""Ed25519 signatures (RFC 8032) over manifests, and the short id by which a key is published."""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass
from typing import Self

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

_SEED_BYTES = 32
PUBLIC_KEY_BYTES = 32


class SigningKeyError(ValueError):
    """The text is no Ed25519 private key: neither PKCS #8 PEM nor 32 bytes in base64."""


def key_id(public_key: bytes) -> str:
    """Return the first 16 hex digits of the sha256 of a raw public key."""
    return hashlib.sha256(public_key).hexdigest()[:16]


@dataclass(frozen=True)
class Signer:
    """Holds a private key; its representation shows the id only."""

    _key: Ed25519PrivateKey

    @classmethod
    def generate(cls) -> Self:
        return cls(Ed25519PrivateKey.generate())

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Read a PKCS #8 PEM or a base64 seed of 32 bytes. Raises SigningKeyError."""
        stripped = text.strip()
        return cls(_from_pem(stripped) if stripped.startswith("-----BEGIN") else _from_seed(stripped))

    def sign(self, message: bytes) -> bytes:
        """Return the detached signature, 64 bytes."""
        return self._key.sign(message)

    @property
    def public_key(self) -> bytes:
        """The raw public key, 32 bytes."""
        return self._key.public_key().public_bytes_raw()

    @property
    def key_id(self) -> str:
        return key_id(self.public_key)

    def to_seed(self) -> str:
        """Return the private key as base64, for a secret store."""
        return base64.b64encode(self._key.private_bytes_raw()).decode("ascii")

    def to_pem(self) -> str:
        """Return the private key as unencrypted PKCS #8 PEM, for a secret store."""
        return self._key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode("ascii")

    def __repr__(self) -> str:
        return f"Signer(key_id={self.key_id!r})"


def verify(*, public_key: bytes, signature: bytes, message: bytes) -> bool:
    """Tell whether the signature is this key's over exactly this message; a malformed key or signature is not."""
    if len(public_key) != PUBLIC_KEY_BYTES:
        return False
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except InvalidSignature:
        return False
    return True


def _from_pem(text: str) -> Ed25519PrivateKey:
    try:
        key = load_pem_private_key(text.encode("ascii"), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise SigningKeyError("the signing key is no readable PKCS #8 PEM without a password") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise SigningKeyError(f"the signing key must be Ed25519, not {type(key).__name__}")
    return key


def _from_seed(text: str) -> Ed25519PrivateKey:
    try:
        seed = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise SigningKeyError("the signing key is neither PEM nor base64") from error
    if len(seed) != _SEED_BYTES:
        raise SigningKeyError(f"the signing key must be {_SEED_BYTES} bytes, not {len(seed)}")
    return Ed25519PrivateKey.from_private_bytes(seed)
