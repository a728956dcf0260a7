"""What a store can do besides changing rows: give them whole before, and put them back where it was a mistake."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from dsar.datamap.erasure import Mask
from dsar.datamap.model import Collection
from dsar.stores.base import Selection

#: A row as a store holds it, every part of it: name -> a spelling of the store's own, in types of JSON, without loss.
RawRow = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class PutBack:
    """How many rows were `written`, and how many were not: they are `there` already, exactly as they were, or would be
    gone by themselves by now; or they are `left`: another row stands in their place.
    """

    written: int = 0
    there: int = 0
    left: int = 0


@dataclass(frozen=True, slots=True)
class WrittenBack:
    """How many fields were `written`, or are as they were; and how many were `left`: somebody wrote them since, or the
    row is gone.
    """

    written: int = 0
    left: int = 0


@runtime_checkable
class Restorable(Protocol):
    """What a changing snapshot can do besides: give rows whole, secrets and undeclared parts too, and put them back.

    Whoever asks keeps them encrypted, and for a short while only. `knows_rows`: whether a row that is there already is
    known again, with or without a primary key, so that nothing comes twice that may never have gone.
    """

    @property
    def knows_rows(self) -> bool: ...

    def restores(self, collection: Collection) -> bool:
        """Return whether rows of the collection can be put back at all; else they are not taken."""

    def take(
        self, collection: Collection, selection: Selection, masks: Mapping[str, Mask]
    ) -> Iterator[Sequence[RawRow]]:
        """Yield batches of the rows that match, each row once, all with the same names. Raises StoreError.

        `masks` are those that will be written, and that `write_back` is given; none where the rows go.
        """

    def put_back(self, collection: Collection, rows: Iterable[Sequence[RawRow]], *, is_sure: bool = True) -> PutBack:
        """Write rows that were deleted, all of the collection's. Raises ForbiddenError, StoreError.

        Called first with what was deleted last. `is_sure`: whether it is known that they were, not only meant to be.
        Where a key was taken meanwhile by another row, that is left, or where the store itself has rules, forbidden.
        """

    def write_back(
        self, collection: Collection, rows: Iterable[Sequence[RawRow]], masks: Mapping[str, Mask]
    ) -> WrittenBack:
        """Write masked fields of rows where they still hold what the masks made of them.

        A field with something masked inside is one: where anything in it is another since, all of it is left. Called
        first with what was taken last: what an earlier block took of the same row, and did not change, is no matter.
        Raises ForbiddenError, StoreError.
        """


@runtime_checkable
class Foretelling(Protocol):
    """What a store can do besides: tell, without asking its service anything, what its blocks of changes can do."""

    def restores(self, collection: Collection) -> bool:
        """Return what `Restorable.restores` will return."""
