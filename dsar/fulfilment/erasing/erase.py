"""An erasure over a data map: preview, execution, proof. Pure.

All keys are found before the first change, so that nothing depends on rows that are gone. Each store is changed in one
transaction, in which its rows are sorted once more: where they are others than were approved, nothing is changed in it.
Whoever keeps what a search has found can go on with it in another process, store by store.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import groupby

from dsar.datamap.erasure import ErasureAction
from dsar.datamap.model import Collection, DataMap
from dsar.datamap.plan import make_plan
from dsar.fulfilment.engine import Engine, FoundIdentity, Work
from dsar.fulfilment.erasing.fate import TO_DO
from dsar.fulfilment.erasing.keeper import Keeper
from dsar.fulfilment.erasing.order import children_first
from dsar.fulfilment.erasing.preview import Part, Preview
from dsar.fulfilment.erasing.sorting import Change, Sorted, sort
from dsar.fulfilment.erasing.words import read_words, with_words
from dsar.fulfilment.joinkey import CollectionKey
from dsar.fulfilment.keys import KeySet
from dsar.fulfilment.reach import Identities
from dsar.fulfilment.visit import Visit
from dsar.fulfilment.walk import fixed_values
from dsar.stores.base import (
    Changeable,
    Changing,
    FoundCollection,
    Referring,
    Rehearsable,
    Rehearsing,
    Snapshot,
    Store,
    StoreConfigError,
    StoreError,
)

_KEY_BYTES = 32
#: Rows of a collection beyond which a dry run may try a few of them, where nothing can tell them apart.
_MANY = 1_000


class PlanChangedError(Exception):
    """The rows are others than those that were approved: somebody has to look again. Nothing was changed."""


class NotErasableError(Exception):
    """The preview has problems; the message tells them. Nothing was changed."""


#: Each dataset and its collections, as they are changed.
_Order = list[tuple[str, list[CollectionKey]]]


@dataclass
class Erased:
    """`done`: rows deleted and masked, by collection. `failure`: why it stopped half-way, "" if it did not."""

    done: dict[CollectionKey, Part] = field(default_factory=dict)
    failure: str = ""


@dataclass(frozen=True)
class Search:
    """Everything that is known of the person: identities, and the keys that lead to their rows.

    `words` are values, by field, that are taken out of texts besides the identities. `proven` and `unproven` are
    identities that this search has found in rows; `failures` are stores it could not read.
    """

    identities: Identities
    keys: KeySet
    failures: Mapping[str, str] = field(default_factory=dict)
    proven: frozenset[FoundIdentity] = frozenset()
    unproven: frozenset[FoundIdentity] = frozenset()
    words: KeySet = field(default_factory=KeySet)


class Erasure:
    """The erasure of one person, from the start or with what an earlier `search` has found.

    Keyed hashes are made with a key of this object, which is kept nowhere. `keeper` is told of every store's change:
    before it, in its transaction, and after it is committed.
    """

    def __init__(self, work: Work, *, known: Search | None = None, keeper: Keeper | None = None) -> None:
        self._work = work
        self._keeper = keeper
        self._search = known
        self._order: _Order = []
        self._visits: tuple[Identities, dict[CollectionKey, Visit]] = ({}, {})
        self._key = secrets.token_bytes(_KEY_BYTES)

    @property
    def search(self) -> Search:
        """What is known so far; there is nothing before the first preview or verification of a new erasure."""
        if self._search is None:
            raise ValueError("nothing has been looked for yet")
        return self._search

    def preview(self) -> Preview:
        """Find the person's rows anew and try what would be done with them, keeping no change."""
        search = self._search = self._find_more()
        parts: dict[CollectionKey, Part] = {}
        problems = [reason for _, reason in sorted(search.failures.items())]
        self._order = self._ordered(problems)
        for dataset, collections in self._order:
            try:
                parts |= self._try(dataset, collections, search, problems)
            except (StoreError, StoreConfigError) as error:
                problems.append(str(error))
        plan = make_plan(self._work.data_map, self._work.graph, frozenset(search.identities))
        return Preview(parts, tuple(dict.fromkeys(problems)), plan.unreached)

    def execute(self, *, fingerprint: str) -> Erased:
        """Do what a preview of this fingerprint has shown. Raises PlanChangedError and NotErasableError, nothing done.

        A store that fails stops it, and what others have lost by then is told. The keys are still known here: another
        preview shows what is left to do, and another execution does it.
        """
        preview = self.preview()
        if preview.problems:
            raise NotErasableError("\n".join(preview.problems))
        if preview.fingerprint != fingerprint:
            raise PlanChangedError("the rows are not those that were approved: look at the preview again")
        result = Erased()
        if self._keeper:
            self._keeper.begin(self.search.keys, self.search.identities)
        changed = preview.changed_datasets()
        for dataset, _collections in self._order:
            if dataset not in changed:
                if self._keeper:
                    self._keeper.after(dataset)
                continue
            approved = preview.of(dataset)
            try:
                self.change(dataset, approved)
            except (StoreError, PlanChangedError) as error:
                result.failure = str(error)
                return result
            result.done |= approved
        return result

    def change(self, dataset: str, approved: Mapping[CollectionKey, Part], *, again: bool = False) -> None:
        """Change the rows of one store as a preview has shown them: in the order of its parts, all or none.

        `again` says that an earlier try may have done it, or a part of it where a store knows no transactions: then
        less may be left than was approved. The keeper must have been told that it begins. Raises PlanChangedError and
        StoreError, nothing changed.
        """
        others = [item.key for item in self._work.data_map.dataset(dataset).collections if item.key not in approved]
        with self._changing(dataset, commits=True) as changing:
            found = list(self._sorted([*approved, *others], self.search, changing))
            parts = {item.visit.collection.key: Part.of(item) for item in found if item.counts}
            if parts != dict(approved) and not (again and _is_rest(parts, approved)):
                raise PlanChangedError(
                    f"{dataset}: the rows are not those that were approved; nothing was changed in it"
                )
            if self._keeper:
                self._keeper.before(dataset, found, changing)
            self._apply(found, changing)
        if self._keeper:
            self._keeper.after(dataset)

    def clear_up(self, dataset: str) -> None:
        """Let a store finish what a try that was killed has left beside its rows. Raises StoreError."""
        with self._changing(dataset, commits=True):
            """An empty change is enough."""

    def verify(self) -> Preview:
        """Read every store again, by the keys known before and by a search from the start; return what is found.

        Proven is an erasure whose verification counts no row to delete or to mask, and has no problem.
        """
        search = self._search = self._find_more()
        parts: dict[CollectionKey, Part] = {}
        problems = [reason for _, reason in sorted(search.failures.items())]
        for dataset in self._work.data_map.datasets:
            try:
                with self._work.open_store(dataset.key).snapshot() as snapshot:
                    found = list(self._sorted([item.key for item in dataset.collections], search, snapshot))
            except (StoreError, StoreConfigError) as error:
                problems.append(str(error))
                continue
            parts |= {item.visit.collection.key: Part.of(item) for item in found if item.counts}
        return Preview(parts, tuple(dict.fromkeys(problems)), {})

    def _find_more(self) -> Search:
        """Search from the start, and add what was known before: its rows may be gone that led to others."""
        before = self._search
        known = before.identities if before else self._work.identities
        with Engine(replace(self._work, identities=known)) as engine:
            keys = engine.find()
            if before is not None:
                keys.update(before.keys)
            found = engine.identities, keys, dict(engine.failures)
            proven, unproven = frozenset(engine.proven), frozenset(engine.unproven)
        words = read_words(self._work, *found)
        if before is not None:
            words.update(before.words)
        return Search(*found, proven, unproven, words)

    def _ordered(self, problems: list[str]) -> _Order:
        """Return the collections of each dataset, children first; the datasets by where their last parent stands.

        What a store does not tell of its own keys is a problem.
        """
        data_map, found = self._work.data_map, {}
        for dataset in _changed_datasets(data_map):
            try:
                store = self._work.open_store(dataset)
                found[dataset] = _references(store)
            except (StoreError, StoreConfigError) as error:
                problems.append(str(error))
        order = children_first(data_map, self._work.graph, found)
        last = {key[0]: place for place, key in enumerate(order)}
        by_dataset = sorted(order, key=lambda key: last[key[0]])
        return [(name, list(keys)) for name, keys in groupby(by_dataset, key=lambda key: key[0])]

    def _try(
        self, dataset: str, collections: Sequence[CollectionKey], search: Search, problems: list[str]
    ) -> dict[CollectionKey, Part]:
        """Sort the rows of a store and try its changes; what the store forbids is a problem."""
        store = self._work.open_store(dataset)
        if dataset in _changed_datasets(self._work.data_map) and isinstance(store, Rehearsable):
            parts = self._try_at_once(dataset, collections, search, problems) if store.looks_by_changing else None
            if parts is not None:
                return parts
        with store.snapshot() as snapshot:
            found = list(self._sorted(collections, search, snapshot))
        changes, told = any(item.changed for item in found), _indistinct(found)
        if changes and not isinstance(store, Changeable):
            told.append(f"{dataset}: this kind of store ({store.kind}) cannot be erased from yet")
        problems.extend(told)
        if changes and not told:
            try:
                with self._changing(dataset, commits=False) as changing:
                    self._rehearse(self._sorted(collections, search, changing), changing)
            except (StoreError, PlanChangedError) as error:
                problems.append(str(error))
        return {item.visit.collection.key: Part.of(item) for item in found if item.counts}

    def _try_at_once(
        self, dataset: str, collections: Sequence[CollectionKey], search: Search, problems: list[str]
    ) -> dict[CollectionKey, Part] | None:
        """Sort and try in one block. None where nothing could be read in it: it may be that nothing must be changed."""
        found: list[Sorted] | None = None
        try:
            with self._changing(dataset, commits=False) as changing:
                found = list(self._sorted(collections, search, changing))
                told = _indistinct(found)
                if not told:
                    self._rehearse(found, changing)
        except (StoreError, PlanChangedError) as error:
            if found is None:
                return None
            told = [str(error)]
        problems.extend(told)
        return {item.visit.collection.key: Part.of(item) for item in found if item.counts}

    @contextmanager
    def _changing(self, dataset: str, *, commits: bool) -> Iterator[Changing]:
        store = self._work.open_store(dataset)
        assert isinstance(store, Changeable)  # noqa: S101 - what cannot be changed is a problem of the preview
        with store.changing(commits=commits) as changing:
            yield changing

    def _sorted(self, collections: Sequence[CollectionKey], search: Search, snapshot: Snapshot) -> Iterator[Sorted]:
        found = frozenset(search.keys.collections())
        for collection in map(self._work.data_map.collection, collections):
            if not collection.skip_processing and collection.key in found:
                masks, short = with_words(collection, search.identities, search.words)
                keys = search.keys.of(collection.key)
                yield sort(self._visit(collection, search), keys, snapshot, masks, short=short)

    def _visit(self, collection: Collection, search: Search) -> Visit:
        """Return the collection's rules for these identities: the same in every phase that knows no others."""
        if self._visits[0] != search.identities:
            self._visits = (search.identities, {})
        known = self._visits[1]
        if collection.key not in known:
            known[collection.key] = Visit(
                collection,
                data_map=self._work.data_map,
                graph=self._work.graph,
                identities=search.identities,
                only=fixed_values(collection, self._work.parameters),
            )
        return known[collection.key]

    def _rehearse(self, found: Iterable[Sorted], changing: Changing) -> None:
        """Change rows that are taken back; of very many that the store cannot tell apart a few."""
        every = list(found)
        self._apply((item for item in every if not _is_rehearsed(item, changing)), changing)

    def _apply(self, found: Iterable[Sorted], changing: Changing) -> None:
        """Change rows in their order. Raises PlanChangedError where a statement meets other rows than were sorted."""
        for item in list(found):  # all are read before the first is changed
            for change in item.changes():
                rows = self._change(item.visit.collection, change, changing)
                if rows == change.count:
                    continue
                name = f"{item.visit.collection.dataset}:{item.visit.collection.name}"
                raise PlanChangedError(f"{name}: {rows} rows would be changed where {change.count} were found")

    def _change(self, collection: Collection, change: Change, changing: Changing) -> int:
        if change.action is ErasureAction.DELETE:
            return sum(changing.delete(collection, selection) for selection in change.selections())
        return sum(
            changing.mask(collection, selection, change.masks, key=self._key) for selection in change.selections()
        )


def _indistinct(found: Iterable[Sorted]) -> list[str]:
    """Return why rows that change cannot be told from others, collection by collection."""
    return [
        f"{item.visit.collection.dataset}:{item.visit.collection.name}: {item.problem}"
        for item in found
        if item.problem
    ]


def _references(store: Store) -> tuple[FoundCollection, ...]:
    """Return a store's collections with the foreign keys between them. Raises StoreError."""
    if not isinstance(store, Changeable):
        return ()
    return store.references() if isinstance(store, Referring) else store.introspect()


def _is_rehearsed(item: Sorted, changing: Changing) -> bool:
    """Return whether the change of a collection's rows has been tried on a few of them. Raises StoreError."""
    if not (item.is_alike and item.changed > _MANY and isinstance(changing, Rehearsing)):
        return False
    return all(
        changing.rehearse_delete(item.visit.collection, selection)
        for change in item.changes()
        for selection in change.selections()
    )


def _changed_datasets(data_map: DataMap) -> list[str]:
    """Return the datasets of which something may be changed."""
    return [
        dataset.key
        for dataset in data_map.datasets
        if any(item.erasure and item.erasure.changes for item in dataset.collections)
    ]


def _is_rest(parts: Mapping[CollectionKey, Part], approved: Mapping[CollectionKey, Part]) -> bool:
    """Return whether no more is left to delete and to mask than was approved, collection by collection."""
    return all(
        part.count(fate) <= (approved[key].count(fate) if key in approved else 0)
        for key, part in parts.items()
        for fate in TO_DO
    )
