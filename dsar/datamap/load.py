"""Loads a data map from a folder of Fideslang manifests, strictly: everything wrong is told at once, with its line."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from dsar.datamap import vocabulary
from dsar.datamap.checks import check_references, check_unique
from dsar.datamap.graph import build_graph
from dsar.datamap.items import Item, read_keys
from dsar.datamap.model import DataMap, Dataset, Location, System
from dsar.datamap.problems import DataMapError, Problem, Problems
from dsar.datamap.read_dataset import read_dataset
from dsar.datamap.read_system import read_system
from dsar.datamap.read_translation import Translations
from dsar.datamap.yaml_file import compose

__all__ = ["DataMapError", "Problem", "load"]

_Read = TypeVar("_Read", Dataset, System)


def load(folder: Path) -> DataMap:
    """Return the data map of every *.yml and *.yaml file below a folder, hidden ones left out.

    File names in messages are relative to the folder. Raises DataMapError with all problems found; what
    no identity can reach is looked for only where no other mistake may have caused it. Raises OSError
    for a file that cannot be read.
    """
    problems = Problems()
    files = _read_files(folder)
    if not files:
        problems.add(Location(str(folder), 1), "no *.yml or *.yaml file is in this folder")
    translations, told_only = Translations(problems), set[str]()
    datasets, systems = _read_all(files, problems, translations, told_only)
    if files and not datasets and not problems.found:
        problems.add(Location(str(folder), 1), "no file in this folder declares a dataset")
    described = {name: content for name, content in files.items() if name not in told_only}
    untold = tuple(translations.untold(datasets, systems))
    data_map = DataMap(datasets, systems, _fingerprint(described), translations.found, untold)
    _check(data_map, problems)
    if problems.found:
        raise DataMapError(problems.found)
    return data_map


def _read_files(folder: Path) -> dict[str, bytes]:
    """Return the bytes of each file by its name relative to the folder, sorted by name."""
    found = (path for pattern in ("*.yml", "*.yaml") for path in folder.rglob(pattern) if path.is_file())
    names = sorted(path.relative_to(folder).as_posix() for path in found)
    return {name: (folder / name).read_bytes() for name in names if not _hidden(name)}


def _hidden(name: str) -> bool:
    return any(part.startswith(".") for part in name.split("/"))


def _fingerprint(files: dict[str, bytes]) -> str:
    """Return the sha256 (hex) over names and contents; lengths keep one file's end from being another's start."""
    digest = hashlib.sha256()
    for name, content in files.items():
        for part in (name.encode(), content):
            digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()


def _read_all(
    files: dict[str, bytes], problems: Problems, translations: Translations, told_only: set[str]
) -> tuple[tuple[Dataset, ...], tuple[System, ...]]:
    """Read every file; `told_only` is given the names of those that hold nothing but translations."""
    datasets: list[Dataset] = []
    systems: list[System] = []
    for name, content in files.items():
        root = compose(name, content, problems)
        if root is None:
            problems.names_lost = True
        else:
            keys = read_keys(Item(name, root, problems), "a data map", vocabulary.FILE)
            datasets += _read_list(keys.items("dataset"), read_dataset)
            systems += _read_list(keys.items("system"), read_system)
            for item in keys.items("translation"):
                translations.read(item)
            if "translation" in keys and "dataset" not in keys and "system" not in keys:
                told_only.add(name)
    return tuple(datasets), tuple(systems)


def _read_list(items: list[Item], read: Callable[[Item], _Read | None]) -> list[_Read]:
    return [found for item in items if (found := read(item)) is not None]


def _check(data_map: DataMap, problems: Problems) -> None:
    check_unique(data_map.datasets, "dataset", problems)
    check_unique(data_map.systems, "system", problems)
    if not problems.names_lost:
        check_references(data_map.datasets, data_map.systems, problems)
    if not problems.graph_doubtful:
        _check_reachable(data_map, problems)


def _check_reachable(data_map: DataMap, problems: Problems) -> None:
    graph = build_graph(data_map)
    reached = graph.reachable(graph.kinds)
    for collection in data_map.collections():
        if collection.key not in reached and not collection.skip_processing:
            problems.add(
                collection.location,
                f"no identity can ever reach collection '{collection.name}': declare an identity, a reference "
                "or a direction, or skip_processing",
            )
