"""Rows of CSV: a header, then a row a line or, where a text in quotes holds line ends, several (RFC 4180)."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass

from dsar.stores.base import StoreError
from dsar.stores.objects.compression import opened
from dsar.stores.objects.files import File, Files
from dsar.stores.objects.lines import MOST_BYTES, Block, read_blocks
from dsar.stores.objects.query import Query
from dsar.stores.objects.texts import Table
from dsar.values import Row

# The library's own limit, 128 KiB a value, is less than a long text; rows are held to MOST_BYTES below.
csv.field_size_limit(MOST_BYTES)


def read_csv(files: Files, file: File, _path: tuple[str, ...], query: Query | None) -> Generator[Row, None, None]:
    """Yield the rows of a CSV file, but for rows that cannot match. Raises StoreError with the line.

    A last row that is still being written, as far as that shows, is left for a later reading.
    """
    with opened(files, file) as (handle, size), closing(read_blocks(handle, size, file.path)) as blocks:
        for _record, rows in parsed_records(RawRecords(blocks, file, may_grow=files.may_grow(file)), query, file):
            yield from rows


@dataclass(frozen=True, slots=True)
class Record:
    """A record as it stands in the file: its number (the header is 0), its first line's, from 1, and its bytes."""

    number: int
    line: int
    values: list[str]
    raw: bytes


def parsed_records(records: RawRecords, query: Query | None, file: File) -> Iterator[tuple[Record, Iterator[Row]]]:
    """Yield every record below the header with its row, or with none if it cannot match. Raises StoreError."""
    whole = (record for record in records if record.values)
    header = next(whole, None)
    if header is None or records.is_unfinished():
        return
    table = Table(column_names(header.values, file.path), query, file.path)
    for record in whole:
        if len(record.values) == table.width:
            yield record, table.rows(record.values)
        elif not (records.is_unfinished() and len(record.values) < table.width):
            wrong = f"{len(record.values)} values under {table.width} columns"
            raise StoreError(f"{file.path}:{record.line}: {wrong}", retry=False)


class _Text:
    """The lines as text, with what is known of the last one."""

    def __init__(self, blocks: Iterator[Block], name: str, *, may_grow: bool) -> None:
        self._lines = self._split(blocks)
        self.name = name
        self.may_grow = may_grow
        self._is_unfinished = False
        self.mark = b""  # the byte order mark at the file's start
        self.raw = list[bytes]()  # the lines since the last whole record
        self._held = 0  # their bytes

    def is_unfinished(self) -> bool:
        """Return whether the last line may still be being written."""
        return self._is_unfinished

    def take(self) -> bytes:
        """Return what has been read since the last call."""
        raw, self.raw, self._held = b"".join(self.raw), [], 0
        return raw

    def _split(self, blocks: Iterator[Block]) -> Iterator[tuple[int, bytes, bool]]:
        for block in blocks:
            self.mark = self.mark or block.mark
            for number, line in enumerate(block.data.split(b"\n"), block.number):
                yield number, line + b"\n" if block.ended else line, block.ended

    def __iter__(self) -> _Text:
        return self

    def __next__(self) -> str:
        number, line, ended = next(self._lines)
        self._is_unfinished = self.may_grow and not ended
        self._held += len(line)
        if self._held > MOST_BYTES:
            raise StoreError(f"{self.name}:{number}: the row is longer than {MOST_BYTES} bytes", retry=False)
        self.raw.append(line)
        return line.decode()


class RawRecords:
    """The records of a CSV file, empty lines among them. Raises StoreError."""

    def __init__(self, blocks: Iterator[Block], file: File, *, may_grow: bool) -> None:
        self._text = _Text(blocks, file.path, may_grow=may_grow)
        self._reader = csv.reader(self._text, strict=True)
        self._number = 0

    @property
    def mark(self) -> bytes:
        """The byte order mark at the file's start, once a record has been read."""
        return self._text.mark

    @property
    def rest(self) -> bytes:
        """What stands behind the last record: the beginning of one that is still being written."""
        return b"".join(self._text.raw)

    def is_unfinished(self) -> bool:
        """Return whether the last line may still be being written."""
        return self._text.is_unfinished()

    def __iter__(self) -> RawRecords:
        return self

    def __next__(self) -> Record:
        first = self._reader.line_num + 1
        try:
            values = next(self._reader)
        except (csv.Error, UnicodeDecodeError) as error:
            # A quote that was opened on an earlier line may be a stray one, which swallowed the rows since.
            if self.is_unfinished() and first >= self._reader.line_num:
                raise StopIteration from None
            raise _error(self._text, first, error) from None
        number = self._number
        self._number += bool(values)
        return Record(number, first, values, self._text.take())


def _error(text: _Text, line: int, error: Exception) -> StoreError:
    reason = "is no UTF-8" if isinstance(error, UnicodeDecodeError) else str(error)
    # The end of the data within quotes may be a row that is being written; nothing else mends itself.
    return StoreError(f"{text.name}:{line}: not CSV ({reason})", retry=text.may_grow and "end of data" in reason)


def column_names(header: list[str], name: str) -> list[str]:
    """Return the columns' names; one without gets its number, so that a data map can say what it is."""
    names = [text or f"(column {at})" for at, text in enumerate(header, 1)]
    for text, times in Counter(names).items():
        if times > 1:
            raise StoreError(f"{name}:1: the header names {text!r} {times} times", retry=False)
    return names
