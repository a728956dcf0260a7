"""A Parquet file opened, and what can be wrong with it told apart: damaged, cut, replaced, encrypted, none at all."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

import pyarrow
from pyarrow.parquet import ParquetFile

from dsar.stores.base import StoreError
from dsar.stores.objects.files import File, Files
from dsar.stores.objects.parquet.footer import FooterError, read_groups

#: A file up to this many bytes is fetched at once: its parts would be as many calls to an object store.
_FETCHED_WHOLE = 4 * 1024 * 1024
#: Bytes of a column that are fetched at once; each column that is read holds as many.
_BUFFER = 1024 * 1024
_MAGIC, _ENCRYPTED = b"PAR1", b"PARE"


class Opened:
    """A file whose footer was read. What is noted of a column is in `groups`; never ask Arrow's metadata for it."""

    def __init__(self, source: Any, size: int) -> None:
        self._source = source
        self.main = self.reader()
        self.groups = read_groups(source, size, len(self.main.schema))

    def reader(self, **facts: Any) -> ParquetFile:
        """Return a reader of the same file, with other facts than the main one."""
        # Arrow would verify no checksum, and hold every column of a row group at once, unless told.
        known = {"metadata": self.main.metadata} if facts else {}
        return ParquetFile(
            self._source, pre_buffer=False, buffer_size=_BUFFER, page_checksum_verification=True, **known, **facts
        )


@contextmanager
def opened(files: Files, file: File) -> Iterator[Opened]:
    """Open a Parquet file as it was listed. Raises StoreError, also while it is read."""
    with files.open(file, in_pieces=True) as handle:
        if handle.size != file.size:  # type: ignore[attr-defined]  # fsspec's files have it
            raise _changed(file)
        watched, before = _Watched(handle), _stamp(handle)
        try:
            yield _open(watched, file)
            wrong = None
        except (pyarrow.ArrowException, FooterError, UnicodeDecodeError, OSError, MemoryError) as error:
            if watched.failure is not None:
                raise watched.failure from None
            wrong = _wrong(handle, file, error)
        # What was overwritten in place may read like rows.
        if _stamp(handle) != before:
            raise _changed(file)
        if wrong is not None:
            raise wrong


def _open(watched: _Watched, file: File) -> Opened:
    if file.size > _FETCHED_WHOLE:
        return Opened(pyarrow.PythonFile(watched, "r"), file.size)
    return Opened(pyarrow.BufferReader(watched.read(file.size)), file.size)


class _Watched:
    """Remembers what went wrong with reading itself, which Arrow raises like a fault of the data."""

    closed = False

    def __init__(self, handle: IO[bytes]) -> None:
        self._handle = handle
        self.failure: Exception | None = None

    def read(self, size: int = -1) -> bytes:
        try:
            return self._handle.read(size)
        except Exception as error:
            self.failure = error
            raise

    def seek(self, to: int, whence: int = os.SEEK_SET) -> int:
        return self._handle.seek(to, whence)

    def tell(self) -> int:
        return self._handle.tell()

    def close(self) -> None:
        """Nothing: it is closed where it was opened."""


def _stamp(handle: IO[bytes]) -> tuple[int, int] | None:
    """Return what changes when a file of this machine is written to; an object is asked for by its ETag each time."""
    try:
        found = os.fstat(handle.fileno())
    except io.UnsupportedOperation:
        return None
    return found.st_mtime_ns, found.st_size


def _changed(file: File) -> StoreError:
    return StoreError(f"{file.path}: changed while it was read", retry=True)


def _wrong(handle: IO[bytes], file: File, error: Exception) -> StoreError:
    """Return what is wrong with the file, told by its ends and by what Arrow said; never a value that it quotes."""
    handle.seek(0)
    start = handle.read(4)
    handle.seek(max(0, file.size - 4))
    end = handle.read(4)
    if end == _ENCRYPTED or start == _ENCRYPTED or "crypt" in str(error):
        return StoreError(f"{file.path}: is encrypted", retry=False)
    if not _MAGIC.startswith(start):
        return StoreError(f"{file.path}: is no Parquet file", retry=False)
    if end != _MAGIC or file.size < len(_MAGIC) * 2:
        # Its footer comes last: it may still be being written.
        return StoreError(f"{file.path}: ends in the middle", retry=True)
    if isinstance(error, pyarrow.ArrowNotImplementedError):
        return StoreError(f"{file.path}: holds Parquet of a kind that is not read here", retry=False)
    if isinstance(error, MemoryError):
        return StoreError(f"{file.path}: needs more memory than there is, or is damaged", retry=True)
    return StoreError(f"{file.path}: is damaged", retry=False)
