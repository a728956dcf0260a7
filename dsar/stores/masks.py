"""Whether a value is what masks have made of another: for stores that tell it themselves as they put values back."""

from __future__ import annotations

import re
from typing import Any

from dsar.datamap.erasure import MADE, MADE_LENGTHS, ErasureAction, Mask, Strategy
from dsar.datamap.model import Collection
from dsar.stores.inside import Inside, replaced
from dsar.stores.masking import masked
from dsar.values import Value, value_to_json

#: Made texts, the longer ones first: a shorter one begins as they do.
_MADE = re.compile(
    "|".join(
        f"{MADE}[0-9a-f]{{{length - len(MADE)}}}(?![0-9a-f])" for length in sorted(MADE_LENGTHS.values(), reverse=True)
    )
)


def is_any_masked(collection: Collection) -> bool:
    """Return whether the collection's erasure writes values into rows that stay."""
    rule = collection.erasure
    return rule is not None and (rule.action is ErasureAction.MASK or bool(rule.detach))


def is_any_deleted(collection: Collection) -> bool:
    """Return whether the collection's erasure deletes rows; where none is said, that is what is asked for."""
    return collection.erasure is None or collection.erasure.action is ErasureAction.DELETE


def made_of(value: Any, inside: Inside) -> Any:
    """Return what masks write of a value; in the place of texts that nobody makes twice stand others of their kind."""
    return replaced(value, inside, _made_instead)


def told(value: Value) -> bytes:
    """Return what tells a value that masks may have written from any other: it is the same for all made texts."""
    return value_to_json(_with_made_alike(value))


def is_without(inside: Inside) -> bool:
    """Return whether masks write nothing where there was nothing, so that a row without it has nothing to put back."""
    return isinstance(inside, Mask) and inside.strategy is Strategy.HMAC


def _made_instead(mask: Mask, value: Any) -> Any:
    if value is not None and mask.strategy in MADE_LENGTHS:
        return MADE + "0" * (MADE_LENGTHS[mask.strategy] - len(MADE))
    return masked(value, mask, key=b"", where="")


def _with_made_alike(value: Value) -> Value:
    if isinstance(value, str):
        return _MADE.sub(lambda found: MADE + "0" * (len(found[0]) - len(MADE)), value)
    if isinstance(value, list):
        return [_with_made_alike(item) for item in value]
    if isinstance(value, dict):
        return {name: _with_made_alike(item) for name, item in value.items()}
    return value
