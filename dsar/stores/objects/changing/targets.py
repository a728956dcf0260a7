"""Which rows of one file are changed, and how: sixteen bytes a row, so that very many fit into memory."""

from __future__ import annotations

import hashlib
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from heapq import merge
from itertools import groupby

from dsar.datamap.erasure import Mask

#: Of a row's number these bits are its place in its line or document, the ones above the line's own number.
_PLACE_BITS = 28


@dataclass(frozen=True, slots=True)
class Masking:
    """What takes the place of fields' values; `key` is of keyed hashes."""

    masks: Mapping[str, Mask]
    key: bytes


@dataclass(frozen=True, slots=True)
class Target:
    """A row: its place in its line, record or document (from 0); `masking`: None if it goes."""

    place: int
    masking: Masking | None


def number_of(unit: int, place: int) -> int:
    """Return the number of a row in its file."""
    return unit << _PLACE_BITS | place


def place_of(number: int, format: str) -> int:
    """Return the place of a row: its line, record or row of a table; of a document, which has but one, within it."""
    return number & (1 << _PLACE_BITS) - 1 if format == "json" else number >> _PLACE_BITS


def print_of(text: bytes) -> int:
    """Return what tells a line from one that stands in its place since."""
    return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest())


@dataclass(slots=True)
class _Run:
    """The rows that one selection has found, in their order in the file."""

    masking: Masking | None
    numbers: array[int] = field(default_factory=lambda: array("Q"))
    prints: array[int] = field(default_factory=lambda: array("Q"))

    def holds(self, number: int) -> bool:
        at = bisect_left(self.numbers, number)
        return at < len(self.numbers) and self.numbers[at] == number

    def items(self) -> Iterator[tuple[int, int, Target]]:
        for number, printed in zip(self.numbers, self.prints, strict=True):
            unit, place = number >> _PLACE_BITS, number & (1 << _PLACE_BITS) - 1
            yield unit, printed, Target(place, self.masking)


class Targets:
    """The rows of one file that are changed, each once, by whichever selection found it first."""

    def __init__(self) -> None:
        self._runs: list[_Run] = []

    def __bool__(self) -> bool:
        return bool(self._runs)

    def add(self, rows: Iterable[tuple[int, int]], masking: Masking | None) -> int:
        """Add rows (number, print of its line) in ascending order; return how many are new."""
        run = _Run(masking)
        for number, printed in rows:
            if not any(known.holds(number) for known in self._runs):
                run.numbers.append(number)
                run.prints.append(printed)
        if run.numbers:
            self._runs.append(run)
        return len(run.numbers)

    def units(self) -> Iterator[tuple[int, int, list[Target]]]:
        """Yield (number, print, rows) of every line, record or document with rows that are changed, in order."""
        found = merge(*(run.items() for run in self._runs), key=lambda item: item[0])
        for unit, items in groupby(found, key=lambda item: item[0]):
            rows = list(items)
            yield unit, rows[0][1], [target for _unit, _printed, target in rows]
