"""The rows of a collection as JSON Lines and as CSV, streamed."""

from __future__ import annotations

from dsar.bundle.archive import Archive, BundleError
from dsar.bundle.contents import CollectionContents
from dsar.bundle.names import FileNames
from dsar.bundle.survey import Pass, Survey, opened
from dsar.bundle.zip_records import ZIP64_LIMIT


def write_rows(*, archive: Archive, contents: CollectionContents, keep: int, files: FileNames) -> Survey:
    """Read the rows once, write both files, and return what was found, with the newest `keep` rows.

    Raises BundleError if count, size or fields are not as promised.
    """
    with archive.aside(files.csv) as csv:
        reading = Pass(contents, keep=keep, csv=csv.write)
        _write_jsonl(archive, contents, reading, files.jsonl)
        return reading.result()


def _write_jsonl(archive: Archive, contents: CollectionContents, reading: Pass, name: str) -> None:
    # The way to write giant files is not one that every reader of ZIP knows: it is left to them.
    at_most = ZIP64_LIMIT if contents.size is None else contents.size
    with archive.entry(name, at_most=at_most) as entry, opened(contents) as blocks:
        for block in blocks:
            reading.take(block)
            entry.write(block)
            if contents.size is not None and entry.size > contents.size:
                raise BundleError(f"{name}: the collected rows changed before they were packed")
