"""Rows on their way from a store to storage: one anonymous file a collection, in flat memory."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import IO

from dsar.datamap.model import Collection, Field
from dsar.values import Row, to_json


class Spool:
    """A sink that writes each row as a line of JSON. Use as a context manager.

    The files have no name: nothing is left behind by a process that is killed.
    `keeps(collection, field)` decides which top-level fields are written (portability leaves some out).
    """

    def __init__(self, keeps: Callable[[Collection, Field], bool]) -> None:
        self._keeps = keeps
        self._files: dict[str, IO[bytes]] = {}
        self._dropped: dict[str, frozenset[str]] = {}

    def __call__(self, collection: Collection, row: Row) -> None:
        dropped = self._dropped_of(collection)
        if dropped:
            row = {name: value for name, value in row.items() if name not in dropped}
        file = self._files.get(collection.name)
        if file is None:
            file = self._files[collection.name] = tempfile.TemporaryFile()  # noqa: SIM115 - closed by __exit__
        file.write(to_json(row) + b"\n")

    def _dropped_of(self, collection: Collection) -> frozenset[str]:
        if collection.name not in self._dropped:
            self._dropped[collection.name] = frozenset(
                item.name for item in collection.fields if not self._keeps(collection, item)
            )
        return self._dropped[collection.name]

    def files(self) -> Iterator[tuple[str, IO[bytes]]]:
        """Yield (collection name, file at its start) for every collection that has rows."""
        for name, file in sorted(self._files.items()):
            file.seek(0)
            yield name, file

    def __enter__(self) -> Spool:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for file in self._files.values():
            file.close()
