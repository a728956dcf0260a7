"""What takes a value's place in a file: the same texts as in a database (dsar/stores/sql/masking.py)."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping

from dsar.datamap.erasure import MADE, MADE_LENGTHS, Mask, Strategy
from dsar.stores.base import ForbiddenError
from dsar.stores.inside import Instead, by_field, replaced
from dsar.stores.objects.changing.targets import Masking
from dsar.stores.redacting import redacted
from dsar.values import Row, Value


def masked(masking: Masking, row: Row) -> dict[str, Value]:
    """Return field -> what is written there, of a row's fields as they are. Raises ForbiddenError.

    A field that the row does not have stays away, but for a fixed value: that is what the map says of it.
    """
    return {
        name: replaced(row.get(name), inside, instead(name, masking.key))
        for name, inside in by_field(masking.masks).items()
        if name in row or (isinstance(inside, Mask) and inside.strategy is Strategy.FIXED)
    }


def instead(name: str, key: bytes) -> Instead:
    """Return what makes of a value of a field, or of something inside it, what takes its place."""
    return lambda mask, value: masked_value(name, value, mask, key)


def masked_value(name: str, value: Value, mask: Mask, key: bytes) -> Value:
    """Return what takes a value's place; nothing stays nothing. Raises ForbiddenError for what is no text."""
    if mask.strategy is Strategy.FIXED:
        return mask.value
    if value is None or mask.strategy is Strategy.NULL:
        return None
    if mask.strategy is Strategy.REDACT:
        return redacted(value, mask)
    if not isinstance(value, str):
        raise ForbiddenError(f"'{mask.strategy}' writes text, and the field {name} holds another value")
    return made(value, mask.strategy, key)


def made(value: str, strategy: Strategy, key: bytes) -> str:
    """Return the text that a keyed hash or a random text is, of the length that tells it again."""
    digits = (
        hmac.new(key, value.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()
        if strategy is Strategy.HMAC
        else secrets.token_hex(16)
    )
    return MADE + digits[: MADE_LENGTHS[strategy] - len(MADE)]


def check_own(masks: Mapping[str, Mask], names: tuple[str, ...]) -> None:
    """Raise ForbiddenError for a mask on a field that comes from the file's path."""
    for name in by_field(masks):
        if name in names:
            raise ForbiddenError(f"the field {name} is a part of the file's path, which no mask changes")
