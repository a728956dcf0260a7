from __future__ import annotations

import base64
import hashlib

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from dsar.bundle.signing import Signer, SigningKeyError, verify

# RFC 8032, section 7.1, test 2.
SEED = bytes.fromhex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb")
PUBLIC = bytes.fromhex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c")
SIGNATURE = bytes.fromhex(
    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
    "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
)


def test_the_published_vector_is_met() -> None:
    signer = Signer.from_text(base64.b64encode(SEED).decode())
    assert signer.public_key == PUBLIC
    assert signer.sign(b"\x72") == SIGNATURE
    assert verify(public_key=PUBLIC, signature=SIGNATURE, message=b"\x72")


def test_the_id_is_the_start_of_the_hash_of_the_public_key() -> None:
    signer = Signer.generate()
    assert signer.key_id == hashlib.sha256(signer.public_key).hexdigest()[:16]
    assert repr(signer) == f"Signer(key_id='{signer.key_id}')"


def test_a_key_comes_back_from_either_spelling() -> None:
    signer = Signer.generate()
    assert Signer.from_text(signer.to_pem()).public_key == signer.public_key
    assert Signer.from_text(f"\n{signer.to_seed()}\n").public_key == signer.public_key


@pytest.mark.parametrize(
    ("key", "signature", "message"),
    [
        (PUBLIC, SIGNATURE, b"\x73"),
        (PUBLIC, b"", b"\x72"),
        (bytes(32), SIGNATURE, b"\x72"),
        (b"short", SIGNATURE, b"\x72"),
    ],
)
def test_what_is_not_signed_is_not_verified(key: bytes, signature: bytes, message: bytes) -> None:
    assert not verify(public_key=key, signature=signature, message=message)


def test_what_is_no_ed25519_key_is_refused() -> None:
    other = generate_private_key(SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    for text, message in [
        (other, "must be Ed25519"),
        ("-----BEGIN PRIVATE KEY-----\nxx\n-----END PRIVATE KEY-----", "PEM"),
        ("c2hvcnQ=", "must be 32 bytes, not 5"),
        ("no key!", "neither PEM nor base64"),
        ("schlüssel", "neither PEM nor base64"),
    ]:
        with pytest.raises(SigningKeyError, match=message):
            Signer.from_text(text)
