"""The rows of a collection as JSON Lines and as CSV, streamed."""

from __future__ import annotations

import tempfile
import zipfile
from typing import IO, cast

from dsar.bundle.archive import Archive, BundleError
from dsar.bundle.blocks import BLOCK_BYTES
from dsar.bundle.contents import CollectionContents
from dsar.bundle.names import FileNames
from dsar.bundle.survey import Pass, Survey, opened

_IN_MEMORY = 1 << 20  # bytes of CSV; what is longer goes to a file without a name


def write_rows(*, archive: Archive, contents: CollectionContents, keep: int, files: FileNames) -> Survey:
    """Read the rows once, write both files, and return what was found, with the newest `keep` rows.

    Raises BundleError if count, size or fields are not as promised.
    """
    with tempfile.SpooledTemporaryFile(_IN_MEMORY) as csv:
        reading = Pass(contents, keep=keep, csv=cast(IO[bytes], csv))
        _write_jsonl(archive, contents, reading, files.jsonl)
        found = reading.result()
        _write_csv(archive, cast(IO[bytes], csv), files.csv)
    return found


def _write_jsonl(archive: Archive, contents: CollectionContents, reading: Pass, name: str) -> None:
    # The way to write giant files is not one that every reader of ZIP knows: it is left to them.
    at_most = zipfile.ZIP64_LIMIT if contents.size is None else contents.size
    with archive.entry(name, at_most=at_most) as entry, opened(contents) as blocks:
        for block in blocks:
            reading.take(block)
            entry.write(block)
            if contents.size is not None and entry.size > contents.size:
                raise BundleError(f"{name}: the collected rows changed before they were packed")


def _write_csv(archive: Archive, csv: IO[bytes], name: str) -> None:
    size = csv.tell()
    csv.seek(0)
    with archive.entry(name, at_most=size) as entry:
        while part := csv.read(BLOCK_BYTES):
            entry.write(part)
