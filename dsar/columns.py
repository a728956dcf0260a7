"""Rows that all have the same fields, held field by field. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from types import NoneType
from typing import overload

from dsar.values import Row, Value


class Columns(Sequence[Row]):
    """A batch of rows; each row is made only where somebody looks at it, for that takes longer than fetching it.

    `fields` maps every field to its values, one a row.
    """

    __slots__ = ("_length", "fields")

    def __init__(self, fields: Mapping[str, Sequence[Value]], length: int) -> None:
        self.fields, self._length = fields, length

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[Row]:
        if not self.fields:
            return iter([{} for _ in range(self._length)])
        names = tuple(self.fields)
        return (dict(zip(names, values, strict=True)) for values in zip(*self.fields.values(), strict=True))

    @overload
    def __getitem__(self, at: int) -> Row: ...
    @overload
    def __getitem__(self, at: slice) -> Columns: ...
    def __getitem__(self, at: int | slice) -> Row | Columns:
        part = {name: values[at] for name, values in self.fields.items()}
        return part if isinstance(at, int) else Columns(part, len(range(self._length)[at]))

    def __repr__(self) -> str:
        return f"Columns({list(self.fields)}, {self._length} rows)"  # no value: it may land in a log

    def without(self, names: Collection[str]) -> Columns:
        """Return the rows without some of their fields."""
        return Columns({name: values for name, values in self.fields.items() if name not in names}, self._length)


def column(rows: Sequence[Row], name: str) -> Sequence[Value]:
    """Return a field's value in every row; None where a row lacks it."""
    if isinstance(rows, Columns):
        return rows.fields.get(name) or [None] * len(rows)
    return [row.get(name) for row in rows]


def types_by_field(rows: Sequence[Row]) -> dict[str, set[type]]:
    """Return the types of each field's values, None apart; a field without a value has none."""
    if isinstance(rows, Columns):
        found = {name: set(map(type, values)) for name, values in rows.fields.items()}
    else:
        names = [name for shape in {tuple(row): None for row in rows} for name in shape]
        found = {name: {type(row[name]) for row in rows if name in row} for name in names}
    return {name: kinds - {NoneType} for name, kinds in found.items() if kinds - {NoneType}}


def as_columns(rows: Sequence[Row], names: Sequence[str]) -> Columns | None:
    """Return the rows by the column, or None unless each of them has exactly these fields."""
    if not names or set(map(len, rows)) != {len(names)}:
        return None
    try:
        return Columns({name: [row[name] for row in rows] for name in names}, len(rows))
    except KeyError:
        return None
