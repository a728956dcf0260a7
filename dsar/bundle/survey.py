"""One pass over a collection's rows: measured, checked and spelt as CSV while they are written.

Rows are taken by the block: what holds for each of them is asked of all at once. A block is checked before a byte of it
is written; an archive that was stopped has no directory, so nothing of it can be read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from typing import cast

import orjson

from dsar.bundle import spreadsheet
from dsar.bundle.alike import Reader
from dsar.bundle.archive import BundleError
from dsar.bundle.columns import columns, hidden_paths, types_of
from dsar.bundle.contents import CollectionContents
from dsar.bundle.moments import Calendar, time_path
from dsar.bundle.newest import Newest
from dsar.columns import Columns, as_columns
from dsar.values import Row, at_path


@dataclass(frozen=True, slots=True)
class Survey:
    """What one pass found: length in bytes, the newest rows (clipped), rows over time."""

    contents: CollectionContents
    size: int
    newest: tuple[Row, ...]
    calendar: Calendar
    time_path: str | None


@contextmanager
def opened(contents: CollectionContents) -> Iterator[Iterator[bytes]]:
    """Open the blocks of a delivered collection. Raises BundleError where there are none to open."""
    if contents.open_blocks is None:
        raise BundleError(f"{_name(contents)}: {contents.rows} rows are promised and no file of them is given")
    with contents.open_blocks() as blocks:
        yield blocks


class Pass:
    """Takes the blocks of one collection; keeps the newest `keep` rows, and hands the rows as CSV to `csv`."""

    def __init__(self, contents: CollectionContents, *, keep: int, csv: Callable[[bytes], object]) -> None:
        self._contents = contents
        self._path = time_path(contents)
        self._columns = [(item.name, types_of(contents, item)) for item in columns(contents)]
        self._names = tuple(name for name, _ in self._columns)
        self._reader = Reader(self._names)
        self._hidden = hidden_paths(contents)
        self._size = self._rows = 0
        self._newest = Newest(keep, self._path)
        self._csv = csv
        self._csv(spreadsheet.header(self._names))

    def take(self, block: bytes) -> None:
        """Take whole lines. Raises BundleError if one is no row, or holds a field that is not to be delivered."""
        lines = block.removesuffix(b"\n").split(b"\n")
        alike = self._reader.read(block)
        rows = self._checked(alike.rows if alike else parse(block, lines, self._contents))
        self._size += len(block)
        self._rows += len(rows)
        self._newest.offer(lines, rows)
        self._csv(spreadsheet.alike_lines(alike, self._columns) if alike else spreadsheet.lines(rows, self._columns))

    def _checked(self, rows: Sequence[Row]) -> Sequence[Row]:
        for path in self._hidden:
            if any(True for row in rows for _ in at_path(row, path)):
                raise BundleError(f"{_name(self._contents)}: a row holds {path}, which is not to be delivered")
        by_column = rows if isinstance(rows, Columns) else as_columns(rows, self._names)
        if by_column is not None:
            return by_column
        surplus = set(chain.from_iterable(rows)).difference(self._names)
        if surplus:
            raise BundleError(
                f"{_name(self._contents)}: a row holds fields that are not to be delivered: {sorted(surplus)}"
            )
        return rows

    def result(self) -> Survey:
        """Return what was found. Raises BundleError if there were more or fewer rows than promised."""
        if self._rows != self._contents.rows:
            raise BundleError(
                f"{_name(self._contents)}: {self._contents.rows} rows were collected, {self._rows} are there"
            )
        return Survey(
            contents=self._contents,
            size=self._size,
            newest=self._newest.rows(),
            calendar=self._newest.calendar,
            time_path=self._path,
        )


def parse(block: bytes, lines: Sequence[bytes], contents: CollectionContents) -> list[Row]:
    """Return the lines of a block as rows. Raises BundleError unless each is one JSON object on one line."""
    try:
        rows = orjson.loads(b"[" + b",".join(lines) + b"]")
    except orjson.JSONDecodeError:
        rows = []
    if len(rows) != len(lines) or set(map(type, rows)) != {dict} or b"\r" in block or not block.endswith(b"\n"):
        _complain(lines, contents)
    return cast(list[Row], rows)


def _complain(lines: Sequence[bytes], contents: CollectionContents) -> None:
    """Raise BundleError for the first line that is no row. Each by itself: two halves must not make one."""
    for line in lines:
        try:
            found = orjson.loads(line)
        except orjson.JSONDecodeError as error:
            # The error's own text would quote the row.
            raise BundleError(f"{_name(contents)}: a line is not JSON (column {error.colno})") from None
        if not isinstance(found, dict) or b"\r" in line:
            break
    raise BundleError(f"{_name(contents)}: a line is not one JSON object")


def _name(contents: CollectionContents) -> str:
    return ":".join(contents.collection.key)
