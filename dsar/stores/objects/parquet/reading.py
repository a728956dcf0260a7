"""The rows of a Parquet file, a batch of one row group at a time, and of these only the columns that are wanted."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from contextlib import closing

import pyarrow
from pyarrow import compute

from dsar.stores.base import StoreError
from dsar.stores.batching import BATCH_ROWS
from dsar.stores.objects.files import File, Files
from dsar.stores.objects.parquet.asking import Asking
from dsar.stores.objects.parquet.groups import Groups
from dsar.stores.objects.parquet.layout import Layout, check_names, described
from dsar.stores.objects.parquet.legacy import LegacyError, exact
from dsar.stores.objects.parquet.opening import Opened, opened
from dsar.stores.objects.parquet.values import UnknownTypeError, reader
from dsar.stores.objects.parquet.views import without_views
from dsar.stores.objects.query import Mark, Query
from dsar.values import Row

Marks = tuple[Mark, ...]

#: A batch is as many rows as take about so many bytes.
_BATCH_BYTES = 8 * 1024 * 1024
_MOST_ROWS = 65_536
#: Columns that tell rows are read ahead of the others if these are at least so many times their size.
_WORTH_TWO_PASSES = 2
#: A column that is added to tell rows by their number; none of a file may be named so.
_NUMBER = "\0number"


def read_parquet(files: Files, file: File, query: Query) -> Generator[Row, None, None]:
    """Yield the rows of a Parquet file, but for rows that cannot match. Raises StoreError."""
    with closing(_read(files, file, query, numbered=False)) as rows:
        yield from rows


def number_parquet(files: Files, file: File, query: Query) -> Generator[tuple[int, Row], None, None]:
    """Yield each row with its number in the file, from 0, but for rows that cannot match. Raises StoreError."""
    with closing(_read(files, file, query, numbered=True)) as rows:
        yield from ((row.pop(_NUMBER), row) for row in rows)


def _read(files: Files, file: File, query: Query, *, numbered: bool) -> Generator[Row, None, None]:
    with opened(files, file) as source:
        try:
            yield from _Reading(source, query, file.path, numbered=numbered).rows()
        except UnicodeDecodeError:
            raise StoreError(f"{file.path}: a text is no UTF-8", retry=False) from None
        except (UnknownTypeError, LegacyError, _LostError) as error:
            raise StoreError(f"{file.path}: cannot be read without loss: {error}", retry=False) from None


def describe_parquet(files: Files, file: File) -> dict[str, str]:
    """Return dotted path -> name of the type of every column, told by the file's schema. Raises StoreError."""
    with opened(files, file) as source:
        schema = source.main.schema_arrow
        check_names(schema, "", file.path)
        return described(schema)


class _LostError(ValueError):
    """Fewer or more rows came than the file says it has."""


class _Reading:
    def __init__(self, source: Opened, query: Query, name: str, *, numbered: bool) -> None:
        schema, stored, self._groups = source.main.schema_arrow, source.main.schema, source.groups
        self._layout, self._numbered = Layout(schema, query, name), numbered
        if any(group.chunks[leaf].is_encrypted for group in self._groups for leaf in self._layout.leaves):
            raise StoreError(f"{name}: is encrypted", retry=False)
        self._paths = [stored.column(at).path for at in range(len(stored))]
        self._stored = [stored.column(at).physical_type for at in range(len(stored))]
        marks, fixed = query.marks, query.fixed
        places = {path: at for at, path in enumerate(self._paths)}
        self._worth = Groups(self._groups, schema, places, marks, fixed)
        dictionaries = self._dictionaries()
        self._legacy = self._layout.columns_with(
            [leaf for leaf in self._layout.leaves if self._stored[leaf] == "INT96"]
        )
        self._file = source.reader(read_dictionary=dictionaries)
        self._coarse = (
            source.reader(read_dictionary=dictionaries, coerce_int96_timestamp_unit="us")
            if self._legacy
            else self._file
        )
        self._asking = Asking(self._file.schema_arrow, *self._askable(marks, fixed))

    def _askable(self, marks: Marks | None, fixed: Marks) -> tuple[Marks | None, Marks]:
        """Return what may be asked of a batch: nothing of moments that may have become others."""
        if marks is not None and any(mark.column in self._legacy for mark in marks):
            marks = None
        return marks, tuple(mark for mark in fixed if mark.column not in self._legacy)

    def _dictionaries(self) -> list[str]:
        """Return the texts that a dictionary holds: unfolded, one of a megabyte in many rows would fill the memory."""
        return [
            self._paths[leaf]
            for leaf in self._layout.leaves
            if self._stored[leaf] == "BYTE_ARRAY" and all(group.chunks[leaf].is_folded for group in self._groups)
        ]

    def rows(self) -> Iterator[Row]:
        for group in self._worth.worth_reading():
            for batch in self._matching(group):
                yield from self._rows(batch)

    def _matching(self, group: int) -> Iterator[pyarrow.RecordBatch]:
        """Yield what may match of a row group."""
        leaves, keys = self._layout.leaves, self._layout.key_leaves
        if not self._asking.is_needed:
            yield from self._batches(group, leaves, leaves)
        elif self._groups[group].size(keys) * (1 + _WORTH_TWO_PASSES) > self._groups[group].size(leaves):
            for batch in self._batches(group, leaves, leaves):
                yield batch.filter(self._asking.mask(batch))
        else:
            yield from self._in_two_passes(group)

    def _in_two_passes(self, group: int) -> Iterator[pyarrow.RecordBatch]:
        leaves, keys = self._layout.leaves, self._layout.key_leaves
        masks = [self._asking.mask(batch) for batch in self._batches(group, keys, keys)]
        mask, at = pyarrow.chunked_array(masks, pyarrow.bool_()).combine_chunks(), 0
        left = compute.sum(mask).as_py() or 0
        batches = self._batches(group, leaves, leaves) if left else iter(())
        while left:
            batch = next(batches)
            kept = batch.filter(mask.slice(at, batch.num_rows))
            at, left = at + batch.num_rows, left - kept.num_rows
            yield kept

    def _batches(self, group: int, leaves: Sequence[int], sized_by: Sequence[int]) -> Iterator[pyarrow.RecordBatch]:
        rows = self._groups[group].rows
        most = _BATCH_BYTES * rows // (self._groups[group].size(sized_by) or 1)
        facts = {
            "batch_size": max(1, min(most, _MOST_ROWS)),
            "row_groups": [group],
            "columns": [self._paths[leaf] for leaf in leaves],
            "use_threads": False,
        }
        batches: Iterator[pyarrow.RecordBatch] = self._file.iter_batches(**facts)
        if self._legacy:
            batches = exact(batches, self._coarse.iter_batches(**facts), self._legacy)
        found, first = 0, sum(item.rows for item in self._groups[:group])
        for batch in batches:
            plain, start = without_views(batch), first + found
            found += batch.num_rows
            yield _with_numbers(plain, start) if self._numbered else plain
        if found != rows:
            raise _LostError(f"row group {group} has {found} of {rows} rows")

    def _rows(self, batch: pyarrow.RecordBatch) -> Iterator[Row]:
        names = batch.schema.names
        reads = [reader(column.type, self._layout.items.get(column.name)) for column in batch.schema]
        for start in range(0, batch.num_rows, BATCH_ROWS):
            part = batch.slice(start, BATCH_ROWS)
            columns = [read(column) for read, column in zip(reads, part.columns, strict=True)]
            if columns:
                yield from (dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True))
            else:
                yield from ({} for _ in range(part.num_rows))


def _with_numbers(batch: pyarrow.RecordBatch, start: int) -> pyarrow.RecordBatch:
    numbers = pyarrow.array(range(start, start + batch.num_rows), pyarrow.int64())
    return batch.append_column(_NUMBER, numbers)
