"""The restoration log of one erasure: a sealed file for each collection whose rows it takes or masks.

Files are written in the transaction that changes the store, before its first change. A mark beside them says that it
was committed: without it the rows are still in the store, or, where it knows no transactions, some of them are.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import quote, unquote
from uuid import uuid4

from dsar.bundle.sealing import SealKey
from dsar.datamap.erasure import ErasureAction, Mask, Strategy
from dsar.datamap.model import Collection
from dsar.fulfilment.erasing.sorting import Change, Sorted
from dsar.fulfilment.keys import KeySet
from dsar.fulfilment.reach import Identities
from dsar.fulfilment.restoring.keeping import is_restorable
from dsar.fulfilment.restoring.sealed import read_sealed, write_sealed
from dsar.storage import Storage
from dsar.stores.base import Changing, StoreError
from dsar.stores.restorable import RawRow, Restorable

_DONE = "done"
#: The mark of a try of which some may have been done, in a store that knows rows again (Restorable).
_BEGUN = "begun"
_MARKS = frozenset({_DONE, _BEGUN})
_NOTHING = "0000-nothing"
_FORMAT = 1
_BATCH = 1_000


@dataclass(frozen=True)
class Kept:
    """What was taken of one collection, in the order in which it was taken; `masks` are none of deleted rows.

    `is_sure`: whether it is known that it was changed then.
    """

    dataset: str
    collection: str
    action: ErasureAction
    masks: dict[str, Mask]
    rows: Iterator[Sequence[RawRow]]
    is_sure: bool = True


class RestorationLog:
    """A keeper (dsar.fulfilment.erasing.keeper). Below `folder` of the storage; what it writes opens with `key` alone.

    Raises OSError where storage does: then nothing is erased.
    """

    def __init__(self, storage: Storage, folder: str, *, key: SealKey) -> None:
        self._storage, self._folder, self._key = storage, folder, key
        self._last: dict[str, str] = {}
        self._unkept: set[str] = set()

    def begin(self, keys: KeySet, identities: Identities) -> None:
        """Nothing is known yet of the rows."""

    def before(self, dataset: str, found: Sequence[Sorted], changing: Changing) -> None:
        changed = [item for item in found if item.changed]
        kept = [item for item in changed if is_restorable(changing, item.visit.collection)]
        if changed and not kept:
            self._unkept.add(dataset)  # what is erased there is gone at once
            return
        numbers = [int(name.partition("-")[0]) for name in self._storage.names(self._of(dataset))]
        attempt = self._last[dataset] = f"{max(numbers, default=0) + 1:04}-{uuid4().hex}"
        changes = [(item.visit.collection, change) for item in kept for change in item.changes()]
        for number, (collection, change) in enumerate(changes):
            path = f"{self._of(dataset)}/{attempt}/{number:04}.age"
            lines = _lines(collection, change, cast(Restorable, changing))
            with self._storage.writing(path) as target:
                write_sealed(lines, target, recipient=self._key.recipient)
        if kept and cast(Restorable, changing).knows_rows:
            self._mark(dataset, attempt, _BEGUN)

    def after(self, dataset: str) -> None:
        """Mark what was kept last: where a process was killed before it could, the next one finds nothing to change.

        Where there never was anything the mark says so: undone is the erasure in that dataset, too.
        """
        if dataset not in self._unkept:
            attempt = self._last.get(dataset) or max(self._storage.names(self._of(dataset)), default=_NOTHING)
            self._mark(dataset, attempt, _DONE)

    def datasets(self) -> list[str]:
        """Return the datasets of which something was taken, or may have been."""
        return [unquote(name) for name in self._storage.names(self._folder)]

    def holds(self, dataset: str) -> bool:
        """Return whether something of a dataset can be put back: kept, and committed. Raises OSError, SealError."""
        with closing(self._parts(dataset)) as parts:
            return next(parts, None) is not None

    @contextmanager
    def parts(self, dataset: str) -> Iterator[Iterator[Kept]]:
        """Open what was taken of a dataset, last things first. Raises OSError, SealError while it is read."""
        yield self._parts(dataset)

    def _parts(self, dataset: str) -> Generator[Kept, None, None]:
        for attempt in reversed(self._storage.names(self._of(dataset))):
            names = self._storage.names(f"{self._of(dataset)}/{attempt}")
            if _MARKS.isdisjoint(names):
                continue
            for name in sorted(set(names) - _MARKS, reverse=True):
                with self._storage.open(f"{self._of(dataset)}/{attempt}/{name}") as source:
                    lines = read_sealed(source, identity=self._key.identity_string)
                    head = next(lines)
                    yield Kept(
                        head["dataset"],
                        head["collection"],
                        ErasureAction(head["action"]),
                        {field: _mask(said) for field, said in head["fields"].items()},
                        _batches(head["columns"], lines),
                        is_sure=_DONE in names,
                    )
                    lines.close()

    def _mark(self, dataset: str, attempt: str, mark: str) -> None:
        with self._storage.writing(f"{self._of(dataset)}/{attempt}/{mark}") as file:
            file.write(b"")

    def _of(self, dataset: str) -> str:
        return f"{self._folder}/{quote(dataset, safe='')}"


def _lines(collection: Collection, change: Change, changing: Restorable) -> Iterator[Any]:
    """Yield a head, then each row's values. Raises StoreError where other rows are met than were sorted."""
    taken = 0
    head = {
        "format": _FORMAT,
        "dataset": collection.dataset,
        "collection": collection.name,
        "action": str(change.action),
        "fields": {path: _said(mask) for path, mask in change.masks.items()},
    }
    columns: list[str] | None = None
    for selection in change.selections():
        for batch in changing.take(collection, selection, change.masks):
            if columns is None:
                columns = list(batch[0])
                yield {**head, "columns": columns}
            for row in batch:
                yield list(row.values())
            taken += len(batch)
    if taken != change.count:
        where = f"{collection.dataset}:{collection.name}"
        raise StoreError(f"{where}: {taken} rows would be kept where {change.count} were found", retry=False)


def _said(mask: Mask) -> dict[str, Any]:
    return {"strategy": mask.strategy, "value": mask.value, "words": mask.words, "length": mask.length}


def _mask(said: dict[str, Any]) -> Mask:
    words = tuple(said.get("words", ()))  # logs of an earlier form have none
    return Mask(Strategy(said["strategy"]), said["value"], words=words, length=said.get("length"))


def _batches(columns: Sequence[str], lines: Iterator[Any]) -> Iterator[Sequence[RawRow]]:
    batch: list[RawRow] = []
    for values in lines:
        batch.append(dict(zip(columns, values, strict=True)))
        if len(batch) == _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch
