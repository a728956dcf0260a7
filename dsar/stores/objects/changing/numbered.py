"""The rows of a file with what an erasure must know of each: its number, and the print of its line."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import closing

from dsar.stores.objects.changing.targets import number_of, print_of
from dsar.stores.objects.compression import opened
from dsar.stores.objects.delimited import RawRecords, parsed_records
from dsar.stores.objects.files import File, Files
from dsar.stores.objects.lines import read_blocks
from dsar.stores.objects.query import Query
from dsar.stores.objects.rows import parsed_lines, read_json
from dsar.values import Row

#: (number of the row, print of its line or 0, the row)
Numbered = tuple[int, int, Row]
ReadNumbered = Callable[[Files, File, tuple[str, ...], Query], Generator[Numbered, None, None]]


def number_json_lines(files: Files, file: File, path: tuple[str, ...], query: Query) -> Generator[Numbered, None, None]:
    with opened(files, file) as (handle, size), closing(read_blocks(handle, size, file.path)) as blocks:
        for line, text, rows in parsed_lines(blocks, file, path, query, may_grow=files.may_grow(file)):
            printed = print_of(text)
            yield from ((number_of(line, place), printed, row) for place, row in enumerate(rows))


def number_json(files: Files, file: File, path: tuple[str, ...], query: Query) -> Generator[Numbered, None, None]:
    with closing(read_json(files, file, path, query)) as rows:
        yield from ((number_of(0, place), 0, row) for place, row in enumerate(rows))


def number_csv(files: Files, file: File, _path: tuple[str, ...], query: Query) -> Generator[Numbered, None, None]:
    with opened(files, file) as (handle, size), closing(read_blocks(handle, size, file.path)) as blocks:
        records = RawRecords(blocks, file, may_grow=files.may_grow(file))
        for record, rows in parsed_records(records, query, file):
            yield from ((number_of(record.number, 0), print_of(record.raw), row) for row in rows)


def number_parquet(files: Files, file: File, _path: tuple[str, ...], query: Query) -> Generator[Numbered, None, None]:
    from dsar.stores.objects import parquet

    with closing(parquet.number_parquet(files, file, query)) as rows:
        yield from ((number_of(number, 0), 0, row) for number, row in rows)


NUMBERED: dict[str, ReadNumbered] = {
    "jsonl": number_json_lines,
    "json": number_json,
    "csv": number_csv,
    "parquet": number_parquet,
}
