"""A ZIP written in one forward pass, the same bytes for the same input, every entry hashed on its way.

The output is treated as unseekable even where it is not, so that a file, a socket and an encrypting pipe
get identical bytes. A failure leaves an archive without its directory: nothing that could pass for whole.
"""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from types import TracebackType
from typing import IO, BinaryIO, Self

from dsar.bundle.names import is_safe

_REGULAR_0644 = 0o100644 << 16
_UNIX = 3
_LEVEL = 4  # of zlib: half the time of its usual 6 for some hundredths more of bytes
_LONG = 1 << 15  # bytes; below it the way to another thread takes longer than compressing


class BundleError(Exception):
    """What is to be packed contradicts itself; nothing is delivered. The message holds no personal value."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of an archive: its name, its length in bytes, its sha256 in hex."""

    name: str
    size: int
    sha256: str


class EntryWriter:
    """Writes one entry and keeps its length and hash.

    Long parts are compressed in a second thread, one behind the other, while the caller makes the next one.
    """

    def __init__(self, handle: IO[bytes], thread: Executor) -> None:
        self._handle, self._thread = handle, thread
        self._hash = hashlib.sha256()
        self._last: Future[None] | None = None
        self.size = 0

    def write(self, data: bytes) -> None:
        self.settle()
        if len(data) >= _LONG:
            self._last = self._thread.submit(self._write, data)
        else:
            self._write(data)
        self.size += len(data)

    def settle(self) -> None:
        """Wait until everything is written. Raises what writing it raised."""
        last, self._last = self._last, None
        if last is not None:
            last.result()

    def _write(self, data: bytes) -> None:
        self._handle.write(data)
        self._hash.update(data)

    @property
    def sha256(self) -> str:
        self.settle()
        return self._hash.hexdigest()


class _Sink:
    """Forwards writes until told to stop; has no tell or seek, so zipfile writes for a pipe."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        self.stopped = False

    def write(self, data: bytes) -> int:
        # After a failure zipfile still writes its directory on close; it must not reach the output.
        if not self.stopped:
            self._out.write(data)
        return len(data)

    def flush(self) -> None:
        if not self.stopped:
            self._out.flush()


class Archive:
    """A context manager; entries are written one after another. Raises BundleError for a bad or repeated name."""

    def __init__(self, *, out: BinaryIO, modified_at: datetime) -> None:
        self._sink = _Sink(out)
        self._zip = zipfile.ZipFile(self._sink, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL)  # type: ignore[call-overload]
        moment = modified_at.astimezone(UTC)
        # ZIP knows no year before 1980 and no odd second.
        self._time = (max(moment.year, 1980), moment.month, moment.day, moment.hour, moment.minute, moment.second)
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="compress")
        self._taken: set[str] = set()
        self.entries: list[Entry] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._thread.shutdown()
        self._sink.stopped = kind is not None
        self._zip.close()

    @contextmanager
    def entry(self, name: str, *, at_most: int) -> Iterator[EntryWriter]:
        """Open an entry for writing. `at_most` bounds its length in bytes and decides whether it needs ZIP64."""
        self._claim(name)
        info = zipfile.ZipInfo(name, self._time)
        info.create_system, info.external_attr = _UNIX, _REGULAR_0644
        info.compress_type = zipfile.ZIP_DEFLATED
        with self._zip.open(info, "w", force_zip64=at_most >= zipfile.ZIP64_LIMIT) as handle:
            writer = EntryWriter(handle, self._thread)
            try:
                yield writer
            finally:
                writer.settle()
        self.entries.append(Entry(name=name, size=writer.size, sha256=writer.sha256))

    def add(self, name: str, content: bytes) -> Entry:
        """Write a whole small file."""
        with self.entry(name, at_most=len(content)) as writer:
            writer.write(content)
        return self.entries[-1]

    def _claim(self, name: str) -> None:
        if not is_safe(name):
            raise BundleError(f"{name!r} is no safe name for a file in an archive")
        # Windows and macOS keep one of two names that differ in case only.
        if name.casefold() in self._taken:
            raise BundleError(f"{name!r} would stand twice in the archive")
        self._taken.add(name.casefold())
