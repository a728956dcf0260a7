"""Rows of one file, in each of the formats."""

from __future__ import annotations

from codecs import BOM_UTF8
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing
from itertools import islice

from dsar.stores.base import StoreError
from dsar.stores.describing import describe_rows
from dsar.stores.objects.compression import opened
from dsar.stores.objects.delimited import read_csv
from dsar.stores.objects.files import File, Files
from dsar.stores.objects.lines import MOST_BYTES, Block, read_blocks
from dsar.stores.objects.query import Query
from dsar.stores.parsing import parse, rows_at
from dsar.values import Row

Rows = Generator[Row, None, None]
#: Rows that are looked at to tell what a file without a schema holds.
_SAMPLE = 100
ReadRows = Callable[[Files, File, tuple[str, ...], Query | None], Rows]


def read_json_lines(files: Files, file: File, path: tuple[str, ...], query: Query | None) -> Rows:
    """Yield the rows of a JSON Lines file, but for lines that cannot match. Raises StoreError with the line.

    A last line without an end that does not parse is being written: it is left for a later reading.
    """
    with opened(files, file) as (handle, size), closing(read_blocks(handle, size, file.path)) as blocks:
        for _line, _text, rows in parsed_lines(blocks, file, path, query, may_grow=files.may_grow(file)):
            yield from rows


def parsed_lines(
    blocks: Iterable[Block], file: File, path: tuple[str, ...], query: Query | None, *, may_grow: bool
) -> Iterator[tuple[int, bytes, list[Row]]]:
    """Yield (number from 1, text, rows) of every line but those that cannot match and empty ones. Raises StoreError."""
    prefilter = query.prefilter if query else None
    for block in blocks:
        lines = prefilter.lines(block.data) if prefilter else enumerate(block.data.split(b"\n"))
        for number, line in lines:
            if not line or line.isspace():
                continue
            try:
                rows = rows_at(parse(line), path)
            except ValueError as error:
                if not block.ended and may_grow:
                    return
                place = f"{file.path}:{block.number + number}"
                raise StoreError(f"{place}: not a JSON object a line ({error})", retry=False) from None
            yield block.number + number, line, rows


def read_json(files: Files, file: File, path: tuple[str, ...], _query: Query | None) -> Rows:
    """Yield the rows of a JSON document: itself or its array of objects. Raises StoreError."""
    with opened(files, file) as (handle, _size):
        text = handle.read(MOST_BYTES + 1)
    if len(text) > MOST_BYTES:
        raise StoreError(f"{file.path}: the document is longer than {MOST_BYTES} bytes", retry=False)
    try:
        yield from rows_at(parse(text.removeprefix(BOM_UTF8)), path)
    except ValueError as error:
        raise StoreError(f"{file.path}:1: not the JSON that was expected ({error})", retry=False) from None


def read_parquet(files: Files, file: File, _path: tuple[str, ...], query: Query | None) -> Rows:
    """Yield the rows of a Parquet file, but for rows that cannot match. Raises StoreError."""
    from dsar.stores.objects import parquet

    if query is None:
        raise ValueError("the rows of Parquet are read by a question")
    yield from parquet.read_parquet(files, file, query)


READERS: dict[str, ReadRows] = {"jsonl": read_json_lines, "json": read_json, "csv": read_csv, "parquet": read_parquet}
#: Formats that are one table a file, with fixed columns.
TABLES = frozenset({"csv", "parquet"})


def describe(files: Files, file: File, path: tuple[str, ...], format: str) -> dict[str, str]:
    """Return dotted path -> name of the type of every field, by the schema or by the first rows. Raises StoreError."""
    if format == "parquet":
        from dsar.stores.objects import parquet

        return parquet.describe_parquet(files, file)
    with closing(READERS[format](files, file, path, None)) as rows:
        return describe_rows(islice(rows, _SAMPLE))
