"""What is found in a store that its data map neither declares nor ignores."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase

from dsar.datamap.model import Collection, Dataset
from dsar.stores.base import Undeclared
from dsar.values import as_text

#: A hostile or free-form store could name without end; past this many one line says so.
MOST_NAMES = 200
AND_MORE = "(and more)"


class Noticed:
    """Collects undeclared names; those that match an `ignore` glob of collection or dataset are dropped.

    A dataset's globs are held against `collection` and `collection.field`, a collection's against `field`.
    """

    def __init__(self, dataset: Dataset) -> None:
        self._dataset = dataset
        self._ignored = {item.name: item.ignore for item in dataset.collections}
        self._collections: set[str] = set()
        self._found: dict[str, set[str]] = {}

    def collection(self, name: str, *, found: str = "") -> None:
        """Note a whole collection; globs are held against what was `found` too, a key that is called by its prefix."""
        name = as_text(name)
        if name in self._collections or is_ignored(name, self._dataset.ignore):
            return
        if found and is_ignored(found, self._dataset.ignore):
            return
        self._collections.add(name if len(self._collections) < MOST_NAMES else AND_MORE)

    def field(self, collection: Collection, path: str) -> None:
        """Note a column or key (dotted path) of a declared collection."""
        path = as_text(path)
        names = self._found.setdefault(collection.name, set())
        if path in names or AND_MORE in names or self._is_ignored(collection.name, path):
            return
        names.add(path if len(names) < MOST_NAMES else AND_MORE)

    def sorted(self) -> tuple[Undeclared, ...]:
        fields = {Undeclared(name, path) for name, paths in self._found.items() for path in paths}
        return tuple(sorted(fields | {Undeclared(name) for name in self._collections}))

    def _is_ignored(self, collection: str, path: str) -> bool:
        dataset = self._dataset.ignore
        return is_ignored(path, self._ignored.get(collection, ())) or is_ignored(f"{collection}.{path}", dataset)


def is_ignored(name: str, globs: Iterable[str]) -> bool:
    """Tell whether one of an `ignore` list's globs fits the name."""
    return any(fnmatchcase(name, glob) for glob in globs)
