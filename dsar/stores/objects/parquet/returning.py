"""Rows of Parquet taken whole, each a table of its own, and put back among those of a file."""

from __future__ import annotations

import base64
import io
from collections.abc import Collection, Iterator, Sequence
from typing import IO, Any

import pyarrow
from pyarrow import types
from pyarrow.parquet import ParquetFile, ParquetWriter

from dsar.stores.objects.changing.targets import print_of
from dsar.stores.objects.files import File, Files
from dsar.stores.objects.parquet.opening import Opened, opened
from dsar.stores.objects.parquet.rewriting import batches_of, check_rewritable, facts_of, unlike, without_views_of
from dsar.stores.objects.restoring.edit import Back, Edit, Unit
from dsar.stores.objects.restoring.kept import Item, Texts


def pick_parquet(files: Files, file: File, wanted: Collection[int] | None) -> Iterator[tuple[int, Any]]:
    """Yield (-1, how the file is written), then (number, a table of one row as text) of the wanted rows, or of all."""
    with opened(files, file) as source:
        check_rewritable(source, file)
        yield -1, {"facts": facts_of(source, file)}
        first = 0
        for group in range(len(source.groups)):
            for batch in batches_of(source, group):
                for at in range(batch.num_rows):
                    if wanted is None or first + at in wanted:
                        yield first + at, _text(batch, at)
                first += batch.num_rows


def print_row(text: str) -> int:
    """Return what tells a row from another by its values."""
    return _print(_read(text.encode()).to_pylist()[0])


def print_parquet(files: Files, file: File) -> Iterator[int]:
    """Yield what tells each row of a file."""
    with opened(files, file) as source:
        for group in range(len(source.groups)):
            for batch in batches_of(source, group):
                yield from map(_print, batch.to_pylist())


def _print(row: dict[str, Any]) -> int:
    return print_of(repr(list(row.items())).encode("utf-8", "backslashreplace"))


def return_parquet(files: Files, file: File, edit: Edit, texts: Texts, sink: IO[bytes]) -> None:
    """Write the file anew with the rows that are put back, and read it again. Raises StoreError."""
    with opened(files, file) as source:
        check_rewritable(source, file)
        schema = source.main.schema_arrow
        _write(_Returned(source, edit, texts).tables(), schema, facts_of(source, file), sink)
        _check(sink, _Returned(source, edit, texts).tables(), file)


def make_parquet(file: File, edit: Edit, texts: Texts, sink: IO[bytes]) -> None:
    """Write a file of nothing but the rows that are put back."""
    items = [unit.data for unit in edit.merged((), lambda item: item, first=0)]
    table = _table(items, texts)
    _write(iter([table]), table.schema, edit.head["facts"], sink)
    _check(sink, iter([table]), file)


def _write(tables: Iterator[pyarrow.Table], schema: pyarrow.Schema, facts: dict[str, Any], sink: IO[bytes]) -> None:
    with ParquetWriter(sink, schema, **facts) as writer:
        for table in tables:
            if table.num_rows:
                writer.write_table(table.cast(schema), row_group_size=table.num_rows)
    sink.flush()


def _check(sink: IO[bytes], tables: Iterator[pyarrow.Table], file: File) -> None:
    """Raise StoreError if what is read is not what was meant to be written."""
    sink.seek(0)
    written, number = ParquetFile(sink), 0
    for table in tables:
        if table.num_rows:
            found = written.read_row_group(number).cast(table.schema) if number < written.num_row_groups else None
            number += 1
            if found is None or repr(found.to_pylist()) != repr(table.to_pylist()):
                raise unlike(file)
    sink.seek(0, io.SEEK_END)


class _Returned:
    """The row groups of a file with rows among them, and values in them, that are put back."""

    def __init__(self, source: Opened, edit: Edit, texts: Texts) -> None:
        self._source, self._edit, self._texts = source, edit, texts
        self._schema = source.main.schema_arrow

    def tables(self) -> Iterator[pyarrow.Table]:
        total = sum(group.rows for group in self._source.groups)
        units = self._edit.merged(map(_own, range(total)), lambda item: item, first=0)
        first = 0
        for group in range(len(self._source.groups)):
            own = self._group(group, first)
            here = list[Unit]()
            while own.num_rows and (not here or here[-1].number != first + own.num_rows - 1):
                here.append(next(units))
            yield self._joined(own, here, first)
            first += own.num_rows
        if rest := [unit.data for unit in units]:
            yield _table(rest, self._texts).cast(self._schema)

    def _group(self, number: int, first: int) -> pyarrow.Table:
        """Return a row group with the values that are put back into its rows."""
        batches = list(batches_of(self._source, number))
        table = pyarrow.Table.from_batches(batches, batches[0].schema if batches else self._schema)
        table = without_views_of(table.cast(self._schema))
        backs = {at - first: back for at, back in self._edit.back.items() if first <= at < first + table.num_rows}
        for name in sorted({name for back in backs.values() for name in back.names}):
            at = table.schema.get_field_index(name)
            if at >= 0:
                those = {row: back for row, back in backs.items() if name in back.names}
                table = table.set_column(at, table.schema.field(at), self._column(table.column(at), name, those))
        return table

    def _column(self, values: pyarrow.ChunkedArray, name: str, backs: dict[int, Back]) -> pyarrow.ChunkedArray:
        old = _table([back.item for back in backs.values()], self._texts).column(name)
        order = list(range(len(values)))
        for number, row in enumerate(backs):
            order[row] = len(values) + number
        joined = pyarrow.chunked_array([*_plain(values).chunks, *_plain(old).chunks])
        return _as(joined.take(pyarrow.array(order, pyarrow.int64())), values.type)

    def _joined(self, own: pyarrow.Table, units: Sequence[Unit], first: int) -> pyarrow.Table:
        items = [unit.data for unit in units if unit.number < 0]
        if not items:
            return own
        came, order = 0, list[int]()
        for unit in units:
            order.append(unit.number - first if unit.number >= 0 else own.num_rows + came)
            came += unit.number < 0
        kept = _table(items, self._texts)
        columns = [
            _as(
                pyarrow.chunked_array([*_plain(own.column(name)).chunks, *_plain(kept.column(name)).chunks]).take(
                    pyarrow.array(order, pyarrow.int64())
                ),
                own.schema.field(name).type,
            )
            for name in own.schema.names
        ]
        return pyarrow.Table.from_arrays(columns, schema=own.schema)


def _own(number: int) -> Unit:
    return Unit(number, None)


def _text(batch: pyarrow.RecordBatch, at: int) -> str:
    """Return a table of one row as text; a dictionary, which holds others' values, is none in it."""
    table = pyarrow.Table.from_batches([batch.slice(at, 1)])
    columns = [_plain(column) for column in table.columns]
    fields = [field.with_type(column.type) for field, column in zip(table.schema, columns, strict=True)]
    row = pyarrow.Table.from_arrays(columns, schema=pyarrow.schema(fields, table.schema.metadata))
    sink = io.BytesIO()
    with pyarrow.ipc.new_stream(sink, row.schema) as writer:
        writer.write_table(row)
    return base64.b64encode(sink.getvalue()).decode("ascii")


def _table(items: Sequence[Item], texts: Texts) -> pyarrow.Table:
    return pyarrow.concat_tables([_read(texts.of(item)) for item in items])


def _read(text: bytes) -> pyarrow.Table:
    return pyarrow.ipc.open_stream(base64.b64decode(text)).read_all()


def _plain(values: pyarrow.ChunkedArray) -> pyarrow.ChunkedArray:
    if not types.is_dictionary(values.type):
        return values
    return pyarrow.chunked_array([chunk.dictionary_decode() for chunk in values.chunks], values.type.value_type)


def _as(values: pyarrow.ChunkedArray, of: pyarrow.DataType) -> pyarrow.ChunkedArray:
    return values.dictionary_encode().cast(of) if types.is_dictionary(of) else values.cast(of)
