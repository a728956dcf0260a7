"""Personal data at rest: every object in storage is encrypted (age) and dies with its key.

Storage (settings.STORAGE_URL) is a folder in the demo, S3 in production. Keys rest in the database, wrapped by
the keyring; destroying one expires every copy of what it sealed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import IO, BinaryIO, cast

from django.conf import settings

from accounts import keyring
from dsar.bundle.blocks import whole_lines
from dsar.bundle.sealing import SealKey, new_key, open_stream, open_whole, seal_stream
from dsar.storage import Storage, open_storage

KEY_PURPOSE = "payload"
_RAW_CHUNK = 1 << 18  # bytes
#: Bytes of an object that is opened whole: most are smaller, and a thread and a pipe cost more than their content.
_SMALL = 1 << 16


class PayloadGoneError(Exception):
    """The object or its key is no more: it was purged."""


@dataclass(frozen=True, slots=True)
class Stored:
    """An object as it was written: bytes at rest and the sha256 (hex) of its plain content."""

    path: str
    bytes: int
    sha256: str


def new_sealed_key() -> bytes:
    """Return a fresh age identity, wrapped: what a row's `sealed_key` holds."""
    key = new_key()
    return keyring.wrap(f"{key.recipient}\n{key.identity_string}".encode(), purpose=KEY_PURPOSE)


def open_key(sealed_key: bytes | memoryview[int] | None) -> SealKey:
    """Return the age key of a row. Raises PayloadGoneError if it was destroyed, KeyringError if it is not ours."""
    if sealed_key is None:
        raise PayloadGoneError("the key was destroyed")
    recipient, identity = keyring.unwrap(bytes(sealed_key), purpose=KEY_PURPOSE).decode().split("\n")
    return SealKey(recipient=recipient, identity_string=identity)


def put(path: str, source: IO[bytes], *, key: SealKey) -> Stored:
    """Encrypt a stream into storage; the object appears whole or not at all."""
    target, hashing = storage(), _Hashing(source)
    with target.writing(path) as out:
        seal_stream(source=cast(BinaryIO, hashing), target=cast(BinaryIO, out), recipient=key.recipient)
    return Stored(path, target.size(path), hashing.digest.hexdigest())


@contextmanager
def chunks(path: str, *, key: SealKey) -> Iterator[Iterator[bytes]]:
    """Open an object as decrypted chunks. Raises PayloadGoneError if it is not there, SealError if it was changed."""
    try:
        source = cast(BinaryIO, storage().open(path))
    except FileNotFoundError as error:
        raise PayloadGoneError(path) from error
    with source:
        small = source.read(_SMALL)
        if len(small) < _SMALL:
            yield iter([open_whole(small, identity=key.identity_string)])
            return
        source.seek(0)
        with closing(open_stream(source=source, identity=key.identity_string)) as stream:
            yield stream


@contextmanager
def raw_chunks(path: str) -> Iterator[Iterator[bytes]]:
    """Open an object as the bytes that rest in storage. Raises PayloadGoneError if it is not there."""
    try:
        source = storage().open(path)
    except FileNotFoundError as error:
        raise PayloadGoneError(path) from error
    with source:
        yield iter(lambda: source.read(_RAW_CHUNK), b"")


@contextmanager
def blocks(path: str, *, key: SealKey) -> Iterator[Iterator[bytes]]:
    """Open an object of JSON Lines; yields blocks of whole lines."""
    with chunks(path, key=key) as stream:
        yield whole_lines(stream)


def split_lines(stream: Iterator[bytes]) -> Iterator[bytes]:
    """Yield the lines of a chunked stream, without their ends."""
    rest = b""
    for chunk in stream:
        *whole, rest = (rest + chunk).split(b"\n")
        yield from whole
    if rest:
        yield rest


def read(path: str, *, key: SealKey) -> bytes:
    """Return a small object whole. Raises PayloadGoneError if it is not there, SealError if it was changed."""
    with chunks(path, key=key) as stream:
        return b"".join(stream)


def storage() -> Storage:
    """Return where payloads lie. Raises StorageUrlError."""
    return open_storage(settings.STORAGE_URL)


class _Hashing:
    """A readable stream that hashes what passes through."""

    def __init__(self, source: IO[bytes]) -> None:
        self._source = source
        self.digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        data = self._source.read(size)
        self.digest.update(data)
        return data
