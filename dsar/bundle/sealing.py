"""Bundles encrypted at rest with age (age-encryption.org/v1), each by a key of its own, streamed in flat memory."""

from __future__ import annotations

import os
import threading
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import BinaryIO

import pyrage

_CHUNK = 1 << 18
_FAILURES = (pyrage.EncryptError, pyrage.DecryptError, OSError, ValueError)


class SealError(Exception):
    """Nothing could be sealed or opened: a wrong key, a damaged or cut file, or a stream that failed."""


@dataclass(frozen=True, slots=True)
class SealKey:
    """A key pair: the public recipient ("age1…") and the identity that opens ("AGE-SECRET-KEY-1…")."""

    recipient: str
    identity_string: str = field(repr=False)


def new_key() -> SealKey:
    identity = pyrage.x25519.Identity.generate()
    return SealKey(recipient=str(identity.to_public()), identity_string=str(identity))


def check_recipient(text: str) -> None:
    """Raise SealError unless the text is an age or SSH public key that bundles can be sealed for."""
    _recipient(text)


def seal_stream(*, source: BinaryIO, target: BinaryIO, recipient: str) -> None:
    """Encrypt `source` to `target`. The recipient is an age or SSH public key. Raises SealError.

    After an error the target holds a cut file, which no key opens whole.
    """
    try:
        pyrage.encrypt_io(source, target, [_recipient(recipient)])
    except _FAILURES as error:
        raise SealError(f"the bundle could not be sealed: {error}") from error


def open_stream(*, source: BinaryIO, identity: str) -> Generator[bytes, None, None]:
    """Yield the content of a sealed file in chunks of at most 256 KiB.

    Raises SealError before the first chunk for a wrong key, and after the last good one for a file that was
    cut or changed: who forwards the chunks must break off visibly, not end as if all had come.
    """
    key = _identity(identity)
    reader, writer = os.pipe()
    worker = _Opener(source, writer, key)
    worker.start()
    try:
        with os.fdopen(reader, "rb", buffering=0) as pipe:
            while chunk := pipe.read(_CHUNK):
                yield chunk
    finally:
        # The pipe is closed by now: a worker in the middle of a write gets EPIPE and ends.
        worker.join()
    if worker.error is not None:
        raise SealError(f"the bundle could not be opened: {worker.error}") from worker.error


def open_whole(sealed: bytes, *, identity: str) -> bytes:
    """Return the content of a small sealed file. Raises SealError for a wrong key or a changed file."""
    try:
        return bytes(pyrage.decrypt(sealed, [_identity(identity)]))
    except _FAILURES as error:
        raise SealError(f"the bundle could not be opened: {error}") from error


class _Opener(threading.Thread):
    """Decrypts into a pipe; pyrage pushes, a download pulls."""

    def __init__(self, source: BinaryIO, descriptor: int, key: pyrage.x25519.Identity) -> None:
        super().__init__(name="open-sealed-bundle", daemon=True)
        self._source, self._descriptor, self._key = source, descriptor, key
        self.error: Exception | None = None

    def run(self) -> None:
        try:
            # Closing flushes, so it must stand inside: it fails too once the reader has stopped early.
            with os.fdopen(self._descriptor, "wb", buffering=_CHUNK) as pipe:
                pyrage.decrypt_io(self._source, pipe, [self._key])
        except Exception as error:  # whatever the source raises: a stream must not end as if it were whole
            self.error = error


def _recipient(text: str) -> pyrage.x25519.Recipient | pyrage.ssh.Recipient:
    kind = pyrage.ssh.Recipient if text.startswith("ssh-") else pyrage.x25519.Recipient
    try:
        return kind.from_str(text)
    except pyrage.RecipientError as error:
        raise SealError(f"no age or SSH public key: {error}") from error


def _identity(text: str) -> pyrage.x25519.Identity:
    try:
        return pyrage.x25519.Identity.from_str(text)
    except pyrage.IdentityError as error:
        raise SealError("no age identity") from error
