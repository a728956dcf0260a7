"""Rows on their way from a store to storage: a little in memory, else one anonymous file a collection."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import IO, Any

from dsar.columns import Columns
from dsar.datamap.model import Collection
from dsar.lines import to_lines
from dsar.values import Row, Value

#: Field name -> what to cut below it; nothing below means the field itself.
Cuts = Mapping[str, "Cuts"]
#: As text, rows are held once more while they are written: some, and then as many as are likely so many bytes.
_ROWS_A_WRITE, _BYTES_A_WRITE = 128, 1 << 17
_BUFFER = 1 << 18  # bytes: every write to a file lets another thread run, and waits for its turn
_SMALL = 1 << 16  # bytes of a collection held in memory: most people have so few that a file costs more than its rows
_KEEP: Cuts = {"": {}}  # cuts nothing: no field has an empty name


class Spool:
    """A sink that writes rows as lines of JSON. Use as a context manager.

    The files have no name: nothing is left behind by a process that is killed.
    `dropped(collection)` names the paths of fields that are not written (portability leaves some out);
    a collection of which nothing is left gets no file.
    """

    def __init__(self, dropped: Callable[[Collection], Iterable[str]]) -> None:
        self._dropped = dropped
        self._files: dict[str, IO[bytes]] = {}
        self._sizes: Counter[str] = Counter()
        self._cuts: dict[str, Cuts] = {}

    def __call__(self, collection: Collection, rows: Sequence[Row]) -> None:
        cuts = self._cuts_of(collection)
        if any(cuts.get(item.name, _KEEP) for item in collection.readable):
            file = self._file_of(collection)
            at, take = 0, _ROWS_A_WRITE
            while part := rows[at : at + take]:
                written = file.write(to_lines(_cut(part, cuts)))
                self._sizes[collection.name] += written
                at, take = at + len(part), max(1, _BYTES_A_WRITE * len(part) // written)

    def _file_of(self, collection: Collection) -> IO[bytes]:
        file = self._files.get(collection.name)
        if file is None:
            file = tempfile.SpooledTemporaryFile(max_size=_SMALL, buffering=_BUFFER)  # noqa: SIM115 - closed by __exit__
            self._files[collection.name] = file
        return file

    def _cuts_of(self, collection: Collection) -> Cuts:
        if collection.name not in self._cuts:
            self._cuts[collection.name] = _cuts(self._dropped(collection))
        return self._cuts[collection.name]

    def sizes(self) -> dict[str, int]:
        """Return the bytes written so far, by collection."""
        return dict(self._sizes)

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


def _cuts(paths: Iterable[str]) -> Cuts:
    cuts: dict[str, Any] = {}
    for path in sorted(paths):
        *above, name = path.split(".")
        level: dict[str, Any] | None = cuts
        for parent in above:
            # Sorted, a parent that goes as a whole comes first: nothing is left below it to cut.
            level = None if level is None or level.get(parent) == {} else level.setdefault(parent, {})
        if level is not None:
            level[name] = {}
    return cuts


def _cut(rows: Sequence[Row], cuts: Cuts) -> Sequence[Row]:
    if isinstance(rows, Columns) and not any(cuts.values()):
        return rows.without(cuts) if cuts else rows
    return [_without(row, cuts) for row in rows] if cuts else rows


def _without(value: Value, cuts: Cuts) -> Value:
    if isinstance(value, list):
        return [_without(item, cuts) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        name: _without(item, below) if (below := cuts.get(name, _KEEP)) is not _KEEP else item
        for name, item in value.items()
        if cuts.get(name, _KEEP)
    }
