"""What takes a value's place, made here: for stores that can neither hash nor make random texts themselves."""

from __future__ import annotations

import hashlib
import hmac
import secrets

from dsar.datamap.erasure import MADE, MADE_LENGTHS, Mask, Strategy
from dsar.stores.base import ForbiddenError
from dsar.stores.casting import cast
from dsar.stores.inside import Inside, replaced
from dsar.stores.redacting import redacted
from dsar.values import Value


def masked(value: Value, mask: Mask, *, key: bytes, where: str) -> Value:
    """Return what is written instead. No value stays none, unless a fixed one is written.

    `key` is of keyed hashes, `where` names dataset, collection and field. Raises ForbiddenError.
    """
    if mask.strategy is Strategy.FIXED:
        return mask.value
    if value is None or mask.strategy is Strategy.NULL:
        return None
    if mask.strategy is Strategy.REDACT:
        return redacted(value, mask)
    made = secrets.token_hex(32) if mask.strategy is Strategy.RANDOM else _hmac(_plain(value, mask, where), key)
    return MADE + made[: MADE_LENGTHS[mask.strategy] - len(MADE)]


def masked_within(value: Value, inside: Inside, *, key: bytes, where: str) -> Value:
    """Return a field's value with what is masked of it, all or something inside it, as `masked` says."""
    return replaced(value, inside, lambda mask, found: masked(found, mask, key=key, where=where))


def _hmac(value: bytes, key: bytes) -> str:
    return hmac.new(key, value, hashlib.sha256).hexdigest()


def _plain(value: Value, mask: Mask, where: str) -> bytes:
    """Return a single value's text, as a database casts it, in UTF-8."""
    text = value if isinstance(value, bytes) else cast(value, "string")
    if text is None:
        raise ForbiddenError(f"{where}: '{mask.strategy}' is of single values, and one stands there that is none")
    return text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
