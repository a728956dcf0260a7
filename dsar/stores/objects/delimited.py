"""Rows of CSV: a header, then a row a line or, where a text in quotes holds line ends, several (RFC 4180)."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Generator, Iterator
from contextlib import closing

from dsar.stores.base import StoreError
from dsar.stores.objects.compression import opened
from dsar.stores.objects.files import File, Files
from dsar.stores.objects.lines import MOST_BYTES, read_lines
from dsar.stores.objects.query import Query
from dsar.stores.objects.texts import Table
from dsar.values import Row

# The library's own limit, 128 KiB a value, is less than a long text; rows are held to MOST_BYTES below.
csv.field_size_limit(MOST_BYTES)


def read_csv(files: Files, file: File, _path: tuple[str, ...], query: Query | None) -> Generator[Row, None, None]:
    """Yield the rows of a CSV file, but for rows that cannot match. Raises StoreError with the line.

    A last row that is still being written, as far as that shows, is left for a later reading.
    """
    with opened(files, file) as (handle, size), closing(read_lines(handle, size, file.path)) as lines:
        text = _Text(lines, file.path, may_grow=files.may_grow(file))
        records = _records(text)
        _line, header = next(records, (0, None))
        if header is None or text.is_unfinished():
            return
        table = Table(_names(header, file.path), query, file.path)
        for line, record in records:
            if len(record) == table.width:
                yield from table.rows(record)
            elif not (text.is_unfinished() and len(record) < table.width):
                raise StoreError(f"{file.path}:{line}: {len(record)} values under {table.width} columns", retry=False)


class _Text:
    """The lines as text, with what is known of the last one."""

    def __init__(self, lines: Iterator[tuple[int, bytes, bool]], name: str, *, may_grow: bool) -> None:
        self._lines = lines
        self.name = name
        self.may_grow = may_grow
        self._is_unfinished = False
        self.held = 0  # bytes since the last whole row

    def is_unfinished(self) -> bool:
        """Return whether the last line may still be being written."""
        return self._is_unfinished

    def __iter__(self) -> _Text:
        return self

    def __next__(self) -> str:
        number, line, ended = next(self._lines)
        self._is_unfinished = self.may_grow and not ended
        self.held += len(line) + 1
        if self.held > MOST_BYTES:
            raise StoreError(f"{self.name}:{number}: the row is longer than {MOST_BYTES} bytes", retry=False)
        return line.decode() + ("\n" if ended else "")


def _records(text: _Text) -> Iterator[tuple[int, list[str]]]:
    """Yield (number of its first line, values) of every record that is not an empty line. Raises StoreError."""
    reader = csv.reader(text, strict=True)
    while True:
        text.held, first = 0, reader.line_num + 1
        try:
            record = next(reader, None)
        except (csv.Error, UnicodeDecodeError) as error:
            # A quote that was opened on an earlier line may be a stray one, which swallowed the rows since.
            if text.is_unfinished() and first >= reader.line_num:
                return
            raise _error(text, first, error) from None
        if record is None:
            return
        if record:
            yield first, record


def _error(text: _Text, line: int, error: Exception) -> StoreError:
    reason = "is no UTF-8" if isinstance(error, UnicodeDecodeError) else str(error)
    # The end of the data within quotes may be a row that is being written; nothing else mends itself.
    return StoreError(f"{text.name}:{line}: not CSV ({reason})", retry=text.may_grow and "end of data" in reason)


def _names(header: list[str], name: str) -> list[str]:
    """Return the columns' names; one without gets its number, so that a data map can say what it is."""
    names = [text or f"(column {at})" for at, text in enumerate(header, 1)]
    for text, times in Counter(names).items():
        if times > 1:
            raise StoreError(f"{name}:1: the header names {text!r} {times} times", retry=False)
    return names
