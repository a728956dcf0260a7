"""The first pass over a collection's rows: measured, checked and spelt as CSV before a byte of them is written.

Knowing the length first lets the archive choose plain ZIP for all but giant files, and a row that may not
be delivered stops the bundle before anything of its collection is in it. Rows are taken by the block: what
holds for each of them is asked of all at once.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from typing import IO, cast

import orjson

from dsar.bundle import spreadsheet
from dsar.bundle.archive import BundleError
from dsar.bundle.columns import columns, hidden_paths, types_of
from dsar.bundle.contents import CollectionContents
from dsar.bundle.moments import Calendar, time_path
from dsar.bundle.newest import Newest
from dsar.values import Row, at_path

_IN_MEMORY = 1 << 20  # bytes of CSV; what is longer goes to a file without a name


@dataclass(frozen=True, slots=True)
class Survey:
    """What one pass found: length in bytes, sha256, the newest rows (clipped), rows over time; `csv` at its start."""

    contents: CollectionContents
    size: int
    sha256: str
    newest: tuple[Row, ...]
    calendar: Calendar
    time_path: str | None
    csv: IO[bytes]
    csv_size: int


@contextmanager
def opened(contents: CollectionContents) -> Iterator[Iterator[bytes]]:
    """Open the blocks of a delivered collection. Raises BundleError where there are none to open."""
    if contents.open_blocks is None:
        raise BundleError(f"{_name(contents)}: {contents.rows} rows are promised and no file of them is given")
    with contents.open_blocks() as blocks:
        yield blocks


@contextmanager
def survey(contents: CollectionContents, *, keep: int) -> Iterator[Survey]:
    """Read every row once, keeping the newest `keep`; `csv` can be read until the context is left.

    Raises BundleError if count or fields are not as promised.
    """
    with tempfile.SpooledTemporaryFile(_IN_MEMORY) as csv:
        pass_ = _Pass(contents, keep, cast(IO[bytes], csv))
        with opened(contents) as blocks:
            for block in blocks:
                pass_.take(block)
        yield pass_.result()


class _Pass:
    def __init__(self, contents: CollectionContents, keep: int, csv: IO[bytes]) -> None:
        self._contents = contents
        self._path = time_path(contents)
        self._columns = [(item.name, types_of(contents, item)) for item in columns(contents)]
        self._allowed = {name for name, _ in self._columns}
        self._hidden = hidden_paths(contents)
        self._hash = hashlib.sha256()
        self._size = self._rows = 0
        self._newest = Newest(keep, self._path)
        self._csv = csv
        self._csv_size = self._csv.write(spreadsheet.header([name for name, _ in self._columns]))

    def take(self, block: bytes) -> None:
        lines = block.removesuffix(b"\n").split(b"\n")
        rows = parse(block, lines, self._contents)
        self._check(rows)
        self._hash.update(block)
        self._size += len(block)
        self._rows += len(rows)
        self._newest.offer(lines, rows)
        self._csv_size += self._csv.write(spreadsheet.lines(rows, self._columns))

    def _check(self, rows: Sequence[Row]) -> None:
        surplus = set(chain.from_iterable(rows)) - self._allowed
        if surplus:
            raise BundleError(
                f"{_name(self._contents)}: a row holds fields that are not to be delivered: {sorted(surplus)}"
            )
        for path in self._hidden:
            if any(True for row in rows for _ in at_path(row, path)):
                raise BundleError(f"{_name(self._contents)}: a row holds {path}, which is not to be delivered")

    def result(self) -> Survey:
        if self._rows != self._contents.rows:
            raise BundleError(
                f"{_name(self._contents)}: {self._contents.rows} rows were collected, {self._rows} are there"
            )
        self._csv.seek(0)
        return Survey(
            contents=self._contents,
            size=self._size,
            sha256=self._hash.hexdigest(),
            newest=self._newest.rows(),
            calendar=self._newest.calendar,
            time_path=self._path,
            csv=self._csv,
            csv_size=self._csv_size,
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
