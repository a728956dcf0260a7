"""Whether a value is what a mask writes: for stores that tell it by themselves when they put values back."""

from __future__ import annotations

from dsar.datamap.erasure import MADE, MADE_LENGTHS, ErasureAction, Mask, Strategy
from dsar.datamap.model import Collection
from dsar.values import Value


def masks_of(collection: Collection) -> dict[str, Mask]:
    """Return what the collection's erasure masks; nothing where rows go as a whole."""
    rule = collection.erasure
    return dict(rule.masks) if rule is not None and rule.action is ErasureAction.MASK else {}


def is_still(value: Value, mask: Mask) -> bool:
    """Return whether it is what the mask wrote, or may be: of a text that was made its beginning and length tell."""
    if mask.strategy is Strategy.FIXED:
        return bool(value == mask.value)
    if mask.strategy is Strategy.NULL:
        return value is None
    return isinstance(value, str) and value.startswith(MADE) and len(value) == MADE_LENGTHS.get(mask.strategy)
