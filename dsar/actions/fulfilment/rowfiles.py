"""The rows that a step leaves for the bundle, encrypted: a long collection has a file of its own, short ones share one.

An ordinary person has a dozen collections of a few rows each; a file for each cost more than its rows.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property

from dsar import payloads
from dsar.bundle.sealing import SealKey
from dsar.fulfilment.spool import Spool
from dsar.models import Step

#: Bytes of a collection that goes with others, and of all that go together: they are read whole.
_SHORT = 1 << 16
_MOST = 1 << 20
_TOGETHER = "together.age"

#: Collection -> where its lines start and end in the file of several.
Places = dict[str, list[int]]


def write(folder: str, spool: Spool, *, key: SealKey, beat: Callable[[], None]) -> Places:
    """Write what a step has spooled below its folder; return the places of the short collections.

    `beat` is called after each file. Raises SealError, OSError.
    """
    places: Places = {}
    together, sizes = io.BytesIO(), spool.sizes()
    for name, file in spool.files():
        start, size = together.tell(), sizes[name]
        if size <= _SHORT and start + size <= _MOST:
            together.write(file.read())
            places[name] = [start, together.tell()]
        else:
            payloads.put(f"{folder}/{name}.jsonl.age", file, key=key)
            beat()
    if places:
        together.seek(0)
        payloads.put(f"{folder}/{_TOGETHER}", together, key=key)
        beat()
    return places


@dataclass
class RowFiles:
    """What one step has left; read, it raises PayloadGoneError if it was purged, SealError if it was changed."""

    folder: str
    places: Mapping[str, list[int]]
    key: SealKey

    @classmethod
    def of(cls, step: Step, *, key: SealKey) -> RowFiles:
        return cls(step.folder, step.report.get("together", {}), key)

    @contextmanager
    def blocks(self, collection: str) -> Iterator[Iterator[bytes]]:
        """Open the rows of a collection, as blocks of whole lines of JSON."""
        if collection in self.places:
            start, end = self.places[collection]
            yield iter([self._together[start:end]])
        else:
            with payloads.blocks(f"{self.folder}/{collection}.jsonl.age", key=self.key) as blocks:
                yield blocks

    @contextmanager
    def lines(self, collection: str) -> Iterator[Iterator[bytes]]:
        """Open the rows of a collection, as lines of JSON without their ends."""
        with self.blocks(collection) as blocks:
            yield payloads.split_lines(blocks)

    @cached_property
    def _together(self) -> bytes:
        return payloads.read(f"{self.folder}/{_TOGETHER}", key=self.key)
