"""Keyed hashes of join keys and identities: whoever has the key knows a value again, nobody reads it out."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any

from dsar.fulfilment.joinkey import CollectionKey, Form, Paths

#: Bytes of a hash that are kept: RFC 2104 allows half, and among a billion rows no two are one by chance.
_BYTES = 16
_ID_DIGITS = 16


class KeyedHashes:
    """HMAC-SHA256 (RFC 2104) under one key; where a value stands is hashed with it."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        #: Tells keys apart, and nothing of them.
        self.key_id = hashlib.sha256(b"erasure ledger key id" + key).hexdigest()[:_ID_DIGITS]

    def at(self, collection: CollectionKey, paths: Paths) -> Callable[[Form], str]:
        """Return what hashes the keys of one place: 32 digits in hex for each."""
        return self._of([*collection, list(paths)])

    def identity(self, kind: str, value: str) -> str:
        """Return the hash of an identity in its normal form."""
        return self._of(["identity", kind])((value,))

    def _of(self, place: list[Any]) -> Callable[[Form], str]:
        start = _spelt(place)
        return lambda form: hmac.digest(self._key, start + _spelt(form), "sha256")[:_BYTES].hex()


def _spelt(value: Any) -> bytes:
    """Return one spelling, for all versions of Python; bytes, which JSON has not, as their digits."""
    return json.dumps(value, ensure_ascii=True, separators=(",", ":"), default=bytes.hex).encode()
