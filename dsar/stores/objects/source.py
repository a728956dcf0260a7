"""A collection's `meta.source` in a store of files."""

from __future__ import annotations

from dataclasses import dataclass

from dsar.datamap.model import Collection
from dsar.stores.objects.paths import PathPattern, check_path
from dsar.stores.objects.rows import READERS, TABLES
from dsar.stores.sources import check_keys, choice, refuse, text


@dataclass(frozen=True, slots=True)
class Source:
    """Where the rows are: files by a pattern, their format, and the path to the rows in a document."""

    pattern: PathPattern
    format: str
    rows: tuple[str, ...]


def read_source(collection: Collection) -> Source:
    """Return the source. Raises StoreConfigError with file and line."""
    check_keys(collection, allowed=("path", "format", "rows"), required=("path", "format"))
    template = text(collection, "path")
    check_path(collection, template)
    rows, format = text(collection, "rows"), choice(collection, "format", READERS)
    if rows and format in TABLES:
        raise refuse(collection, f"source: 'rows' is for documents; the rows of {format} are its own")
    return Source(PathPattern(template), format, tuple(rows.split(".")) if rows else ())
