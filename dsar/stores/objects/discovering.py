"""Patterns of files that nobody has declared, told without a value that a path may hold."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

#: Ending of a name -> format, where it is not the same word.
_FORMATS = {"ndjson": "jsonl", "parq": "parquet", "pq": "parquet"}
_ENDING = re.compile(r"[^.].*?\.(\w+)((?:\.gz|\.zst)?)")
_WORD = re.compile(r"[A-Za-z][A-Za-z_-]*")
_PARTITION = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)=.*")
#: A folder with more folders than that holds one for each somebody or something: their names are values.
_FEW = 8


def patterns(paths: Iterable[str], formats: Iterable[str]) -> Iterator[tuple[str, str, str]]:
    """Yield (name, path pattern, format) for files of the formats that can be read, each once, sorted."""
    listed, known = [path.split("/") for path in paths], frozenset(formats)
    folders = _folders(listed)
    found: dict[str, tuple[str, str]] = {}
    for segments in listed:
        ending = _ENDING.fullmatch(segments[-1])
        format = _FORMATS.get(ending[1].lower(), ending[1].lower()) if ending else ""
        # Parquet packs its own columns: one that is packed as a whole is not read.
        if ending is None or format not in known or (format == "parquet" and ending[2]):
            continue
        above = [_segment(segments[:at], name, folders) for at, name in enumerate(segments[:-1])]
        path = "/".join([*above, f"*.{ending[1]}{ending[2]}"])
        name = "_".join(part for part in above if _WORD.fullmatch(part)).replace("-", "_")
        found.setdefault(path, (name or "files", format))
    for path, (name, format) in sorted(found.items()):
        yield name, path, format


def _folders(listed: Iterable[list[str]]) -> dict[tuple[str, ...], set[str]]:
    """Return folder -> the folders in it."""
    found: dict[tuple[str, ...], set[str]] = {}
    for segments in listed:
        for at, name in enumerate(segments[:-1]):
            found.setdefault(tuple(segments[:at]), set()).add(name)
    return found


def _segment(above: list[str], name: str, folders: dict[tuple[str, ...], set[str]]) -> str:
    if partition := _PARTITION.fullmatch(name):
        return f"{partition[1]}={{{partition[1]}}}"
    beside = folders[tuple(above)]
    is_word = _WORD.fullmatch(name) and len(beside) <= _FEW
    return name if is_word else "*"
