"""The rows of a collection as JSON Lines and as CSV, streamed."""

from __future__ import annotations

import hashlib

from dsar.bundle import spreadsheet
from dsar.bundle.archive import Archive, BundleError
from dsar.bundle.columns import columns, types_of
from dsar.bundle.names import FileNames
from dsar.bundle.survey import Survey, opened, parse


def write_rows(*, archive: Archive, survey: Survey, files: FileNames) -> None:
    """Write both files. Raises BundleError if the rows are no longer those that were surveyed."""
    _write_jsonl(archive, survey, files.jsonl)
    _write_csv(archive, survey, files.csv)


def _write_jsonl(archive: Archive, survey: Survey, name: str) -> None:
    with archive.entry(name, at_most=survey.size) as entry, opened(survey.contents) as lines:
        for line in lines:
            entry.write(line + b"\n")
    _same(entry.sha256, survey, name)


def _write_csv(archive: Archive, survey: Survey, name: str) -> None:
    names = [item.name for item in columns(survey.contents)]
    types = [types_of(survey.contents, item) for item in columns(survey.contents)]
    read = hashlib.sha256()
    with archive.entry(name, at_most=_longest_csv(survey, len(names))) as entry, opened(survey.contents) as lines:
        entry.write(spreadsheet.header(names))
        for line in lines:
            read.update(line + b"\n")
            row = parse(line, survey.contents)
            cells = [spreadsheet.cell(row.get(column), types=seen) for column, seen in zip(names, types, strict=True)]
            entry.write(spreadsheet.line(cells))
    _same(read.hexdigest(), survey, name)


def _longest_csv(survey: Survey, width: int) -> int:
    """Return a bound in bytes: quotes double at most, each cell adds a comma, two quotes and an apostrophe."""
    return 2 * survey.size + (survey.contents.rows + 1) * (4 * width + 64) + (1 << 20)


def _same(sha256: str, survey: Survey, name: str) -> None:
    if sha256 != survey.sha256:
        raise BundleError(f"{name}: the collected rows changed while they were packed")
