"""Values of other people at rest: sealed, and told apart, by keys that are made from the request's and go with it."""

from __future__ import annotations

import hmac
import json
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from hashlib import sha256

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from dsar import payloads
from dsar.models import RedactionValue, SubjectRequest
from dsar.redaction.suggesting import Context

_NONCE_BYTES, _KEY_BYTES = 12, 32


@dataclass(frozen=True)
class Opened:
    """What a value is, and some of the places where it stands."""

    value: str
    contexts: tuple[Context, ...]


class Keys:
    """The keys of one request. Raises PayloadGoneError if its own was destroyed."""

    def __init__(self, subject_request: SubjectRequest) -> None:
        secret = payloads.open_key(subject_request.sealed_key).identity_string.encode()
        self._cipher = AESGCM(_derived(secret, b"redaction:sealed"))
        self._hashing = _derived(secret, b"redaction:mark")

    def mark(self, form: str) -> str:
        """Return what equal values, in their folded form, have in common; without the key it tells nothing."""
        return hmac.new(self._hashing, form.encode(), sha256).hexdigest()

    def seal(self, value: str, contexts: Iterable[Context]) -> bytes:
        nonce = secrets.token_bytes(_NONCE_BYTES)
        document = {"value": value, "contexts": [asdict(item) for item in contexts]}
        return nonce + self._cipher.encrypt(nonce, json.dumps(document).encode(), None)

    def open(self, row: RedactionValue) -> Opened:
        """Return what a row holds. Raises cryptography's InvalidTag if it was changed."""
        content = bytes(row.sealed)
        document = json.loads(self._cipher.decrypt(content[:_NONCE_BYTES], content[_NONCE_BYTES:], None))
        return Opened(document["value"], tuple(Context(**item) for item in document["contexts"]))


class Marked:
    """Folded forms that have one of the marks."""

    def __init__(self, keys: Keys, marks: Iterable[str]) -> None:
        self._keys, self._marks = keys, frozenset(marks)

    def __contains__(self, form: object) -> bool:
        return bool(self._marks) and isinstance(form, str) and self._keys.mark(form) in self._marks

    def __iter__(self) -> Iterator[str]:
        return iter(self._marks)


def _derived(secret: bytes, info: bytes) -> bytes:
    """HKDF-SHA256 (RFC 5869) without salt: the input is uniformly random already."""
    return HKDF(algorithm=SHA256(), length=_KEY_BYTES, salt=None, info=info).derive(secret)
