"""What becomes of a row in an erasure, and why."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from dsar.datamap.erasure import MADE, MADE_LENGTHS, Erasure, ErasureAction, Mask, Strategy
from dsar.datamap.model import Collection, RetentionKind
from dsar.fulfilment.found import best
from dsar.fulfilment.joinkey import Form, Known, Paths
from dsar.fulfilment.reach import Owner, Reach
from dsar.fulfilment.verdicts import effective
from dsar.fulfilment.visit import Visit
from dsar.values import Row, Value

_HEXADECIMAL = frozenset("0123456789abcdef")


class Fate(StrEnum):
    """MASKED rows have lost their values already; FLAGGED ones stay, since they may be others' as well."""

    DELETE = "delete"
    MASK = "mask"
    MASKED = "masked"
    KEEP = "keep"
    FLAGGED = "flagged"
    OTHERS = "others"


NOT_SAID = "The data map says nothing of erasing it."
LOOKED_UP = "It was only looked up: others may refer to it too."
SHARED = "It belongs to others as well."
NOT_BY = "The person is named in it, but it is not theirs to erase."
ANOTHERS = "It names another person."


def why_kept(collection: Collection) -> str:
    """Return what a person is told of rows that are kept: with the duty, and until when, where one is named."""
    why = collection.erasure.why if collection.erasure else NOT_SAID
    retention = collection.retention
    if retention is None or retention.kind is not RetentionKind.DUTY:
        return why
    until = f", {retention.until}" if retention.until else ""
    return f"{why} ({retention.duty}{until})"


class Fates:
    """Decides over the rows of one collection; asked with all keys that the whole search has found."""

    def __init__(self, visit: Visit) -> None:
        self._visit = visit
        self._rule = visit.collection.erasure or Erasure(ErasureAction.KEEP)

    def of(self, row: Row, forms: Mapping[Paths, tuple[Form, ...]], known: tuple[Known, ...]) -> tuple[Fate, str]:
        """Return what becomes of a row that `known` keys lead to, and why where it is not changed."""
        visit, owner = self._visit, self._visit.owner(row)
        reach = best(forms, *known)
        if reach is None or effective(owner, reach) is Reach.FOREIGN:
            return Fate.OTHERS, ANOTHERS
        if self._rule.action is ErasureAction.KEEP:
            return Fate.KEEP, why_kept(visit.collection)
        if effective(owner, reach) is Reach.LOOKUP:
            return Fate.FLAGGED, LOOKED_UP
        if self._rule.by and not self._is_by(forms, known):
            return Fate.FLAGGED, NOT_BY
        if self._is_shared(row, owner):
            return Fate.FLAGGED, SHARED
        if self._rule.action is ErasureAction.DELETE:
            return Fate.DELETE, ""
        return (Fate.MASKED if self._is_masked(row) else Fate.MASK), ""

    def _is_by(self, forms: Mapping[Paths, tuple[Form, ...]], known: tuple[Known, ...]) -> bool:
        sets = ({paths: keys for paths, keys in found.items() if paths[0] in self._rule.by} for found in known)
        return best(forms, *sets) is Reach.OWN

    def _is_shared(self, row: Row, owner: Owner) -> bool:
        """Return whether a row that is not known to be the person's alone may be another's, too."""
        if self._rule.by or self._rule.shared:
            return False
        return (self._visit.collection.shared is not None and owner is not Owner.PERSON) or self._visit.elements.any(
            row
        )

    def _is_masked(self, row: Row) -> bool:
        return all(_is_done(row.get(name), mask) for name, mask in self._rule.masks.items())


def _is_done(value: Value, mask: Mask) -> bool:
    """Return whether a value is what the mask writes: of a text made by an erasure its beginning and length tell."""
    if mask.strategy is Strategy.FIXED:
        return bool(value == mask.value)
    if value is None or mask.strategy is Strategy.NULL:
        return value is None
    digits = value.removeprefix(MADE) if isinstance(value, str) else ""
    return len(digits) == MADE_LENGTHS[mask.strategy] - len(MADE) and set(digits) <= _HEXADECIMAL
