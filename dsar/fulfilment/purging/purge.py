"""A purge over a data map: what is past its time is counted, or deleted and then counted again. Pure.

Where a store cannot be searched for somebody whose rows stay for other than the general time, nothing is deleted at
all: nobody knows then which rows are theirs.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import closing
from datetime import datetime
from typing import Any

from dsar.datamap.model import Collection
from dsar.fulfilment.engine import Work
from dsar.fulfilment.erasing.order import children_first
from dsar.fulfilment.purging.expiries import expiry_of, general_days, is_purged
from dsar.fulfilment.purging.pace import Pace
from dsar.fulfilment.purging.people import Group, Known, category_of, find, grouped
from dsar.fulfilment.purging.report import Part, Report
from dsar.fulfilment.walk import fixed_values
from dsar.stores.base import FoundCollection, Store, StoreConfigError, StoreError
from dsar.stores.expiring import Expiring, Expiry


class Purge:
    """One purge at the aware moment `now`. `days` are the tenant's by category; `people` stay apart.

    `work` names nobody: its identities are not looked at.
    """

    def __init__(
        self, work: Work, *, now: datetime, people: Sequence[Group] = (), days: Mapping[str, int] | None = None
    ) -> None:
        self._work, self._now, self._people = work, now, grouped(people)
        self._days = days or {}

    def report(self) -> Report:
        """Count what a run would delete, and change nothing."""
        return self._over(lambda collection, known: self._counted(collection, known))

    def run(self, *, pace: Pace | None = None, stop: Callable[[], bool] = lambda: False) -> Report:
        """Delete what is past, children first, and count what is left.

        `stop` is asked between two batches; what is not done then is left to the next run. `pace` waits between them.
        """
        pace = pace or Pace()
        return self._over(lambda collection, known: self._purged(collection, known, pace, stop))

    def _over(self, visit: Callable[[Collection, Sequence[Known]], Part]) -> Report:
        known, failures = find(self._people, self._work)
        report = Report(problems=[f"{name}: {why}; nothing is purged" for name, why in sorted(failures.items())])
        if failures:
            return report
        found = self._found(report.problems)
        for key in children_first(self._work.data_map, self._work.graph, found):
            collection = self._work.data_map.collection(key)
            if is_purged(collection):
                report.parts.append(self._visited(collection, known, found, visit))
        return report

    def _found(self, problems: list[str]) -> dict[str, Sequence[FoundCollection]]:
        """Return what each store says of itself, as far as it matters and it can be asked."""
        found: dict[str, Sequence[FoundCollection]] = {}
        for dataset in self._work.data_map.datasets:
            if any(map(is_purged, dataset.collections)):
                try:
                    store = self._work.open_store(dataset.key)
                    found[dataset.key] = store.introspect() if _has_rules(store) else ()
                except (StoreError, StoreConfigError) as error:
                    problems.append(str(error))
        return found

    def _visited(
        self,
        collection: Collection,
        known: Sequence[Known],
        found: Mapping[str, Sequence[FoundCollection]],
        visit: Callable[[Collection, Sequence[Known]], Part],
    ) -> Part:
        if collection.dataset not in found:
            return self._part(collection, problem="its store does not answer")
        others = self._sharing(collection, found[collection.dataset])
        if others:
            names = ", ".join(others)
            return self._part(collection, problem=f"rows of it may be rows of {names}, which stay for other reasons")
        return visit(collection, known)

    def _sharing(self, collection: Collection, found: Sequence[FoundCollection]) -> list[str]:
        """Return the collections of the same table whose rows no fixed value tells from those of this one."""
        table = next((item for item in found if collection.name in item.declared), None)
        names = table.declared if table else ()
        dataset = self._work.data_map.dataset(collection.dataset)
        return [
            name
            for name in names
            if name != collection.name and not self._are_apart(collection, dataset.collection(name))
        ]

    def _are_apart(self, collection: Collection, other: Collection) -> bool:
        own, theirs = (fixed_values(item, self._work.parameters) for item in (collection, other))
        return any(_differ(own[path], theirs[path]) for path in own.keys() & theirs.keys())

    def _part(self, collection: Collection, **facts: Any) -> Part:
        days = general_days(collection, self._days)
        return Part(collection.key, category_of(collection), days, **facts)

    def _expiry(self, collection: Collection, known: Sequence[Known]) -> Expiry:
        days = general_days(collection, self._days)
        return expiry_of(collection, self._work, known, days=days, now=self._now)

    def _counted(self, collection: Collection, known: Sequence[Known]) -> Part:
        store = self._store(collection)
        if isinstance(store, str):
            return self._part(collection, problem=store)
        try:
            return self._part(collection, left=store.survey(collection, self._expiry(collection, known)))
        except StoreError as error:
            return self._part(collection, problem=str(error))

    def _purged(self, collection: Collection, known: Sequence[Known], pace: Pace, stop: Callable[[], bool]) -> Part:
        store = self._store(collection)
        if isinstance(store, str):
            return self._part(collection, problem=store)
        done = _Deleted()
        try:
            expiry = self._expiry(collection, known)
            with closing(done.counted(store.delete_expired(collection, expiry))) as batches:
                _, finished = pace.take(batches, stop)
            left = store.survey(collection, expiry)
        except StoreError as error:
            return self._part(collection, deleted=done.rows, is_finished=False, problem=str(error))
        return self._part(collection, deleted=done.rows, left=left, is_finished=finished)

    def _store(self, collection: Collection) -> Expiring | str:
        """Return the store, or why it cannot be purged."""
        store = self._work.open_store(collection.dataset)
        if isinstance(store, Expiring):
            return store
        return f"this kind of store ({store.kind}) cannot be purged yet"


class _Deleted:
    """Counts as batches are taken: what went before a failure went."""

    rows = 0

    def counted(self, batches: Iterator[int]) -> Generator[int]:
        for rows in batches:
            self.rows += rows
            yield rows


def _has_rules(store: Store) -> bool:
    """Return whether a store may have keys and tables of its own mind; what only has patterns is not asked."""
    return store.certainty is not None and store.certainty.fields


def _differ(one: Any, other: Any) -> bool:
    return type(one) is type(other) and not isinstance(one, list) and one != other
