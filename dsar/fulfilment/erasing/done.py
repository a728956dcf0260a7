"""Whether a value is what a mask writes."""

from __future__ import annotations

from dsar.datamap.erasure import MADE, MADE_LENGTHS, Erasure, ErasureAction, Mask, Strategy
from dsar.stores.redacting import count, holds
from dsar.values import Row, Value, at_path

_HEXADECIMAL = frozenset("0123456789abcdef")


def is_masked(row: Row, path: str, mask: Mask) -> bool:
    """Return whether nothing is left to mask at a path: what is not there inside an object needs no mask."""
    if "." not in path:
        return is_done(row.get(path), mask)
    return all(is_done(value, mask) for value in at_path(row, path))


def is_masked_by(rule: Erasure | None, row: Row) -> bool:
    """Return whether a row has lost what the rule puts something in the place of; of redacted texts nobody can tell."""
    if rule is None or rule.action is not ErasureAction.MASK:
        return False
    masks = {path: mask for path, mask in rule.masks.items() if mask.strategy is not Strategy.REDACT}
    return bool(masks) and all(is_masked(row, path, mask) for path, mask in masks.items())


def is_done(value: Value, mask: Mask) -> bool:
    """Return whether a value is what the mask writes: of a text made by an erasure its beginning and length tell."""
    if mask.strategy is Strategy.REDACT:
        return not holds(value, mask.words)
    if mask.strategy is Strategy.FIXED:
        return bool(value == mask.value)
    if value is None or mask.strategy is Strategy.NULL:
        return value is None
    digits = value.removeprefix(MADE) if isinstance(value, str) else ""
    return len(digits) == MADE_LENGTHS[mask.strategy] - len(MADE) and set(digits) <= _HEXADECIMAL


def redactions(row: Row, path: str, mask: Mask) -> int:
    """Return how often a row's texts at a path hold what the mask takes out."""
    if mask.strategy is not Strategy.REDACT:
        return 0
    return sum(count(value, mask.words) for value in at_path(row, path))
