"""Files that are compressed as a whole, opened so that a reader sees what they hold."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, cast

from dsar.stores.base import StoreError
from dsar.stores.objects.files import File, Files


@contextmanager
def opened(files: Files, file: File) -> Iterator[tuple[IO[bytes], int | None]]:
    """Open a file, unpacked if its name ends in .gz or .zst, with its length in bytes: None where only its end tells.

    Raises StoreError, also while it is read.
    """
    with files.open(file) as handle:
        if not file.is_compressed:
            yield handle, file.size
            return
        if not file.size:
            raise _cut(file)  # what is compressed has a head, whatever it holds
        unpack = _unpack_gzip if file.path.endswith(".gz") else _unpack_zstd
        with unpack(handle, file) as unpacked:
            yield unpacked, None


@contextmanager
def _unpack_gzip(handle: IO[bytes], file: File) -> Iterator[IO[bytes]]:
    try:
        with gzip.open(handle) as unpacked:
            yield cast(IO[bytes], unpacked)
    except EOFError:
        raise _cut(file) from None
    except (gzip.BadGzipFile, zlib.error):
        raise _damaged(file, "gzip") from None


@contextmanager
def _unpack_zstd(handle: IO[bytes], file: File) -> Iterator[IO[bytes]]:
    # Arrow tells a cut file from a whole one, which zstandard's stream reader does not; imported when it is needed,
    # because that takes a fifth of a second.
    import pyarrow

    try:
        with pyarrow.CompressedInputStream(pyarrow.PythonFile(handle, "r"), "zstd") as unpacked:
            yield unpacked
    except OSError as error:
        if "Truncated" in str(error):
            raise _cut(file) from None
        if "ZSTD" in str(error):
            raise _damaged(file, "zstd") from None
        raise


def _cut(file: File) -> StoreError:
    # Written anew, perhaps, and not yet whole.
    return StoreError(f"{file.path}: ends in the middle of its compressed data", retry=True)


def _damaged(file: File, kind: str) -> StoreError:
    return StoreError(f"{file.path}: is no {kind} file, or is damaged", retry=False)


@contextmanager
def packed(file: File, sink: IO[bytes]) -> Iterator[IO[bytes]]:
    """Open what packs what it is given into `sink`, as the file's name says. `sink` stays open."""
    if not file.is_compressed:
        yield sink
    elif file.path.endswith(".gz"):
        # Without a name and a time, neither of which belongs to what is in the file.
        with gzip.GzipFile("", "wb", fileobj=sink, mtime=0) as packing:
            yield cast(IO[bytes], packing)
    else:
        import pyarrow

        with pyarrow.CompressedOutputStream(pyarrow.PythonFile(_LeftOpen(sink), "w"), "zstd") as packing:
            yield packing


class _LeftOpen:
    """Keeps Arrow from closing what others go on with."""

    closed = False

    def __init__(self, sink: IO[bytes]) -> None:
        self.write, self.flush, self.tell = sink.write, sink.flush, sink.tell

    def close(self) -> None:
        """Nothing: it is closed where it was opened."""
