"""Arrow's texts and lists as views, which a file may ask to be read as, brought to the types that Arrow can filter."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow
from pyarrow import types

from dsar.stores.objects.parquet.layout import parts


def without_views(batch: pyarrow.RecordBatch) -> pyarrow.RecordBatch:
    """Return the batch with the same values, none of them a view."""
    wanted = pyarrow.schema([column.with_type(_plain(column.type)) for column in batch.schema])
    return batch if wanted.equals(batch.schema) else batch.cast(wanted)


def _plain(of: pyarrow.DataType) -> pyarrow.DataType:
    if types.is_string_view(of):
        return pyarrow.large_string()
    if types.is_binary_view(of):
        return pyarrow.large_binary()
    if types.is_struct(of):
        return pyarrow.struct(list(_inner(of)))
    if types.is_list(of):
        return pyarrow.list_(_item(of))
    if types.is_large_list(of) or types.is_list_view(of) or types.is_large_list_view(of):
        return pyarrow.large_list(_item(of))
    if types.is_fixed_size_list(of):
        return pyarrow.list_(_item(of), of.list_size)
    return pyarrow.map_(_plain(of.key_type), _plain(of.item_type)) if types.is_map(of) else of


def _inner(of: pyarrow.StructType) -> Iterator[pyarrow.Field]:
    return (part.with_type(_plain(part.type)) for part in parts(of))


def _item(of: pyarrow.DataType) -> pyarrow.Field:
    item: pyarrow.Field = of.value_field
    return item.with_type(_plain(item.type))
