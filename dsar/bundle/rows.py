"""The rows of a collection as JSON Lines and as CSV, streamed."""

from __future__ import annotations

from dsar.bundle.archive import Archive, BundleError
from dsar.bundle.blocks import BLOCK_BYTES
from dsar.bundle.names import FileNames
from dsar.bundle.survey import Survey, opened


def write_rows(*, archive: Archive, survey: Survey, files: FileNames) -> None:
    """Write both files. Raises BundleError if the rows are no longer those that were surveyed."""
    _write_jsonl(archive, survey, files.jsonl)
    _write_csv(archive, survey, files.csv)


def _write_jsonl(archive: Archive, survey: Survey, name: str) -> None:
    with archive.entry(name, at_most=survey.size) as entry, opened(survey.contents) as blocks:
        for block in blocks:
            entry.write(block)
    if entry.sha256 != survey.sha256:
        raise BundleError(f"{name}: the collected rows changed while they were packed")


def _write_csv(archive: Archive, survey: Survey, name: str) -> None:
    with archive.entry(name, at_most=survey.csv_size) as entry:
        while part := survey.csv.read(BLOCK_BYTES):
            entry.write(part)
