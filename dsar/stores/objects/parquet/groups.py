"""Which row groups of a file may hold rows that match, told by the least and greatest value that its writer noted.

Notes may be missing, or cut short; then nothing is concluded from them. Only integers and exact texts are looked for by
them: for these the order is certain, and Arrow leaves out what writers are known to have noted wrongly.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import pyarrow
from pyarrow import types
from pyarrow.parquet import FileMetaData

from dsar.stores.objects.parquet.asking import integers, texts
from dsar.stores.objects.parquet.layout import plain_type
from dsar.stores.objects.parquet.values import is_text
from dsar.stores.objects.query import Mark


class Groups:
    """The row groups of one file, for one question."""

    def __init__(
        self, metadata: FileMetaData, schema: pyarrow.Schema, marks: Sequence[Mark] | None, fixed: Iterable[Mark]
    ) -> None:
        self._metadata = metadata
        places = {metadata.schema.column(at).path: at for at in range(len(metadata.schema))}
        self._any = None if marks is None else [_bounds(schema, places, mark) for mark in marks]
        self._all = [_bounds(schema, places, mark) for mark in fixed]

    def worth_reading(self) -> Iterator[int]:
        """Yield the number of every row group that may hold rows that match."""
        for number in range(self._metadata.num_row_groups):
            group = self._metadata.row_group(number)
            some = self._any is None or any(bounds.allow(group) for bounds in self._any)
            if some and all(bounds.allow(group) for bounds in self._all):
                yield number


class _Bounds:
    """Values of which a column must hold one; None: nothing is known of them."""

    def __init__(self, place: int | None, values: Sequence[Any] | None) -> None:
        self._place, self._values = place, values

    def allow(self, group: Any) -> bool:
        if self._place is None or self._values is None:
            return True
        noted = group.column(self._place).statistics
        if noted is None or not noted.has_min_max:
            return True
        return self._is_between(*_least_and_most(noted))

    def _is_between(self, least: Any, most: Any) -> bool:
        at = bisect_left(self._values or (), least)
        if at == len(self._values or ()):
            return False
        value = (self._values or ())[at]
        # A writer may have cut the greatest text short without making it greater.
        return bool((value[: len(most)] if isinstance(value, bytes) else value) <= most)


def _least_and_most(noted: Any) -> tuple[Any, Any]:
    if noted.physical_type == "BYTE_ARRAY":
        return noted.min_raw, noted.max_raw
    return noted.min, noted.max


def _bounds(schema: pyarrow.Schema, places: dict[str, int], mark: Mark) -> _Bounds:
    of = schema.field(mark.column).type
    inner, place = plain_type(of), places.get(mark.column)
    if isinstance(of, pyarrow.BaseExtensionType):
        return _Bounds(None, None)
    if types.is_integer(inner):
        return _Bounds(place, integers(mark))
    exact = texts(mark) if is_text(inner) else None
    return _Bounds(place, None if exact is None else [text.encode() for text in exact])
