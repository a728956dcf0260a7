"""Which rows of a batch may match, told by Arrow: it may let through too much, never too little.

Every row that is let through is compared again in Python. What Arrow compares is therefore only whether a value is one
of a few exact ones, of integers, texts and UUIDs; of other types each distinct value is judged in Python, once a batch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from uuid import UUID

import pyarrow
from pyarrow import compute, types

from dsar.stores.objects.parquet.values import is_text, reader
from dsar.stores.objects.query import AS_WRITTEN, Mark

#: Which of an array's values may show what a mark wants; a null shows nothing.
Shows = Callable[[pyarrow.Array], pyarrow.BooleanArray]


class Asking:
    """Tells of the batches of one file which rows have one of the marks of any alternative, and all of the fixed."""

    def __init__(self, schema: pyarrow.Schema, marks: Sequence[Mark] | None, fixed: Iterable[Mark]) -> None:
        self._any = None if marks is None else [(mark.column, shows_of(_type(schema, mark), mark)) for mark in marks]
        self._all = [(mark.column, shows_of(_type(schema, mark), mark)) for mark in fixed]

    @property
    def is_needed(self) -> bool:
        """Whether there is anything to ask; without, every row may match."""
        return self._any is not None or bool(self._all)

    def mask(self, batch: pyarrow.RecordBatch) -> pyarrow.BooleanArray:
        """Return for each row whether it may match."""
        found = _every(batch.num_rows, is_so=self._any is None)
        for column, shows in self._any or ():
            found = compute.or_(found, shows(batch.column(column)))
        for column, shows in self._all:
            found = compute.and_(found, shows(batch.column(column)))
        return found


def shows_of(of: pyarrow.DataType, mark: Mark) -> Shows:
    """Return what tells of arrays of that type which values may show what the mark wants."""
    if types.is_dictionary(of):
        return _by_number(shows_of(of.value_type, mark))
    if isinstance(of, pyarrow.UuidType):
        wanted = _set([value.bytes for value in _uuids(mark)], of.storage_type)
        return lambda array: _is_in(array.storage, wanted)
    if types.is_integer(of):
        return _one_of(_set([number for number in mark.integers if _fits(number, of)], of))
    if is_text(of):
        return _text(mark)
    # What is within a list, say, is left to Python.
    return _distinct(of, mark) if _has_distinct(of) else lambda array: _every(len(array), is_so=True)


def _type(schema: pyarrow.Schema, mark: Mark) -> pyarrow.DataType:
    return schema.field(mark.column).type


def _every(length: int, *, is_so: bool) -> pyarrow.BooleanArray:
    return pyarrow.repeat(is_so, length)


def _set(values: list[object], of: pyarrow.DataType) -> pyarrow.Array:
    return pyarrow.array(values, of)


def _is_in(array: pyarrow.Array, wanted: pyarrow.Array) -> pyarrow.BooleanArray:
    return compute.fill_null(compute.is_in(array, value_set=wanted), False)


def _one_of(wanted: pyarrow.Array) -> Shows:
    return lambda array: _is_in(array, wanted)


def _fits(number: int, of: pyarrow.DataType) -> bool:
    least = -(1 << int(of.bit_width) - 1) if types.is_signed_integer(of) else 0
    most = least + (1 << int(of.bit_width))
    return least <= number < most


def _uuids(mark: Mark) -> Iterable[UUID]:
    for form in mark.forms:
        try:
            yield UUID(str(form))
        except ValueError:
            continue  # no UUID is written so


def _text(mark: Mark) -> Shows:
    exact = mark.texts
    if exact is not None:
        return _as_large(_one_of(_set([*exact], pyarrow.large_string())))
    if mark.item is None or mark.item.identity != "email" or mark.item.data_type not in AS_WRITTEN:
        return _as_large(_distinct(pyarrow.large_string(), mark))
    folded = [form for form in mark.forms if isinstance(form, str) and form.isascii()]
    wanted = _set([*folded], pyarrow.large_string())

    def shows(array: pyarrow.Array) -> pyarrow.BooleanArray:
        # Letters outside ASCII fold and compose as Arrow does not: such texts are compared in Python.
        other = compute.fill_null(compute.invert(compute.string_is_ascii(array)), False)
        return compute.or_(other, _is_in(compute.ascii_lower(array), wanted))

    return _as_large(shows)


def _as_large(shows: Shows) -> Shows:
    """Arrow's functions know one type of text each: all are brought to the largest."""
    return lambda array: shows(array.cast(pyarrow.large_string()))


def _by_number(shows: Shows) -> Shows:
    def by_number(array: pyarrow.DictionaryArray) -> pyarrow.BooleanArray:
        return compute.fill_null(shows(array.dictionary).take(array.indices), False)

    return by_number


def _distinct(of: pyarrow.DataType, mark: Mark) -> Shows:
    read = reader(of, mark.item)

    def shows(values: pyarrow.Array) -> pyarrow.BooleanArray:
        return pyarrow.array([mark.shows(value) for value in read(values)], pyarrow.bool_())

    by_number = _by_number(shows)
    return lambda array: by_number(array.dictionary_encode())


def _has_distinct(of: pyarrow.DataType) -> bool:
    """Whether Arrow can tell which values of the type are the same."""
    try:
        pyarrow.nulls(0, of).dictionary_encode()
    except pyarrow.ArrowNotImplementedError:
        return False
    return True
