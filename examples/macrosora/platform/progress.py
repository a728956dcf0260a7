"""How far a seeding is: the writers say it every so many rows, whoever seeds says it to people."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")
#: Called with what is being written and how many of it have been so far.
Tell = Callable[[str, int], None]
_OFTEN = 5_000  # rows between two calls


def silent(_what: str, _rows: int) -> None:
    """Say nothing: for tests, and whoever seeds a crowd small enough to wait for."""


def told(rows: Iterable[T], tell: Tell, what: str) -> Iterator[T]:
    """Yield the rows, telling now and again how many there were."""
    for number, row in enumerate(rows, start=1):
        yield row
        if number % _OFTEN == 0:
            tell(what, number)
