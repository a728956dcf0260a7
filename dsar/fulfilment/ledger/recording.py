"""What keeps the ledger of one erasure, called by it before and after each store's change."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from dsar.datamap.model import DataMap
from dsar.fulfilment.erasing.sorting import Sorted
from dsar.fulfilment.keys import KeySet
from dsar.fulfilment.ledger.hashing import KeyedHashes
from dsar.fulfilment.ledger.intents import is_erased
from dsar.fulfilment.ledger.ledger import Case, Ledger
from dsar.fulfilment.reach import Identities
from dsar.stores.base import Changing


class Recorder:
    """The keeper (dsar.fulfilment.erasing.keeper) that writes the ledger. `clock` returns aware moments."""

    def __init__(
        self, ledger: Ledger, case: Case, *, data_map: DataMap, hashes: KeyedHashes, clock: Callable[[], datetime]
    ) -> None:
        self._ledger, self._case, self._data_map = ledger, case, data_map
        self._hashes, self._clock = hashes, clock
        self._began_at: datetime | None = None
        self._looked_at: dict[str, datetime] = {}

    def begin(self, keys: KeySet, identities: Identities) -> None:
        self._began_at = self._clock()
        self._ledger.intend(
            self._case,
            keys=keys,
            identities=identities,
            collections=self._data_map.collections(),
            hashes=self._hashes,
            at=self._began_at,
        )

    def before(self, dataset: str, found: Sequence[Sorted], changing: Changing) -> None:
        self._looked_at[dataset] = changing.taken_at

    def after(self, dataset: str) -> None:
        if not any(map(is_erased, self._data_map.dataset(dataset).collections)):
            return
        now = self._clock()
        as_of = self._looked_at.get(dataset, self._began_at or now)
        self._ledger.apply(self._case, dataset=dataset, as_of=as_of, erased_at=now)
