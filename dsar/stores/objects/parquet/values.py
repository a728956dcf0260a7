"""Arrow's values as those that travel to a bundle (dsar.values): each type, without loss.

Arrow's own `to_pylist` refuses nanoseconds, fails on moments outside of Python's years, and takes microseconds for each
moment; it is used for the types where none of that is so.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any
from uuid import UUID

import pyarrow
from pyarrow import types

from dsar.datamap.model import Field
from dsar.stores.objects.parquet.layout import is_list, parts
from dsar.stores.objects.parquet.moments import date_reader, duration_reader, moment_reader, time_reader
from dsar.stores.objects.query import is_single
from dsar.stores.objects.texts import structure
from dsar.values import Value

#: An array's values, None where there is none.
Read = Callable[[pyarrow.Array], list[Value]]


class UnknownTypeError(ValueError):
    """A type that has no values here; the message names it."""


def reader(of: pyarrow.DataType, item: Field | None) -> Read:
    """Return what makes values of arrays of that type; `item`: what the data map says of the column.

    Bytes that are declared a string become one where they are UTF-8 (older writers did not mark text as such), text
    that is declared an object or array is read as JSON. Raises UnknownTypeError, and UnicodeDecodeError
    when a text is read that is none.
    """
    if types.is_dictionary(of):
        return _by_number(reader(of.value_type, item))
    if isinstance(of, pyarrow.BaseExtensionType):
        return _extension(of, item)
    if is_list(of):
        return _list(of, reader(of.value_type, item))
    if types.is_struct(of):
        return _struct(of, item)
    if types.is_map(of):
        return _map(reader(of.key_type, None), reader(of.item_type, None))
    return _flat(of, item)


def is_text(of: pyarrow.DataType) -> bool:
    return any(test(of) for test in (types.is_string, types.is_large_string, types.is_string_view))


def _flat(of: pyarrow.DataType, item: Field | None) -> Read:
    if is_text(of):
        return _plain if is_single(item) else _each(_plain, structure)
    if types.is_integer(of) or types.is_boolean(of) or types.is_floating(of):
        return _plain
    make = _make(of, item)
    if types.is_temporal(of):
        width = pyarrow.int32() if of.bit_width == 32 else pyarrow.int64()
        return _each(lambda array: array.view(width).to_pylist(), make)
    return _each(_plain, make) if make else _plain


def _make(of: pyarrow.DataType, item: Field | None) -> Any:
    """Return what makes a value of what Arrow gives for one; None where it is one."""
    if types.is_timestamp(of):
        return moment_reader(of.unit, of.tz)
    if types.is_time(of):
        return time_reader(of.unit)
    if types.is_date(of):
        return date_reader(of.bit_width)
    if types.is_duration(of):
        return duration_reader(of.unit)
    if types.is_null(of) or types.is_decimal(of):
        return None
    if not any(test(of) for test in _BYTES):
        raise UnknownTypeError(f"of the type {of}")
    return _text if item is not None and item.data_type == "string" else None


_BYTES = (types.is_binary, types.is_large_binary, types.is_binary_view, types.is_fixed_size_binary)


def _plain(array: pyarrow.Array) -> list[Value]:
    values: list[Value] = array.to_pylist()
    return values


def _each(read: Read, make: Callable[[Any], Value]) -> Read:
    return lambda array: [None if value is None else make(value) for value in read(array)]


def _text(value: bytes) -> Value:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value


def _by_number(read: Read) -> Read:
    """Each value of a dictionary is made once, however often it stands in the rows, and only if it does."""

    def values(array: pyarrow.DictionaryArray) -> list[Value]:
        numbers = array.indices.unique().drop_null()
        known = dict(zip(numbers.to_pylist(), read(array.dictionary.take(numbers)), strict=True))
        return [None if number is None else known[number] for number in array.indices.to_pylist()]

    return values


def _extension(of: pyarrow.BaseExtensionType, item: Field | None) -> Read:
    if isinstance(of, pyarrow.UuidType):
        return _each(lambda array: _plain(array.storage), lambda value: UUID(bytes=value))
    if isinstance(of, pyarrow.JsonType):
        return _each(lambda array: _plain(array.storage), structure)
    if isinstance(of, pyarrow.Bool8Type):
        return _each(lambda array: _plain(array.storage), bool)
    read = reader(of.storage_type, item)
    return lambda array: read(array.storage)


def _list(of: pyarrow.DataType, read: Read) -> Read:
    if types.is_fixed_size_list(of):
        return lambda array: _cut(read(array.flatten()), [of.list_size if it else None for it in _valid(array)])
    if types.is_list_view(of) or types.is_large_list_view(of):
        return lambda array: _cut(read(array.flatten()), array.value_lengths().to_pylist())
    return lambda array: _spans(array, read(_inner(array, array.values)))


def _inner(array: Any, values: pyarrow.Array) -> pyarrow.Array:
    """Return the part of an array's inner values that belongs to this slice of it."""
    first, last = array.offsets[0].as_py(), array.offsets[-1].as_py()
    return values.slice(first, last - first)


def _spans(array: Any, inner: Sequence[Value]) -> list[Value]:
    """Return the inner values, cut into a list for each of the array's, where that is not null."""
    offsets = array.offsets.to_pylist()
    spans = zip(pairwise(offsets), _valid(array), strict=True)
    return [list(inner[a - offsets[0] : b - offsets[0]]) if there else None for (a, b), there in spans]


def _cut(inner: Sequence[Value], lengths: Sequence[int | None]) -> list[Value]:
    """Return the inner values in lists of these lengths; None takes none."""
    found, at = list[Value](), 0
    for length in lengths:
        found.append(None if length is None else list(inner[at : at + length]))
        at += length or 0
    return found


def _valid(array: pyarrow.Array) -> list[bool]:
    there: list[bool] = array.is_valid().to_pylist()
    return there


def _struct(of: pyarrow.StructType, item: Field | None) -> Read:
    known = {child.name: child for child in item.fields} if item else {}
    names = [part.name for part in parts(of)]
    if len(set(names)) < len(names):
        raise UnknownTypeError("two parts of a structure have one name")
    reads = [reader(part.type, known.get(part.name)) for part in parts(of)]

    def values(array: pyarrow.StructArray) -> list[Value]:
        columns = [read(part) for read, part in zip(reads, array.flatten(), strict=True)]
        rows = zip(*columns, strict=True) if columns else [()] * len(array)
        return [
            dict(zip(names, row, strict=True)) if there else None
            for row, there in zip(rows, _valid(array), strict=True)
        ]

    return values


def _map(read_key: Read, read_item: Read) -> Read:
    def values(array: pyarrow.MapArray) -> list[Value]:
        pairs = zip(read_key(_inner(array, array.keys)), read_item(_inner(array, array.items)), strict=True)
        return [None if entries is None else _object(entries) for entries in _spans(array, list(pairs))]

    return values


def _object(entries: list[tuple[Value, Value]]) -> Value:
    """Return a map as an object; as an array of {key, value} where an object would lose something of it."""
    found = dict(entries) if all(isinstance(key, str) for key, _ in entries) else {}
    return found if len(found) == len(entries) else [{"key": key, "value": value} for key, value in entries]
