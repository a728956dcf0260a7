"""Batches of rows: large enough that a call costs little, small enough that memory stays flat."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

BATCH_ROWS = 1_000

T = TypeVar("T")


def batched(items: Iterable[T], size: int = BATCH_ROWS) -> Iterator[list[T]]:
    """Yield lists of at most `size` items, none of them empty."""
    rest = iter(items)
    while batch := list(islice(rest, size)):
        yield batch
