"""A file written anew without the rows that go, and with others masked; what is not touched is copied byte by byte."""

from __future__ import annotations

import csv
import io
from codecs import BOM_UTF8
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import IO, Protocol

from dsar.stores.base import ForbiddenError, StoreError
from dsar.stores.objects.changing.editing import count_rows, edited
from dsar.stores.objects.changing.masks import masked
from dsar.stores.objects.changing.targets import Masking, Target, Targets, print_of
from dsar.stores.objects.compression import opened, packed
from dsar.stores.objects.delimited import RawRecords, Record, column_names
from dsar.stores.objects.files import File, Files
from dsar.stores.objects.lines import Block, read_blocks
from dsar.stores.objects.source import Source
from dsar.values import Value


@dataclass(frozen=True, slots=True)
class Rewritten:
    """`left`: whether a row is left. `whole`: whether the file holds nothing but rows. `is_empty`: nothing was written.

    `open_end`: whether a line was changed that had no end, so that what is appended to it would be torn from it.
    """

    left: bool
    whole: bool = True
    is_empty: bool = False
    open_end: bool = False


class Sink(Protocol):
    def write(self, data: bytes, /) -> object: ...


Unit = tuple[int, int, list[Target]]
Rewrite = Callable[[Files, File, Source, Targets, IO[bytes]], Rewritten]


def rewrite(files: Files, file: File, source: Source, targets: Targets, sink: IO[bytes]) -> Rewritten:
    """Write the file as it was listed into `sink` with its rows changed. Raises StoreError, ForbiddenError."""
    return _REWRITE[source.format](files, file, source, targets, sink)


def _rewrite_json_lines(files: Files, file: File, source: Source, targets: Targets, sink: IO[bytes]) -> Rewritten:
    with (
        opened(files, file) as (handle, size),
        closing(read_blocks(handle, size, file.path)) as blocks,
        packed(file, sink) as out,
    ):
        lines, left = _Lines(file, source, targets), False
        for block in blocks:
            data = lines.changed(block)
            out.write(block.mark)
            out.write(data)
            left = left or not (not data or data.isspace())
        lines.waiting.check_done()
        return Rewritten(left, open_end=lines.open_end)


class _Waiting:
    """The lines or records that are changed, in order."""

    def __init__(self, file: File, targets: Targets) -> None:
        self._file, self._units = file, targets.units()
        self.next: Unit | None = next(self._units, None)

    def take(self, number: int, text: bytes) -> list[Target]:
        """Return what is changed of a line; nothing if it stays as it is. Raises StoreError if it is another now."""
        if self.next is None or self.next[0] != number:
            return []
        _number, printed, targets = self.next
        if print_of(text) != printed:
            raise changed(self._file)
        self.next = next(self._units, None)
        return targets

    def check_done(self) -> None:
        if self.next is not None:
            raise changed(self._file)


class _Lines:
    def __init__(self, file: File, source: Source, targets: Targets) -> None:
        self._path = source.rows
        self.waiting = _Waiting(file, targets)
        self.open_end = False

    def changed(self, block: Block) -> bytes:
        """Return the block's lines as they are to be, with their ends."""
        end = b"\n" if block.ended else b""
        if self.waiting.next is None or self.waiting.next[0] > block.number + block.data.count(b"\n"):
            return block.data + end
        return b"".join(line + end for line in self._changed(block))

    def _changed(self, block: Block) -> Iterator[bytes]:
        for number, line in enumerate(block.data.split(b"\n"), block.number):
            targets = self.waiting.take(number, line)
            if not targets:
                yield line
                continue
            self.open_end = not block.ended
            if (text := _changed_text(line.decode(), self._path, targets)) is not None:
                yield text.encode()


def _changed_text(text: str, path: tuple[str, ...], targets: list[Target]) -> str | None:
    """Return a line as it is to be; None if all its rows go."""
    gone = sum(target.masking is None for target in targets)
    return None if gone and gone == count_rows(text, path) else edited(text, path, targets)


def _rewrite_json(files: Files, file: File, source: Source, targets: Targets, sink: IO[bytes]) -> Rewritten:
    with opened(files, file) as (handle, _size):
        data = handle.read()  # it was short enough to be read just now
    text = data.removeprefix(BOM_UTF8).decode()
    ((_number, _printed, items),) = targets.units()
    gone = sum(target.masking is None for target in items)
    left = gone < count_rows(text, source.rows)
    found = edited(text, source.rows, items)
    if found is None:
        return Rewritten(left=False, is_empty=True)
    with packed(file, sink) as out:
        out.write(data[: len(data) - len(data.removeprefix(BOM_UTF8))] + found.encode())
    # Beside an array within a document other things may stand.
    return Rewritten(left, whole=not source.rows)


def _rewrite_csv(files: Files, file: File, _source: Source, targets: Targets, sink: IO[bytes]) -> Rewritten:
    with (
        opened(files, file) as (handle, size),
        closing(read_blocks(handle, size, file.path)) as blocks,
        packed(file, sink) as out,
    ):
        records = RawRecords(blocks, file, may_grow=files.may_grow(file))
        waiting, names, left, open_end = _Waiting(file, targets), list[str](), False, False
        for record in records:
            if record.line == 1:
                out.write(records.mark)
            if record.values and not names:
                names = column_names(record.values, file.path)
                out.write(record.raw)
                continue
            items = waiting.take(record.number, record.raw) if record.values else []
            raw = _changed_record(record, names, items[0].masking) if items else record.raw
            open_end = bool(items) and not record.raw.endswith(b"\n")
            left = left or bool(raw.strip())
            out.write(raw)
        out.write(records.rest)
        waiting.check_done()
        return Rewritten(left or bool(records.rest), open_end=open_end)


def _changed_record(record: Record, names: list[str], masking: Masking | None) -> bytes:
    if masking is None:
        return b""
    row = dict(zip(names, record.values, strict=True))
    written = masked(masking, row)
    for name in written.keys() - row.keys():
        raise ForbiddenError(f"a file has no column {name!r} to write into")
    values = [csv_text(written[name]) if name in written else row[name] for name in names]
    end = record.raw[len(record.raw.rstrip(b"\r\n")) :].decode()
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator=end).writerow(values)
    return text.getvalue().encode()


def csv_text(value: Value) -> str:
    """Return a mask's value as a column of text holds it. Raises ForbiddenError for none."""
    if value is None:
        raise ForbiddenError("CSV knows no null: write 'fixed' with an empty text")
    return str(value).lower() if isinstance(value, bool) else str(value)


def _rewrite_parquet(files: Files, file: File, _source: Source, targets: Targets, sink: IO[bytes]) -> Rewritten:
    from dsar.stores.objects import parquet

    return Rewritten(parquet.rewrite_parquet(files, file, targets, sink))


def changed(file: File) -> StoreError:
    """Return the error to raise where a file is another than the one that was looked at."""
    return StoreError(f"{file.path}: changed while it was erased from", retry=True)


_REWRITE: dict[str, Rewrite] = {
    "jsonl": _rewrite_json_lines,
    "json": _rewrite_json,
    "csv": _rewrite_csv,
    "parquet": _rewrite_parquet,
}
