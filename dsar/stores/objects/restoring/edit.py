"""What is put back into one file: rows among its lines, and values in them. Applied to the file as it is by then.

Rows of one block stand where they stood, as long as only the end of the file has grown since; else near to it. Nothing
that stands in the file goes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from dsar.stores.base import StoreError
from dsar.stores.objects.restoring.kept import Item


class Unit(NamedTuple):
    """A line, record or element of a file as it is.

    `counts`: whether it is a row, or may have been one; `is_open`: whether it has no end, so that it may be still
    written.
    """

    number: int
    data: Any
    counts: bool = True
    is_open: bool = False


@dataclass(frozen=True, slots=True)
class Back:
    """Values that are put back into a row: the print of its line, of these fields, as they are in `item`."""

    printed: int
    names: frozenset[str]
    item: Item


@dataclass
class Edit:
    """`layers`: rows by the block that took them, the latest block first. `back`: number of a row -> its values.

    `claimed` counts, by their print, rows that are in the file already, and `supplied` those that come into it.
    """

    head: Mapping[str, Any] = field(default_factory=dict)
    masks: frozenset[str] = frozenset()
    layers: dict[str, list[Item]] = field(default_factory=dict)
    back: dict[int, Back] = field(default_factory=dict)
    claimed: Counter[int] = field(default_factory=Counter)
    supplied: Counter[int] = field(default_factory=Counter)
    knowns: set[str] = field(default_factory=set)

    @property
    def is_any(self) -> bool:
        return bool(self.back) or any(self.layers.values())

    @property
    def is_one_row(self) -> bool:
        """Whether the file was a document that was but one row."""
        return self.head.get("is_array") is False

    def add(self, block: str, item: Item) -> None:
        self.layers.setdefault(block, []).append(item)
        self.supplied[item.printed] += 1
        self.knowns |= {item.known} - {""}

    def merged(self, units: Iterable[Unit], made: Callable[[Item], Any], *, first: int) -> Iterator[Unit]:
        """Yield the units with the rows among them, `made` of items; `first` is the number of the first row."""
        for items in self.layers.values():
            units = _merged(units, sorted(items, key=lambda item: item.number), made, first)
        yield from units


def _merged(units: Iterable[Unit], items: list[Item], made: Callable[[Item], Any], first: int) -> Iterator[Unit]:
    waiting, at = iter(items), first
    item = next(waiting, None)
    for unit in units:
        # Behind a line without an end nothing can stand.
        while unit.counts and item is not None and (item.number <= at or unit.is_open):
            yield Unit(-1, made(item))
            at, item = at + 1, next(waiting, None)
        yield unit
        at += unit.counts
    while item is not None:
        yield Unit(-1, made(item))
        item = next(waiting, None)


def check_head(edit: Edit, name: str, there: object, path: str) -> None:
    """Raise StoreError where a file is made otherwise than the one from which rows were taken."""
    if any(edit.layers.values()) and edit.head.get(name) != there:
        raise StoreError(f"{path}: is made otherwise than when rows were taken from it ({name})", retry=False)
