"""When each collection was last looked through, and how to read much without being in anybody's way."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dsar.stores.base import StoreError
from dsar.values import Row

#: Of the time that a batch took, so much is waited after it.
SHARE = 0.5


@dataclass(frozen=True, slots=True)
class Look:
    """When a collection was last looked through, and when last all of it, in vain; None: never, as far as is known."""

    at: datetime | None = None
    whole_at: datetime | None = None


def last_looks(lines: Iterable[dict[str, Any]], *, tenant: str) -> dict[str, Look]:
    """Return "dataset:collection" -> when it was last looked through, by the ledger's lines."""
    found: dict[str, Look] = {}
    for line in lines:
        if line["kind"] == "looked" and line["tenant"] == tenant:
            at, name = datetime.fromisoformat(line["at"]), line["collection"]
            whole_at = at if line["whole"] else found.get(name, Look()).whole_at
            found[name] = Look(at, None if line["found"] else whole_at)
    return found


def unhurried(
    batches: Iterable[Sequence[Row]],
    *,
    most_seconds: float,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], object] = time.sleep,
) -> Iterator[Sequence[Row]]:
    """Yield the batches, and wait after each: the longer the slower the store is.

    Raises StoreError (not for retry) after so many seconds.
    """
    began = start = clock()
    for batch in batches:
        yield batch
        sleep((clock() - start) * SHARE)
        start = clock()
        if start - began > most_seconds:
            minutes = round(most_seconds / 60)
            raise StoreError(f"holds more than is read in {minutes} minutes; not all of it was looked at", retry=False)
