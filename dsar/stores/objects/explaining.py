"""The files that reading a collection opens, and what spares it the rest."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dsar.datamap.model import Collection
from dsar.stores.base import Explained
from dsar.stores.objects.files import File
from dsar.stores.objects.source import Source
from dsar.stores.pruning import answered_by

_UNITS = ("bytes", "KiB", "MiB", "GiB", "TiB")


def explain(collection: Collection, by: Sequence[tuple[str, ...]], source: Source) -> Explained:
    """Return the folder that is listed, and the pattern of the files that are read."""
    folder = source.pattern.folder
    queries = (f"list {folder}/**" if folder else "list **", f"read {'/'.join(source.pattern.segments)}")
    return Explained(queries, tuple(_notes(collection, by, source)))


def counted(files: Sequence[File]) -> str:
    """Return how many files there are, and how long they are together."""
    size = sum(file.size for file in files)
    step = next((step for step in reversed(range(len(_UNITS))) if size >= 1024**step), 0)
    written = f"{size / 1024**step:,.{min(step, 1)}f} {_UNITS[step]}"
    return f"{len(files):,} {'file' if len(files) == 1 else 'files'} now, {written}"


def _notes(collection: Collection, by: Sequence[tuple[str, ...]], source: Source) -> Iterator[str]:
    names = answered_by(by, tuple(collection.only), source.pattern.names)
    if names:
        yield f"pruned by {', '.join(names)} in the path; what is left is read whole"
    else:
        yield "nothing in the path says whose rows a file holds: every file is read"
