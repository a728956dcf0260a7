"""A file that is only ever added to: a JSON document a line, each with the hash of the line before.

Several processes may add to it, and each addition is on the disk when it returns. A line that was cut short, because
the machine stopped while it was written, was never promised to anybody: the next addition takes it away and says so.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import orjson

#: What the first line has in the place of a hash.
START = "0" * 64
_BLOCK = 1 << 20


class DamagedError(Exception):
    """The file is not as it was written; the message names the line."""


class ChainedFile:
    """Made, with its folder, by the first addition. Nothing of it is kept in memory."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def append(self, documents: Iterable[Mapping[str, Any]]) -> None:
        """Add documents, all or none. Raises OSError."""
        with self._opened() as file:
            end, last = _whole(file)
            size = os.fstat(file.fileno()).st_size
            mended = [{"kind": "mended", "bytes": size - end}] if size > end else []
            file.truncate(end)
            try:
                _write(file, _lines([*mended, *documents] if mended else documents, last))
                os.fsync(file.fileno())
            except BaseException:
                file.truncate(end)
                raise

    def read(self) -> Iterator[dict[str, Any]]:
        """Yield every document that was there when it began, in order. Raises OSError, DamagedError."""
        if not self.path.exists():
            return
        with self.path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH)
            left = os.fstat(file.fileno()).st_size
            fcntl.flock(file, fcntl.LOCK_UN)
            before = START
            for number, line in enumerate(file, start=1):
                left -= len(line)
                if left < 0 or not line.endswith(b"\n"):
                    return
                yield self._checked(line, before, number)
                before = _hash(line)

    def _checked(self, line: bytes, before: str, number: int) -> dict[str, Any]:
        try:
            document = orjson.loads(line)
            if document.pop("before") == before:
                return document  # type: ignore[no-any-return]
        except (ValueError, AttributeError, KeyError, TypeError) as error:
            raise DamagedError(f"{self.path}: line {number} is none that was written here") from error
        raise DamagedError(f"{self.path}: line {number} does not follow the line before it")

    @contextmanager
    def _opened(self) -> Iterator[IO[bytes]]:
        """Open the file for one writer at a time."""
        is_new = not self.path.exists()
        if is_new:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        with os.fdopen(descriptor, "r+b", buffering=0) as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield file
        if is_new:
            _sync_folder(self.path.parent)


def _lines(documents: Iterable[Mapping[str, Any]], last: str) -> Iterator[bytes]:
    for document in documents:
        line = orjson.dumps({"before": last, **document}) + b"\n"
        last = _hash(line)
        yield line


def _write(file: IO[bytes], lines: Iterable[bytes]) -> None:
    """Write lines at the end, some at a time: one write of each would take longer than the lines."""
    file.seek(0, os.SEEK_END)
    waiting = bytearray()
    for line in lines:
        waiting += line
        if len(waiting) >= _BLOCK:
            _write_all(file, waiting)
            waiting = bytearray()
    _write_all(file, waiting)


def _write_all(file: IO[bytes], data: bytearray) -> None:
    left = memoryview(data)
    while left:
        left = left[file.write(left) :]


def _whole(file: IO[bytes]) -> tuple[int, str]:
    """Return where the last whole line ends, and its hash."""
    end = _line_end(file, os.fstat(file.fileno()).st_size)
    if end == 0:
        return 0, START
    start = _line_end(file, end - 1)
    file.seek(start)
    return end, _hash(_read_all(file, end - start))


def _line_end(file: IO[bytes], before: int) -> int:
    """Return the place after the last line's end in the first `before` bytes, 0 if there is none."""
    while before > 0:
        start = max(0, before - _BLOCK)
        file.seek(start)
        found = _read_all(file, before - start).rfind(b"\n")
        if found >= 0:
            return start + found + 1
        before = start
    return 0


def _read_all(file: IO[bytes], count: int) -> bytes:
    data = bytearray()
    while len(data) < count and (block := file.read(count - len(data))):
        data += block
    return bytes(data)


def _hash(line: bytes) -> str:
    return hashlib.sha256(line).hexdigest()


def _sync_folder(folder: Path) -> None:
    """Put the file's name on the disk, too: a file that is synced may still be without one."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
