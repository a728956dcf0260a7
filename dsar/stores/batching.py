"""Batches of rows: large enough that a call costs little, small enough that memory stays flat."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sized
from itertools import islice
from typing import TypeVar

from dsar.stores.base import StoreError

BATCH_ROWS = 1_000

T = TypeVar("T")
S = TypeVar("S", bound=Sized)


def batched(items: Iterable[T], size: int = BATCH_ROWS) -> Iterator[list[T]]:
    """Yield lists of at most `size` items, none of them empty."""
    rest = iter(items)
    while batch := list(islice(rest, size)):
        yield batch


def bounded(batches: Iterable[S], most: int, what: str) -> Iterator[S]:
    """Yield the batches. Raises StoreError (not for retry), which names `what`, after more rows than `most`."""
    rows = 0
    for batch in batches:
        rows += len(batch)
        if rows > most:
            raise StoreError(f"{what}: more than {most} rows; is it endless? Else raise max_rows", retry=False)
        yield batch
