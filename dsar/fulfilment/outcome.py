"""What came of a dataset, put together from the times it was read: what a bundle tells of a store. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime

from dsar.bundle.contents import CollectionContents, CollectionState, OpenBlocks, StoreContents
from dsar.datamap.graph import CollectionKey
from dsar.datamap.model import Collection, Dataset
from dsar.fulfilment.narrowing import moment_field
from dsar.fulfilment.scope import Scope
from dsar.fulfilment.walk import CollectionCounts
from dsar.wording import N_

#: Opens the rows of a collection by its name, as blocks of whole lines of JSON.
BlocksOf = Callable[[str], AbstractContextManager[Iterator[bytes]]]


@dataclass(frozen=True, slots=True)
class Reading:
    """A dataset read once: counts by collection, (collection, name) undeclared, when; `blocks` opens what it kept.

    `sizes` are the bytes that were kept, by collection.
    """

    counts: Mapping[str, CollectionCounts]
    undeclared: Sequence[tuple[str, str]]
    snapshot_at: datetime | None
    blocks: BlocksOf
    sizes: Mapping[str, int]


@dataclass(frozen=True)
class Outcome:
    """Tells of datasets; `unreached` says of a collection why the identities do not lead there."""

    scope: Scope
    unreached: Mapping[CollectionKey, str]

    def store(self, dataset: Dataset, readings: Sequence[Reading], *, failure: str = "") -> StoreContents:
        """Return a dataset with each of its collections; `failure` says why it could not be read to the end."""
        names = {pair for reading in readings for pair in reading.undeclared}
        return StoreContents(
            dataset=dataset.key,
            collections=tuple(self._collection(item, readings, names, failure) for item in dataset.collections),
            snapshot_at=min((reading.snapshot_at for reading in readings if reading.snapshot_at), default=None),
            undeclared=tuple(sorted(collection for collection, name in names if not name)),
        )

    def _collection(
        self, collection: Collection, readings: Sequence[Reading], undeclared: set[tuple[str, str]], failure: str
    ) -> CollectionContents:
        counts = [reading.counts[collection.name] for reading in readings if collection.name in reading.counts]
        types: dict[str, set[str]] = defaultdict(set)
        for count in counts:
            for field, seen in count.types.items():
                types[field].update(seen)
        rows = sum(count.rows for count in counts)
        state, reason = self._state(collection, failure, asked=bool(counts), rows=rows)
        return CollectionContents(
            collection=collection,
            state=state,
            reason=reason,
            rows=rows,
            withheld=sum(count.withheld for count in counts),
            seconds=sum(count.seconds for count in counts),
            types={field: frozenset(seen) for field, seen in types.items()},
            undeclared=tuple(sorted(name for owner, name in undeclared if owner == collection.name and name)),
            excluded_fields=self.scope.excluded(collection),
            open_blocks=_opener(collection.name, readings) if rows else None,
            size=_size(collection.name, readings),
            is_unasked=self.scope.is_unasked(collection),
            outside=sum(count.outside for count in counts),
            has_no_days=bool(rows) and self.scope.part.is_dated and not moment_field(collection),
        )

    def _state(self, collection: Collection, failure: str, *, asked: bool, rows: int) -> tuple[CollectionState, str]:
        if collection.skip_processing:
            return CollectionState.EXCLUDED, N_("the data map says not to process it")
        if self.scope.drops_all(collection):
            return CollectionState.EXCLUDED, self.scope.reason(collection)
        if failure:
            return CollectionState.FAILED, failure
        if rows:
            return CollectionState.DELIVERED, ""
        if asked:
            return CollectionState.EMPTY, ""
        return CollectionState.UNREACHED, self.unreached.get(collection.key, N_("no row was found that leads here"))


def _size(name: str, readings: Sequence[Reading]) -> int:
    return sum(reading.sizes.get(name, 0) for reading in readings)


def _opener(name: str, readings: Sequence[Reading]) -> OpenBlocks:
    with_rows = [reading for reading in readings if name in reading.counts and reading.counts[name].rows]

    @contextmanager
    def opened() -> Iterator[Iterator[bytes]]:
        yield _chained(name, with_rows)

    return opened


def _chained(name: str, readings: Sequence[Reading]) -> Iterator[bytes]:
    for reading in readings:
        with reading.blocks(name) as blocks:
            yield from blocks
