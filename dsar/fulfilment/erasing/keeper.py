"""What an erasure tells whoever keeps what it takes away and remembers that it was done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from dsar.fulfilment.erasing.sorting import Sorted
from dsar.fulfilment.keys import KeySet
from dsar.fulfilment.reach import Identities
from dsar.stores.base import Changing


class Keeper(Protocol):
    """Called by one erasure: `begin` once, then for each dataset `before` and `after`. What it raises ends the erasure.

    An erasure that is taken up again after a kill calls all of them again.
    """

    def begin(self, keys: KeySet, identities: Identities) -> None:
        """Everything is approved, nothing is changed yet; neither argument is to be changed."""

    def before(self, dataset: str, found: Sequence[Sorted], changing: Changing) -> None:
        """The rows in `found` are about to be changed in this transaction. Raises StoreError: it is taken back."""

    def after(self, dataset: str) -> None:
        """The dataset's change is committed, or there was nothing to change in it."""


@dataclass(frozen=True)
class Together:
    """Several keepers, called in their order."""

    keepers: Sequence[Keeper]

    def begin(self, keys: KeySet, identities: Identities) -> None:
        for keeper in self.keepers:
            keeper.begin(keys, identities)

    def before(self, dataset: str, found: Sequence[Sorted], changing: Changing) -> None:
        for keeper in self.keepers:
            keeper.before(dataset, found, changing)

    def after(self, dataset: str) -> None:
        for keeper in self.keepers:
            keeper.after(dataset)
