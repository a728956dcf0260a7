"""A Parquet file written anew, row group by row group, and read again: everybody else's rows are the same."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from typing import IO, Any

import pyarrow
from pyarrow import types
from pyarrow.parquet import ParquetFile, ParquetWriter

from dsar.datamap.erasure import Mask, Strategy
from dsar.stores.base import ForbiddenError, StoreError
from dsar.stores.inside import Inside, by_field, replaced
from dsar.stores.objects.changing.masks import instead
from dsar.stores.objects.changing.targets import Masking, Target, Targets
from dsar.stores.objects.files import File, Files
from dsar.stores.objects.parquet.opening import Opened, opened
from dsar.stores.objects.parquet.values import is_text
from dsar.stores.objects.parquet.views import without_views

#: Rows that are held at once, and stand in one row group, take about so many bytes.
_PART_BYTES = 64 * 1024 * 1024
_MOST_ROWS = 65_536
_CODECS = ("NONE", "SNAPPY", "GZIP", "LZO", "BROTLI", "LZ4", "ZSTD", "LZ4")

#: Rows as they are to be, and which of them nobody has touched.
Part = tuple[pyarrow.Table, pyarrow.BooleanArray]


def rewrite_parquet(files: Files, file: File, targets: Targets, sink: IO[bytes]) -> bool:
    """Write the file anew into `sink`, which is read again, too; return whether a row is left. Raises StoreError."""
    with opened(files, file) as source:
        check_rewritable(source, file)
        facts, rows = facts_of(source, file), 0
        with ParquetWriter(sink, source.main.schema_arrow, **facts) as writer:
            for table, _untouched in _parts(source, targets):
                rows += table.num_rows
                if table.num_rows:
                    writer.write_table(table, row_group_size=table.num_rows)
        sink.flush()
        sink.seek(0)
        _check(ParquetFile(sink), source, targets, file)
        sink.seek(0, io.SEEK_END)
        return bool(rows)


def check_rewritable(source: Opened, file: File) -> None:
    if any(chunk.is_encrypted for group in source.groups for chunk in group.chunks):
        raise StoreError(f"{file.path}: is encrypted", retry=False)
    stored = source.main.schema
    if any(stored.column(at).physical_type == "INT96" for at in range(len(stored))):
        raise ForbiddenError(f"{file.path}: holds moments of the old type INT96, which cannot be written without loss")


def facts_of(source: Opened, file: File) -> dict[str, Any]:
    """Return how the file was written. Raises ForbiddenError if none of our ways keeps its columns as they are."""
    known = source.main.metadata.metadata or {}
    for nested in (True, False):
        facts = {
            "compression": _codecs(source, file),
            "version": _version(source.main.metadata.format_version),
            "use_compliant_nested_type": nested,
            "store_schema": b"ARROW:schema" in known,
        }
        empty = io.BytesIO()
        ParquetWriter(empty, source.main.schema_arrow, **facts).close()
        if _columns(ParquetFile(empty).schema) == _columns(source.main.schema):
            return facts
    raise ForbiddenError(f"{file.path}: its columns cannot be written as they are")


def _version(written: str) -> str:
    return written if written in ("1.0", "2.4", "2.6") else "2.6"


def _columns(stored: Any) -> list[tuple[Any, ...]]:
    columns = (stored.column(at) for at in range(len(stored)))
    return [
        (
            column.path,
            column.physical_type,
            str(column.logical_type),
            column.length,
            column.max_definition_level,
            column.max_repetition_level,
        )
        for column in columns
    ]


def _codecs(source: Opened, file: File) -> dict[str, str]:
    """Return path -> how the first row group packs the column; a file without rows packs nothing."""
    stored = source.main.schema
    codecs = [chunk.codec for chunk in source.groups[0].chunks] if source.groups else [0] * len(stored)
    for codec in codecs:
        if not 0 <= codec < len(_CODECS) or _CODECS[codec] == "LZO":
            raise ForbiddenError(f"{file.path}: is packed in a way that is not written here")
    return {stored.column(at).path: _CODECS[codec] for at, codec in enumerate(codecs)}


def _parts(source: Opened, targets: Targets) -> Iterator[Part]:
    """Yield the file's rows as they are to be, each row group by itself, or in parts if it is large."""
    units, first = targets.units(), 0
    waiting = next(units, None)
    for number, group in enumerate(source.groups):
        held = list[tuple[pyarrow.RecordBatch, pyarrow.BooleanArray]]()
        for batch in batches_of(source, number):
            here = list[tuple[int, Target]]()
            while waiting is not None and waiting[0] < first + batch.num_rows:
                here.append((waiting[0] - first, waiting[2][0]))
                waiting = next(units, None)
            first += batch.num_rows
            held.append(_changed(batch, here))
            if sum(part.nbytes for part, _ in held) > _PART_BYTES:
                yield _joined(held, source)
                held = []
        if held and group.rows:
            yield _joined(held, source)


def batches_of(source: Opened, number: int) -> Iterator[pyarrow.RecordBatch]:
    group = source.groups[number]
    size = group.size(range(len(group.chunks))) or 1
    most = max(1, min(_MOST_ROWS, _PART_BYTES // 4 * group.rows // size))
    for batch in source.main.iter_batches(batch_size=most, row_groups=[number], use_threads=False):
        yield without_views(batch)


def _joined(held: Sequence[tuple[pyarrow.RecordBatch, pyarrow.BooleanArray]], source: Opened) -> Part:
    table = pyarrow.Table.from_batches([batch for batch, _ in held])
    untouched = pyarrow.concat_arrays([mask for _, mask in held])
    return table.cast(source.main.schema_arrow), untouched


def _changed(
    batch: pyarrow.RecordBatch, targets: Sequence[tuple[int, Target]]
) -> tuple[pyarrow.RecordBatch, pyarrow.BooleanArray]:
    """Return the batch as it is to be, and which of its rows nobody has touched."""
    if not targets:
        return batch, pyarrow.repeat(True, batch.num_rows)
    keep, same = [True] * batch.num_rows, [True] * batch.num_rows
    by_masking = dict[int, tuple[Masking, list[int]]]()
    for at, target in targets:
        keep[at], same[at] = target.masking is not None, False
        if target.masking is not None:
            by_masking.setdefault(id(target.masking), (target.masking, []))[1].append(at)
    for masking, places in by_masking.values():
        batch = _masked(batch, masking, places)
    kept = pyarrow.array(keep, pyarrow.bool_())
    return batch.filter(kept), pyarrow.array(same, pyarrow.bool_()).filter(kept)


def _masked(batch: pyarrow.RecordBatch, masking: Masking, places: list[int]) -> pyarrow.RecordBatch:
    for name, inside in by_field(masking.masks).items():
        at = batch.schema.get_field_index(name)
        if at >= 0:
            column = batch.schema.field(at)
            values = _masked_column(batch.column(at), column, inside, masking.key, places)
            batch = batch.set_column(at, column, values)
        elif isinstance(inside, Mask) and inside.strategy is Strategy.FIXED:
            raise ForbiddenError(f"a file has no column {name!r} to write into")
    return batch


def _masked_column(
    values: pyarrow.Array, column: pyarrow.Field, inside: Inside, key: bytes, places: list[int]
) -> pyarrow.Array:
    if types.is_dictionary(values.type):
        decoded, kind = values.dictionary_decode(), column.with_type(values.type.value_type)
        return _masked_column(decoded, kind, inside, key, places).dictionary_encode().cast(values.type)
    new = _new_values(values, column, inside, key, places)
    if new.null_count and not column.nullable:
        raise ForbiddenError(f"a column that may not be empty: {column.name}")
    order = list(range(len(values)))
    for number, at in enumerate(places):
        order[at] = len(values) + number
    return pyarrow.concat_arrays([values, new]).take(pyarrow.array(order, pyarrow.int64()))


def _new_values(
    values: pyarrow.Array, column: pyarrow.Field, inside: Inside, key: bytes, places: list[int]
) -> pyarrow.Array:
    if isinstance(inside, Mask) and inside.strategy is Strategy.NULL:
        return pyarrow.nulls(len(places), values.type)
    if isinstance(inside, Mask) and inside.strategy is Strategy.FIXED:
        try:
            return pyarrow.array([inside.value] * len(places), values.type)
        except (pyarrow.ArrowException, TypeError, OverflowError):
            raise ForbiddenError(f"the value of 'fixed' is none that the column {column.name} can hold") from None
    if not is_text(values.type):
        what = f"'{inside.strategy}' writes text" if isinstance(inside, Mask) else "a mask inside an object needs JSON"
        raise ForbiddenError(f"{what}, and the column {column.name} is {values.type}")
    olds = values.take(pyarrow.array(places, pyarrow.int64())).to_pylist()
    return pyarrow.array([replaced(old, inside, instead(column.name, key)) for old in olds], values.type)


def _check(written: ParquetFile, source: Opened, targets: Targets, file: File) -> None:
    """Raise StoreError if a row that nobody touched is another in the new file."""
    number = 0
    for table, untouched in _parts(source, targets):
        if not table.num_rows:
            continue
        found = without_views_of(written.read_row_group(number)) if number < written.num_row_groups else None
        number += 1
        if found is None or not _same(without_views_of(table), found, untouched):
            raise unlike(file)
    if number != written.num_row_groups:
        raise unlike(file)


def unlike(file: File) -> StoreError:
    return StoreError(f"{file.path}: what was written is not what was read; nothing was changed", retry=False)


def without_views_of(table: pyarrow.Table) -> pyarrow.Table:
    return pyarrow.Table.from_batches([without_views(batch) for batch in table.combine_chunks().to_batches()])


def _same(one: pyarrow.Table, other: pyarrow.Table, untouched: pyarrow.BooleanArray) -> bool:
    if one.num_rows != other.num_rows or one.schema.names != other.schema.names:
        return False
    return all(
        left.equals(right) or (left.type == right.type and repr(left.to_pylist()) == repr(right.to_pylist()))  # NaN
        for left, right in zip(one.filter(untouched).columns, other.filter(untouched).columns, strict=True)
    )
