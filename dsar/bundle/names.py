"""Names of files inside a bundle: plain ASCII, short, unique on every file system, never a way out of a folder."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from dsar.datamap.model import DataMap

_LONGEST_PART = 60
_LONGEST_PATH = 180  # leaves room for a folder to unpack into under Windows' 260 characters
_PART = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]*(\.[A-Za-z0-9_-]+)*")
# Windows refuses these whatever the suffix.
_RESERVED = frozenset(["con", "prn", "aux", "nul", *(f"{device}{n}" for device in ("com", "lpt") for n in range(10))])


def slug(text: str) -> str:
    """Return a name of a-z, 0-9, _ and - that reads like the text; "unnamed" where nothing of it is left."""
    ascii_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    plain = re.sub(r"[^a-z0-9_]+", "-", ascii_text).strip("-_")[:_LONGEST_PART].strip("-_")
    return f"{plain}-data" if plain in _RESERVED else plain or "unnamed"


def slugs(texts: Iterable[str]) -> list[str]:
    """Return one name for each text, in order; the second and later that read the same get a number behind."""
    taken: set[str] = set()
    return [_untaken(slug(text), taken) for text in texts]


def own_names(texts: Iterable[str]) -> list[str]:
    """Return each text itself where it can be a file's name as it is, else a slug; no two differ by case alone."""
    taken: set[str] = set()
    kept = [(text, _is_safe_part(text) and _claimed(text, taken)) for text in texts]
    return [text if is_kept else _untaken(slug(text), taken) for text, is_kept in kept]


def _claimed(text: str, taken: set[str]) -> bool:
    """Take the name if nobody has: to some file systems two cases are one name."""
    if len(text) > _LONGEST_PART or text.lower() in taken:
        return False
    taken.add(text.lower())
    return True


def _untaken(name: str, taken: set[str]) -> str:
    number, candidate = 1, name
    while candidate in taken:
        number += 1
        candidate = f"{name}-{number}"
    taken.add(candidate)
    return candidate


def is_safe(name: str) -> bool:
    """Tell whether a path stays inside the folder it is unpacked into, on every system."""
    parts = name.split("/")
    return len(name) <= _LONGEST_PATH and all(_is_safe_part(part) for part in parts)


def _is_safe_part(part: str) -> bool:
    return _PART.fullmatch(part) is not None and part.partition(".")[0].lower() not in _RESERVED


@dataclass(frozen=True, slots=True)
class FileNames:
    """Where one collection's rows and their schema stand, and by what name the data package calls them."""

    jsonl: str
    csv: str
    resource: str
    schema: str


def data_files(data_map: DataMap) -> dict[tuple[str, str], FileNames]:
    """Return the file names of every collection of the data map, by (dataset, collection)."""
    folders = own_names(dataset.key for dataset in data_map.datasets)
    files: dict[tuple[str, str], FileNames] = {}
    for dataset, folder in zip(data_map.datasets, folders, strict=True):
        names = own_names(collection.name for collection in dataset.collections)
        for collection, name in zip(dataset.collections, names, strict=True):
            files[collection.key] = _files(folder, name)
    return files


def _files(folder: str, name: str) -> FileNames:
    path = f"data/{folder}/{name}"
    return FileNames(
        jsonl=f"{path}.jsonl",
        csv=f"{path}.csv",
        resource=f"{folder}.{name}".lower(),
        schema=f"schemas/{folder}/{name}.schema.json",
    )
