"""What becomes of a row in an erasure, and why."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from dsar.datamap.erasure import Erasure, ErasureAction, Mask
from dsar.datamap.model import Collection, RetentionKind
from dsar.fulfilment.erasing.done import is_masked
from dsar.fulfilment.found import best
from dsar.fulfilment.joinkey import Form, Known, Paths
from dsar.fulfilment.reach import Owner, Reach
from dsar.fulfilment.verdicts import effective
from dsar.fulfilment.visit import Visit
from dsar.values import Row
from dsar.wording import N_


class Fate(StrEnum):
    """MASKED rows have lost their values already; FLAGGED ones stay, since they may be others' as well.

    DETACH: another's, or kept, and it loses only what names a row of the person's that goes.
    """

    DELETE = "delete"
    MASK = "mask"
    DETACH = "detach"
    MASKED = "masked"
    KEEP = "keep"
    FLAGGED = "flagged"
    OTHERS = "others"


#: What an erasure has to change: none of it is left when it is done.
TO_DO = frozenset({Fate.DELETE, Fate.MASK, Fate.DETACH})
_NOT_THEIRS = frozenset({Fate.FLAGGED, Fate.OTHERS})

NOT_SAID = N_("The data map says nothing of erasing it.")
LOOKED_UP = N_("It was only looked up: others may refer to it too.")
SHARED = N_("It belongs to others as well.")
NOT_BY = N_("The person is named in it, but it is not theirs to erase.")
ANOTHERS = N_("It names another person.")
DETACHED = "It stays, and no longer names what is deleted"


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

    def __init__(self, visit: Visit, masks: Mapping[str, Mask]) -> None:
        self._visit, self._masks = visit, masks
        self._rule = visit.collection.erasure or Erasure(ErasureAction.KEEP)

    def of(self, row: Row, forms: Mapping[Paths, tuple[Form, ...]], known: tuple[Known, ...]) -> tuple[Fate, str]:
        """Return what becomes of a row that `known` keys lead to, and why where it is not changed as a whole.

        What is taken out of a text is the person's: where the map says `shared`, out of rows that stay others', too.
        """
        fate, why = self._of(row, forms, known)
        if fate in _NOT_THEIRS and self._rule.redacts_all and not self._is_masked(row):
            return Fate.MASK, ""
        if fate in TO_DO or not (fields := self.letting_go(forms, known)):
            return fate, why
        return Fate.DETACH, f"{DETACHED} ({', '.join(fields)}). {why}"

    def letting_go(self, forms: Mapping[Paths, tuple[Form, ...]], known: tuple[Known, ...]) -> tuple[str, ...]:
        """Return the fields by which a row names rows of the person that go, and of which it lets go if it stays."""
        return tuple(sorted(name for name in self._rule.detach if self._is_by((name,), forms, known)))

    def _of(self, row: Row, forms: Mapping[Paths, tuple[Form, ...]], known: tuple[Known, ...]) -> tuple[Fate, str]:
        visit, owner = self._visit, self._visit.owner(row)
        reach = best(forms, *known)
        if reach is None or effective(owner, reach) is Reach.FOREIGN:
            return Fate.OTHERS, ANOTHERS
        if self._rule.action is ErasureAction.KEEP:
            return Fate.KEEP, why_kept(visit.collection)
        if effective(owner, reach) is Reach.LOOKUP:
            return Fate.FLAGGED, LOOKED_UP
        if self._rule.by and not self._is_by(self._rule.by, forms, known):
            return Fate.FLAGGED, NOT_BY
        if self._is_shared(row, owner):
            return Fate.FLAGGED, SHARED
        if self._rule.action is ErasureAction.DELETE:
            return Fate.DELETE, ""
        return (Fate.MASKED if self._is_masked(row) else Fate.MASK), ""

    @staticmethod
    def _is_by(names: tuple[str, ...], forms: Mapping[Paths, tuple[Form, ...]], known: tuple[Known, ...]) -> bool:
        sets = ({paths: keys for paths, keys in found.items() if paths[0] in names} for found in known)
        return best(forms, *sets) is Reach.OWN

    def _is_shared(self, row: Row, owner: Owner) -> bool:
        """Return whether a row that is not known to be the person's alone may be another's, too."""
        if self._rule.by or self._rule.shared:
            return False
        return (self._visit.collection.shared is not None and owner is not Owner.PERSON) or self._visit.elements.any(
            row
        )

    def _is_masked(self, row: Row) -> bool:
        return all(is_masked(row, path, mask) for path, mask in self._masks.items())
