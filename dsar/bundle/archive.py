"""A ZIP written in one forward pass, the same bytes for the same input, every entry hashed on its way.

Nothing is written twice, so that a file, a socket and an encrypting pipe get identical bytes. A failure leaves an
archive without its directory: nothing that could pass for whole.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from types import TracebackType
from typing import IO, BinaryIO, Self, cast

from dsar.bundle.deflating import Deflater
from dsar.bundle.names import is_safe
from dsar.bundle.zip_records import ZIP64_LIMIT, Member, Records

_LONG = 1 << 15  # bytes; below it the way to another thread takes longer than compressing
_IN_MEMORY = 1 << 20  # packed bytes of an entry that waits; what is longer goes to a file without a name
_COPIED = 1 << 18


class BundleError(Exception):
    """What is to be packed contradicts itself; nothing is delivered. The message holds no personal value."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of an archive: its name, its length in bytes, its sha256 in hex."""

    name: str
    size: int
    sha256: str


class EntryWriter:
    """Writes one entry.

    Long parts are compressed in a second thread, one behind the other, while the caller makes the next one.
    """

    def __init__(self, out: Callable[[bytes], object], thread: Executor) -> None:
        self._out, self._thread = out, thread
        self._last: Future[None] | None = None
        self._deflater = Deflater()
        self.size = 0

    def write(self, data: bytes) -> None:
        self.settle()
        if len(data) >= _LONG:
            self._last = self._thread.submit(self._write, data)
        else:
            self._write(data)
        self.size += len(data)

    def finish(self) -> Deflater:
        """Write what is left, and return what was counted."""
        self.settle()
        self._out(self._deflater.finish())
        return self._deflater

    def settle(self) -> None:
        """Wait until everything is written. Raises what writing it raised."""
        last, self._last = self._last, None
        if last is not None:
            last.result()

    def _write(self, data: bytes) -> None:
        self._out(self._deflater.feed(data))


class Archive:
    """A context manager; entries are written one after another. Raises BundleError for a bad or repeated name."""

    def __init__(self, *, out: BinaryIO, modified_at: datetime) -> None:
        self._out, self._offset = out, 0
        self._records = Records(modified_at)
        self._members: list[Member] = []
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="compress")
        self._taken: set[str] = set()
        self.entries: list[Entry] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._thread.shutdown()
        if kind is None:
            self._put(self._records.directory(self._members, self._offset))
            self._out.flush()

    @contextmanager
    def entry(self, name: str, *, at_most: int) -> Iterator[EntryWriter]:
        """Open an entry for writing. `at_most` bounds its length in bytes and decides whether it needs ZIP64."""
        self._claim(name)
        member = Member(name, self._offset, streamed=True, zip64=at_most >= ZIP64_LIMIT)
        self._put(self._records.header(member))
        writer = EntryWriter(self._put, self._thread)
        try:
            yield writer
        finally:
            writer.settle()
        member = self._note(member, writer.finish())
        self._put(self._records.descriptor(member))

    @contextmanager
    def aside(self, name: str) -> Iterator[EntryWriter]:
        """Open an entry that is written while others are: it waits, packed, and stands behind them in the end."""
        self._claim(name)
        with tempfile.SpooledTemporaryFile(_IN_MEMORY) as file:
            writer = EntryWriter(file.write, self._thread)
            try:
                yield writer
            finally:
                writer.settle()
            found = writer.finish()
            file.seek(0)
            self._place(name, found, cast(IO[bytes], file))

    def add(self, name: str, content: bytes) -> Entry:
        """Write a whole small file."""
        with self.entry(name, at_most=len(content)) as writer:
            writer.write(content)
        return self.entries[-1]

    def _place(self, name: str, found: Deflater, packed: IO[bytes]) -> None:
        zip64 = max(found.size, found.packed) > ZIP64_LIMIT
        self._put(self._records.header(self._note(Member(name, self._offset, zip64=zip64), found)))
        while part := packed.read(_COPIED):
            self._put(part)

    def _note(self, member: Member, found: Deflater) -> Member:
        if not member.zip64 and max(found.size, found.packed) > ZIP64_LIMIT:
            raise BundleError(f"{member.name} grew longer than was said")
        member = replace(member, crc=found.crc, packed=found.packed, size=found.size)
        self._members.append(member)
        self.entries.append(Entry(name=member.name, size=found.size, sha256=found.sha256))
        return member

    def _put(self, data: bytes) -> None:
        self._out.write(data)
        self._offset += len(data)

    def _claim(self, name: str) -> None:
        if not is_safe(name):
            raise BundleError(f"{name!r} is no safe name for a file in an archive")
        # Windows and macOS keep one of two names that differ in case only.
        if name.casefold() in self._taken:
            raise BundleError(f"{name!r} would stand twice in the archive")
        self._taken.add(name.casefold())
