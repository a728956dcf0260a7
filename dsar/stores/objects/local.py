"""Files of this machine, asked of the system itself, by those of fsspec's calls that `files.py` makes.

fsspec's own way to them makes a record and three spellings of its path for each file: of a folder of 80,000 small
documents half of the time went there. It also leaves out in silence what may not be listed; here that is an error.
"""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from typing import Any


class Opened(io.BufferedReader):
    """A file that knows its size in bytes, as of its opening."""

    def __init__(self, path: str) -> None:
        super().__init__(io.FileIO(path))
        self.size = os.fstat(self.fileno()).st_size


class LocalFiles:
    """Lists and opens files by absolute paths. Raises OSError."""

    def ls(self, path: str, _detail: bool) -> list[str]:
        return [f"{path}/{name}" for name in os.listdir(path)]  # noqa: PTH208 - a Path for each is what is saved here

    def find(self, path: str, *, detail: bool) -> dict[str, dict[str, float]]:
        """Return path -> {"size": bytes, "changed": seconds since 1970} of every file below a folder.

        Nothing where it is not there. What changes a file's content, place or rights changes that moment, too; nobody
        can set it, as one can set when a file was written.
        """
        if not os.path.lexists(path):
            return {}
        return {found: {"size": size, "changed": changed} for found, size, changed in _walk(path)}

    def open(self, path: str, _mode: str, **_how: Any) -> Opened:
        return Opened(path)


def _walk(folder: str) -> Iterator[tuple[str, int, float]]:
    """Yield (path, bytes, when changed) of everything below that is no folder.

    A link is a file of what it leads to, else empty.
    """
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                yield from _walk(entry.path)
            else:
                yield entry.path, *_facts(entry)


def _facts(entry: os.DirEntry[str]) -> tuple[int, float]:
    try:
        found = entry.stat()
    except FileNotFoundError:
        if entry.is_symlink():  # it leads nowhere, and is told so when it is read
            return 0, 0.0
        raise
    return found.st_size, found.st_ctime
