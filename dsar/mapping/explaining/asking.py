"""The stores of an explanation: opened when first needed, asked through one snapshot each, left when they fail."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack

from dsar.mapping.explaining.steps import ToldStore
from dsar.stores.base import Snapshot, Store, StoreError


class Stores:
    """`ask` False: no store is asked anything."""

    def __init__(self, open_store: Callable[[str], Store], stack: ExitStack, *, ask: bool) -> None:
        self.ask = ask
        self._open_store, self._stack = open_store, stack
        self._stores: dict[str, Store] = {}
        self._snapshots: dict[str, tuple[ExitStack, Snapshot]] = {}
        self._failures: dict[str, str] = {}

    def store(self, dataset: str) -> Store:
        """Return the store. Raises StoreConfigError."""
        if dataset not in self._stores:
            self._stores[dataset] = self._open_store(dataset)
        return self._stores[dataset]

    def snapshot(self, dataset: str) -> Snapshot | None:
        """Return a snapshot, None where none is asked or none can be had. Raises StoreConfigError."""
        store = self.store(dataset)
        if not self.ask or dataset in self._failures:
            return None
        if dataset not in self._snapshots:
            stack = self._stack.enter_context(ExitStack())
            try:
                self._snapshots[dataset] = (stack, stack.enter_context(store.snapshot()))
            except StoreError as error:
                self._failures[dataset] = str(error)
                return None
        return self._snapshots[dataset][1]

    def give_up(self, dataset: str) -> None:
        """Leave a snapshot in which something failed: a database answers nothing more in it."""
        known = self._snapshots.pop(dataset, None)
        if known is not None:
            known[0].close()

    def told(self) -> dict[str, ToldStore]:
        return {
            key: ToldStore(store.kind, self.ask, self._failures.get(key, "")) for key, store in self._stores.items()
        }
