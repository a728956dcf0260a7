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
    """Open a file, unpacked if its name ends in .gz, with its length in bytes: None where only its end tells.

    Raises StoreError, also while it is read.
    """
    with files.open(file) as handle:
        if not file.is_compressed:
            yield handle, file.size
            return
        with _told(file), gzip.open(handle) as unpacked:
            yield cast(IO[bytes], unpacked), None


@contextmanager
def _told(file: File) -> Iterator[None]:
    try:
        yield
    except EOFError:
        # Written anew, perhaps, and not yet whole.
        raise StoreError(f"{file.path}: ends in the middle of its compressed data", retry=True) from None
    except (gzip.BadGzipFile, zlib.error):
        raise StoreError(f"{file.path}: is no gzip file, or is damaged", retry=False) from None
