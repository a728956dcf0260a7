"""What every kind of store can do. One protocol, one contract suite (tests/stores/contract.py).

A store answers with at least the rows that were asked for and only with declared fields; who the rows
belong to is decided by dsar.fulfilment, which compares every returned row again by code points.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, runtime_checkable

from dsar.datamap.erasure import Mask
from dsar.datamap.model import Collection, Dataset
from dsar.values import Row, Value


class StoreError(Exception):
    """A store did not answer, or not as its data map says. `retry` tells whether waiting can help.

    `done`: rows that a block of changes had changed by then for good, in a store that knows no transactions.
    """

    def __init__(self, message: str, *, retry: bool, done: int = 0) -> None:
        super().__init__(message)
        self.retry = retry
        self.done = done


class StoreConfigError(Exception):
    """A store's address or options, or a collection's `meta.source`, is wrong. The message says what to write."""


class SourceError(StoreConfigError):
    """The mistake is in the data map: a collection's `meta.source`. The message names its file and line."""


@dataclass(frozen=True, slots=True)
class Alternative:
    """Rows whose values at `paths` equal one of `values` (tuples as long as `paths`: a group is ANDed)."""

    paths: tuple[str, ...]
    values: frozenset[tuple[Value, ...]]


@dataclass(frozen=True, slots=True)
class Selection:
    """The rows of a collection that match any of the alternatives (OR) and every one of `only` (AND)."""

    alternatives: tuple[Alternative, ...]
    only: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, order=True)
class Undeclared:
    """Something found in the store that the data map neither declares nor ignores; `name` "" is the collection."""

    collection: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class FoundReference:
    """A foreign key that the store enforces: its fields, and what they name, part by part."""

    fields: tuple[str, ...]
    collection: str
    targets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FoundCollection:
    """A collection as the store itself describes it: field name (dotted where nested) -> its own type name."""

    name: str
    fields: Mapping[str, str]
    primary_key: tuple[str, ...] = ()
    declared: tuple[str, ...] = ()  # the data map's collections that are this one
    references: tuple[FoundReference, ...] = ()
    source: Mapping[str, Any] = field(default_factory=dict)  # the `meta.source` that would declare it


@dataclass(frozen=True, slots=True)
class Certainty:
    """Whether what `introspect()` does not name is not there (True), or was only not met (False)."""

    collections: bool
    fields: bool


class Snapshot(Protocol):
    """One consistent view of a store, as far as the kind of store has one; `taken_at` is an aware datetime."""

    taken_at: datetime

    def read(self, collection: Collection, selection: Selection) -> Iterator[Sequence[Row]]:
        """Yield batches of matching rows, each row once (identical rows without a key as often as they occur).

        Rows hold the collection's readable fields only. Raises StoreError.
        """

    def count(self, collection: Collection, selection: Selection) -> int:
        """Return how many rows match. Raises StoreError."""

    def undeclared(self) -> tuple[Undeclared, ...]:
        """Return what has been noticed so far that the map neither declares nor ignores, sorted."""


class Store(Protocol):
    """A live connection; engines and pools are made once a process. Safe to use from several threads."""

    kind: str

    @property
    def certainty(self) -> Certainty | None:
        """How far `introspect` is to be trusted; None: this kind cannot tell what it holds."""

    def snapshot(self) -> AbstractContextManager[Snapshot]:
        """Open a snapshot. Raises StoreError if the store does not answer."""

    def introspect(self) -> tuple[FoundCollection, ...]:
        """Return what the store really holds, as far as it can tell. Raises StoreError."""

    def close(self) -> None: ...


@runtime_checkable
class Referring(Protocol):
    """What a store can do besides, where that is quicker than telling everything: tell its foreign keys."""

    def references(self) -> tuple[FoundCollection, ...]:
        """Return what `introspect` tells, but for fields, keys and collections without references. Raises StoreError.

        Collections that the data map declares are all there.
        """


@runtime_checkable
class Sampling(Protocol):
    """What a store can do besides, where it costs little: show some rows of a collection as they are."""

    def sample(self, found: FoundCollection, fields: Sequence[str], limit: int) -> Sequence[Row]:
        """Return at most `limit` rows with these fields, whoever's they are. Raises StoreError."""


@dataclass(frozen=True, slots=True)
class Explained:
    """What a reading sends, in the store's own language.

    `queries` are statements, commands, requests or paths, with placeholders where values are bound; `notes` say the
    rest in words.
    """

    queries: tuple[str, ...]
    notes: tuple[str, ...] = ()


@runtime_checkable
class Explaining(Protocol):
    """What a store and its snapshots can do besides: tell what `read` sends, made by the code that sends it.

    A store tells it without asking its service anything, as far as the data map says; a snapshot as things are.
    """

    def explain(self, collection: Collection, by: Sequence[tuple[str, ...]]) -> Explained:
        """Tell it for alternatives that are asked at these paths, whatever their values. Raises StoreError."""


@dataclass(frozen=True, slots=True)
class Average:
    """How many rows one key finds, more or less, and `by` whose account."""

    rows: float
    by: str


@runtime_checkable
class Estimating(Protocol):
    """What a snapshot can do besides, where that costs little: tell what a key finds without knowing the key."""

    def rows_a_key(self, collection: Collection, paths: tuple[str, ...]) -> Average | None:
        """Return the average, None where the store does not know. Raises StoreError."""


@runtime_checkable
class Scanning(Protocol):
    """What a snapshot can do besides: read a collection from end to end, whoever's its rows are."""

    def scan(
        self, collection: Collection, fields: Sequence[str], *, since: datetime | None = None
    ) -> Iterator[Sequence[Row]]:
        """Yield batches of all rows with these readable top-level fields. Raises StoreError.

        A store that knows no snapshots may yield one twice. Left out may be what was there before `since` (aware) and
        was not written to after it, where that is known without reading; restored from a backup counts as written.
        """


@runtime_checkable
class Discovering(Protocol):
    """What a store can do besides, whose names follow patterns: find the patterns of what nobody has declared."""

    def discover(self) -> tuple[FoundCollection, ...]:
        """Return collections as they could be declared, each with its `source`. Raises StoreError."""


@dataclass(frozen=True, slots=True)
class Group:
    """Rows of a collection that are alike: their values in some fields, and how many they are.

    `digest` is made of their primary keys: the digests of the groups of any rows add up to the same sum, however the
    rows are parted into groups.
    """

    row: Row
    count: int
    digest: int


@runtime_checkable
class Grouping(Protocol):
    """What a snapshot can do besides, where a store can count: tell rows by what they are alike in, not one by one.

    One in which rows can be changed changes by a selection the very rows that its groups were of.
    """

    def groups(
        self, collection: Collection, selection: Selection, fields: Sequence[str]
    ) -> Iterator[Sequence[Group]] | None:
        """Return the matching rows by their values in these top-level fields; each row is in one group.

        Values are told apart by code points. None: it cannot tell these fields apart so, or the rows by their declared
        primary key. Raises StoreError, while groups are read, too.
        """


@runtime_checkable
class Narrowing(Protocol):
    """What a changing snapshot can do besides: tell rows by more than a selection, where they have no primary key."""

    def narrow(self, goes: Callable[[Collection, Row], bool]) -> None:
        """Change from here on only rows of which this says that they go."""


class ForbiddenError(StoreError):
    """A change that a store's own rules forbid: a foreign key, NOT NULL, a unique value, a length or a type."""

    def __init__(self, message: str, *, done: int = 0) -> None:
        super().__init__(message, retry=False, done=done)


class Changing(Snapshot, Protocol):
    """A snapshot in which rows can be changed, one by one or all together: nothing is changed until its block ends.

    A row is changed as it was read: in one that has become another since, nothing is changed, or all is taken back.
    """

    def delete(self, collection: Collection, selection: Selection) -> int:
        """Delete the rows that match; return how many. Raises ForbiddenError, StoreError."""

    def mask(self, collection: Collection, selection: Selection, masks: Mapping[str, Mask], *, key: bytes) -> int:
        """Put what the masks say in the place of fields' values; return how many rows matched.

        Dotted paths lead into objects, through arrays: nothing is added where a value is not there. `key` is of keyed
        hashes. Selected are rows by values that are not masked. Raises ForbiddenError, StoreError.
        """


@runtime_checkable
class Rehearsable(Protocol):
    """What a store can say besides of its blocks of changes."""

    @property
    def looks_by_changing(self) -> bool:
        """Whether a block in which nothing is changed costs no more than a snapshot, and keeps nobody waiting."""


@runtime_checkable
class Rehearsing(Protocol):
    """What a changing snapshot can do besides: try a deletion of many rows on a few of them."""

    def rehearse_delete(self, collection: Collection, selection: Selection) -> bool:
        """Delete a few of the rows that match, if nothing in the store can forbid one that it allows of another.

        False: that cannot be said, and nothing was tried. Raises ForbiddenError, StoreError.
        """


@runtime_checkable
class Changeable(Protocol):
    """What a store can do besides: change rows, all of one block or none.

    Where a kind of store knows no transactions, an error may leave some rows changed: its `done` counts them.
    """

    def changing(self, *, commits: bool) -> AbstractContextManager[Changing]:
        """Open a snapshot in which rows can be changed.

        When the block ends every rule of the store is checked; then the changes stay, or, unless it `commits`, are
        taken back: a dry run. After an error within the block nothing is changed. Raises ForbiddenError, StoreError.
        """


@dataclass(frozen=True, slots=True)
class Arriving:
    """Rows of an export for one collection, as JSON has them; `batches` yields them anew each time.

    `kinds` are the value types (dsar.values' names) that were seen in each top-level field: JSON writes some alike.
    """

    collection: Collection
    batches: Callable[[], Iterator[Sequence[Row]]]
    kinds: Mapping[str, frozenset[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MadeUp:
    """What a store wants and no export holds: in `count` rows of `place` a value of `column`, "" for whole rows."""

    place: str
    column: str
    count: int


class Loading(Protocol):
    """A transaction that puts rows into a store."""

    def load(self, arriving: Sequence[Arriving]) -> Sequence[MadeUp]:
        """Put all rows in, each after those that it names; tell what had to be made up beside them.

        Raises ForbiddenError, also where a row is there already, and StoreError.
        """


@runtime_checkable
class Loadable(Protocol):
    """What a store can do besides: take the rows of an export, all of them or none."""

    def is_bare(self, collection: Collection) -> bool:
        """Return whether nothing of the collection is there, not even what it could be read from. Raises StoreError."""

    def loading(self) -> AbstractContextManager[Loading]:
        """Open a transaction; after an error nothing is loaded. Raises ForbiddenError, StoreError."""


class OpenStore(Protocol):
    """What each kind's folder exports as `open_store`."""

    def __call__(self, dataset: Dataset, url: str, options: Mapping[str, Any]) -> Store: ...
