"""The first pass over a collection's rows: measured and checked before a byte of them is written.

Knowing the length first lets the archive choose plain ZIP for all but giant files, and a row that may not
be delivered stops the bundle before anything of its collection is in it.
"""

from __future__ import annotations

import hashlib
import heapq
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from dsar.bundle.archive import BundleError
from dsar.bundle.columns import columns, hidden_paths
from dsar.bundle.contents import CollectionContents
from dsar.bundle.moments import Calendar, moment_of, time_path
from dsar.values import Row, at_path

_SMALL_LINE = 4096  # bytes; longer rows are clipped before they wait for a page
_CLIP = 512  # characters of one value that a page could show at most


@dataclass(frozen=True, slots=True)
class Survey:
    """What one pass found: length in bytes with line ends, sha256, the newest rows (clipped), rows over time."""

    contents: CollectionContents
    size: int
    sha256: str
    newest: tuple[Row, ...]
    calendar: Calendar
    time_path: str | None


@contextmanager
def opened(contents: CollectionContents) -> Iterator[Iterator[bytes]]:
    """Open the lines of a delivered collection. Raises BundleError where there are none to open."""
    if contents.open_lines is None:
        raise BundleError(f"{_name(contents)}: {contents.rows} rows are promised and no file of them is given")
    with contents.open_lines() as lines:
        yield lines


def survey(contents: CollectionContents, *, keep: int) -> Survey:
    """Read every row once, keeping the newest `keep`. Raises BundleError if count or fields are not as promised."""
    pass_ = _Pass(contents, keep)
    with opened(contents) as lines:
        for line in lines:
            pass_.take(line)
    return pass_.result()


class _Pass:
    def __init__(self, contents: CollectionContents, keep: int) -> None:
        self._contents = contents
        self._path = time_path(contents)
        self._allowed = {item.name for item in columns(contents)}
        self._hidden = hidden_paths(contents)
        self._hash = hashlib.sha256()
        self._size = self._rows = 0
        self._calendar = Calendar()
        self._newest = _Newest(keep)

    def take(self, line: bytes) -> None:
        row = parse(line, self._contents)
        self._check(row)
        self._hash.update(line + b"\n")
        self._size += len(line) + 1
        self._rows += 1
        moment = moment_of(row, self._path)
        if moment is not None:
            self._calendar.add(moment)
        self._newest.offer(moment, line, row)

    def _check(self, row: Row) -> None:
        surplus = row.keys() - self._allowed
        if surplus:
            raise BundleError(
                f"{_name(self._contents)}: a row holds fields that are not to be delivered: {sorted(surplus)}"
            )
        for path in self._hidden:
            if any(True for _ in at_path(row, path)):
                raise BundleError(f"{_name(self._contents)}: a row holds {path}, which is not to be delivered")

    def result(self) -> Survey:
        if self._rows != self._contents.rows:
            raise BundleError(
                f"{_name(self._contents)}: {self._contents.rows} rows were collected, {self._rows} are there"
            )
        return Survey(
            contents=self._contents,
            size=self._size,
            sha256=self._hash.hexdigest(),
            newest=self._newest.rows(),
            calendar=self._calendar,
            time_path=self._path,
        )


class _Newest:
    """The newest rows offered, in bounded memory; rows without a time keep the order of the file."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._heap: list[tuple[float, int, bytes]] = []
        self._offered = 0

    def offer(self, moment: datetime | None, line: bytes, row: Row) -> None:
        rank = (moment.timestamp() if moment else float("-inf"), -self._offered)
        self._offered += 1
        if len(self._heap) < self._limit:
            heapq.heappush(self._heap, (*rank, _small(line, row)))
        elif self._limit and rank > self._heap[0][:2]:
            heapq.heapreplace(self._heap, (*rank, _small(line, row)))

    def rows(self) -> tuple[Row, ...]:
        return tuple(orjson.loads(line) for *_, line in sorted(self._heap, reverse=True))


def parse(line: bytes, contents: CollectionContents) -> Row:
    """Return a line as a row. Raises BundleError if it is not one JSON object on one line."""
    try:
        row = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        # The error's own text would quote the row.
        raise BundleError(f"{_name(contents)}: a line is not JSON (column {error.colno})") from None
    if not isinstance(row, dict) or b"\n" in line or b"\r" in line:
        raise BundleError(f"{_name(contents)}: a line is not one JSON object")
    return row


def _small(line: bytes, row: Row) -> bytes:
    if len(line) <= _SMALL_LINE:
        return line
    return orjson.dumps({name: _clipped(value) for name, value in row.items()})


def _clipped(value: Any) -> Any:
    if isinstance(value, dict | list):
        text = orjson.dumps(value)
        return value if len(text) <= _CLIP else text[: _CLIP * 4].decode(errors="ignore")[:_CLIP]
    return value[:_CLIP] if isinstance(value, str) else value


def _name(contents: CollectionContents) -> str:
    return ":".join(contents.collection.key)
