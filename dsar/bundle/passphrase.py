"""Age files that a passphrase opens (age-encryption.org/v1, scrypt), written as a stream.

pyrage does this for content that is in memory as a whole; a bundle may be larger than memory. What is written here
is opened by any age program; the tests open it with pyrage.
"""

from __future__ import annotations

import base64
import hmac
import os
from collections.abc import Iterator
from hashlib import sha256
from typing import BinaryIO

from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

_CHUNK = 64 * 1024
#: 2^18 rounds, as age's own program: about a second for whoever guesses, for each guess.
WORK_FACTOR = 18
_LABEL = b"age-encryption.org/v1/scrypt"


def seal_with_passphrase(
    *, source: BinaryIO, target: BinaryIO, passphrase: str, work_factor: int = WORK_FACTOR
) -> None:
    """Encrypt `source` to `target`. Raises OSError; after an error the target holds a cut file, which nothing opens."""
    file_key, nonce = os.urandom(16), os.urandom(16)
    target.write(_header(file_key, passphrase, work_factor))
    target.write(nonce)
    cipher = ChaCha20Poly1305(_derive(file_key, salt=nonce, info=b"payload"))
    for number, (chunk, is_last) in enumerate(_chunks(source)):
        target.write(cipher.encrypt(number.to_bytes(11) + bytes([is_last]), chunk, None))


def _header(file_key: bytes, passphrase: str, work_factor: int) -> bytes:
    salt = os.urandom(16)
    scrypt = Scrypt(salt=_LABEL + salt, length=32, n=1 << work_factor, r=8, p=1)
    wrapped = ChaCha20Poly1305(scrypt.derive(passphrase.encode())).encrypt(bytes(12), file_key, None)
    lines = [b"age-encryption.org/v1", b"-> scrypt %s %d" % (_base64(salt), work_factor), _base64(wrapped), b"---"]
    header = b"\n".join(lines)
    mac = hmac.digest(_derive(file_key, salt=b"", info=b"header"), header, sha256)
    return header + b" " + _base64(mac) + b"\n"


def _chunks(source: BinaryIO) -> Iterator[tuple[bytes, bool]]:
    """Yield full chunks and whether each is the last; only an empty source has an empty one."""
    chunk = _full(source)
    while following := _full(source):
        yield chunk, False
        chunk = following
    yield chunk, True


def _full(source: BinaryIO) -> bytes:
    parts, missing = [], _CHUNK
    while missing and (part := source.read(missing)):
        parts.append(part)
        missing -= len(part)
    return b"".join(parts)


def _derive(key: bytes, *, salt: bytes, info: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=salt, info=info).derive(key)


def _base64(data: bytes) -> bytes:
    return base64.b64encode(data).rstrip(b"=")
