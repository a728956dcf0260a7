"""Undo an erasure by its restoration log: rows come back parents first, masked fields where nobody wrote since."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain

from dsar.bundle.sealing import SealError
from dsar.datamap.erasure import ErasureAction
from dsar.datamap.model import DataMap
from dsar.fulfilment.joinkey import CollectionKey
from dsar.fulfilment.ledger.history import Deed, State, read_deeds
from dsar.fulfilment.ledger.ledger import Case, Ledger
from dsar.fulfilment.restoring.log import Kept, RestorationLog
from dsar.stores.base import Changeable, Store, StoreConfigError, StoreError
from dsar.stores.restorable import Restorable


class NotRestorableError(Exception):
    """Something stands in the way; the message tells all of it. Nothing was changed."""


@dataclass
class Restored:
    """`rows`: written again; `there`: were there already; `taken`: left out, since others stand in their place;
    `fields`: written back; `left`: written by others since.

    `failure`: why it stopped half-way, "" if it did not; asked again, what is there already is no obstacle.
    """

    rows: Counter[CollectionKey] = field(default_factory=Counter)
    there: Counter[CollectionKey] = field(default_factory=Counter)
    taken: Counter[CollectionKey] = field(default_factory=Counter)
    fields: Counter[CollectionKey] = field(default_factory=Counter)
    left: Counter[CollectionKey] = field(default_factory=Counter)
    failure: str = ""

    def add(self, other: Restored) -> None:
        self.rows.update(other.rows)
        self.there.update(other.there)
        self.taken.update(other.taken)
        self.fields.update(other.fields)
        self.left.update(other.left)


class Restoration:
    """Of one erasure. `open_store` raises StoreConfigError.

    A dataset that the ledger calls restored is not restored again: rows without a key would come twice.
    """

    def __init__(
        self, log: RestorationLog, case: Case, *, data_map: DataMap, open_store: Callable[[str], Store], ledger: Ledger
    ) -> None:
        self._log, self._case, self._ledger = log, case, ledger
        self._data_map, self._open_store = data_map, open_store

    def datasets(self) -> list[str]:
        """Return the datasets of which something was kept and is not put back yet. Raises OSError, DamagedError."""
        deeds = read_deeds(self._ledger.lines())
        return [
            name for name in self._log.datasets() if deeds.get((self._case, name), Deed()).state is not State.REVERTED
        ]

    def preview(self, datasets: Sequence[str]) -> Restored:
        """Try it, keeping no change. Raises NotRestorableError, OSError."""
        result, problems = Restored(), list[str]()
        for dataset in datasets:
            try:
                result.add(self._put_back(dataset, commits=False))
            except (StoreError, StoreConfigError, SealError) as error:
                problems.append(str(error))
        if problems:
            raise NotRestorableError("\n".join(problems))
        return result

    def execute(self, datasets: Sequence[str], *, clock: Callable[[], datetime]) -> Restored:
        """Put everything back, all of a store or nothing, after it was tried in all of them.

        Raises NotRestorableError, and OSError.
        """
        self.preview(datasets)
        result = Restored()
        for dataset in datasets:
            try:
                result.add(self._put_back(dataset, commits=True))
            except (StoreError, SealError) as error:
                result.failure = str(error)
                return result
            self._ledger.revert(self._case, dataset=dataset, at=clock())
        return result

    def _put_back(self, dataset: str, *, commits: bool) -> Restored:
        with self._log.parts(dataset) as parts:
            first = next(parts, None)
            return Restored() if first is None else self._put_all(dataset, chain([first], parts), commits=commits)

    def _put_all(self, dataset: str, parts: Iterable[Kept], *, commits: bool) -> Restored:
        store = self._open_store(dataset)
        if not isinstance(store, Changeable):
            raise StoreError(f"{dataset}: this kind of store ({store.kind}) cannot be written to", retry=False)
        result = Restored()
        with store.changing(commits=commits) as changing:
            if not isinstance(changing, Restorable):
                raise StoreError(f"{dataset}: this kind of store ({store.kind}) puts no rows back", retry=False)
            for kept in parts:
                self._put(kept, changing, result)
        return result

    def _put(self, kept: Kept, changing: Restorable, result: Restored) -> None:
        key = (kept.dataset, kept.collection)
        try:
            collection = self._data_map.collection(key)
        except KeyError:
            raise StoreError(f"{kept.dataset}:{kept.collection}: the data map names it no more", retry=False) from None
        if kept.action is ErasureAction.DELETE:
            put = changing.put_back(collection, kept.rows, is_sure=kept.is_sure)
            result.rows[key] += put.written
            result.there[key] += put.there
            result.taken[key] += put.left
        else:
            written = changing.write_back(collection, kept.rows, kept.masks)
            result.fields[key] += written.written
            result.left[key] += written.left
