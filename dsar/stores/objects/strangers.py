"""Folders and files beside those that a data map declares."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dsar.stores.objects.files import Files
from dsar.stores.objects.paths import PathPattern


def strangers(files: Files, patterns: Sequence[PathPattern]) -> Iterator[str]:
    """Yield what lies in a declared folder, or one above, where no pattern leads through it. Raises StoreError."""
    for folder in sorted(_parents(patterns)):
        for name in files.names(folder):
            path = f"{folder}/{name}" if folder else name
            if not any(pattern.leads_through(path) for pattern in patterns):
                yield path


def _parents(patterns: Sequence[PathPattern]) -> set[str]:
    """Return the folders that hold the fixed segments of a pattern: the root, and those on the way."""
    parents = {""}
    for pattern in patterns:
        fixed = pattern.folder.split("/") if pattern.folder else []
        parents.update("/".join(fixed[:depth]) for depth in range(1, len(fixed)))
    return parents
