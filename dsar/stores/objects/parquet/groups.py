"""Which row groups of a file may hold rows that match, told by the least and greatest value that its writer noted.

Notes may be missing, or cut short; then nothing is concluded from them. Only integers and exact texts are looked for by
them: for these the order is certain.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import pyarrow
from pyarrow import types

from dsar.stores.objects.parquet.footer import Chunk, Group
from dsar.stores.objects.parquet.layout import plain_type
from dsar.stores.objects.parquet.values import is_text
from dsar.stores.objects.query import Mark

#: An integer or a text's bytes, each compared with its own kind only.
Bound = Any


class Groups:
    """The row groups of one file, for one question; `places` are the numbers of the columns as Parquet stores them."""

    def __init__(
        self,
        groups: Sequence[Group],
        schema: pyarrow.Schema,
        places: Mapping[str, int],
        marks: Sequence[Mark] | None,
        fixed: Iterable[Mark],
    ) -> None:
        self._groups = groups
        self._any = None if marks is None else [_bounds(schema, places, mark) for mark in marks]
        self._all = [_bounds(schema, places, mark) for mark in fixed]

    def worth_reading(self) -> Iterator[int]:
        """Yield the number of every row group that may hold rows that match."""
        for number, group in enumerate(self._groups):
            some = self._any is None or any(bounds.allow(group) for bounds in self._any)
            if some and all(bounds.allow(group) for bounds in self._all):
                yield number


class _Bounds:
    """Values of which a column must hold one, sorted; None: nothing is known of them."""

    def __init__(self, place: int, of: pyarrow.DataType, values: Sequence[Bound] | None) -> None:
        self._place, self._of, self._values = place, of, values

    def allow(self, group: Group) -> bool:
        if self._values is None:
            return True
        least, most = self._noted(group.chunks[self._place])
        if least is None or most is None or least > most:
            return True
        at = bisect_left(self._values, least)
        if at == len(self._values):
            return False
        value = self._values[at]
        # A writer may have cut the greatest text short without making it greater.
        return bool((value[: len(most)] if isinstance(value, bytes) else value) <= most)

    def _noted(self, chunk: Chunk) -> tuple[Bound | None, Bound | None]:
        if is_text(self._of) or chunk.least is None or chunk.most is None:
            return chunk.least, chunk.most
        # Small integers stand in four bytes.
        width = 8 if self._of.bit_width == 64 else 4
        if len(chunk.least) != width or len(chunk.most) != width:
            return None, None
        signed = types.is_signed_integer(self._of)
        return int.from_bytes(chunk.least, "little", signed=signed), int.from_bytes(chunk.most, "little", signed=signed)


def _bounds(schema: pyarrow.Schema, places: Mapping[str, int], mark: Mark) -> _Bounds:
    of = schema.field(mark.column).type
    inner, place = plain_type(of), places.get(mark.column)
    if isinstance(of, pyarrow.BaseExtensionType) or place is None:
        return _Bounds(0, inner, None)
    if types.is_integer(inner):
        return _Bounds(place, inner, mark.integers)
    exact = mark.texts if is_text(inner) else None
    return _Bounds(place, inner, None if exact is None else [text.encode() for text in exact])
