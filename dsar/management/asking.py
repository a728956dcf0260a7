"""Reads what an engineer asks on the command line: a data map, where its stores are, whose data."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from dsar.datamap.graph import build_graph
from dsar.datamap.load import load
from dsar.datamap.model import DataMap
from dsar.datamap.problems import DataMapError, did_you_mean
from dsar.fulfilment.collect import Asked
from dsar.fulfilment.reach import Identities, normal_form
from dsar.fulfilment.walk import placeholder
from dsar.stores.base import SourceError, StoreConfigError
from dsar.stores.registry import StoreConfig, load_store_configs


class BadInputError(Exception):
    """The command cannot start; the message says what to write, one mistake a line."""


def read_asked(datamap: Path, stores: Path, identities: Sequence[str], parameters: Sequence[str]) -> Asked:
    """Return what is asked. Raises BadInputError with every mistake of the map, by file and line."""
    data_map = read_data_map(datamap)
    filled = read_parameters(parameters, data_map)
    asked = Asked(data_map, read_stores(stores, data_map), read_identities(identities, data_map), filled)
    check_sources(asked)
    return asked


def read_data_map(folder: Path) -> DataMap:
    """Return the map of a folder. Raises BadInputError."""
    if not folder.is_dir():
        raise BadInputError(f"--datamap: there is no folder {folder}")
    try:
        return load(folder)
    except DataMapError as error:
        raise BadInputError(str(error)) from error
    except OSError as error:
        raise BadInputError(f"--datamap: {error.filename}: {error.strerror}") from error


def read_stores(file: Path, data_map: DataMap) -> dict[str, StoreConfig]:
    """Return each dataset's address. Raises BadInputError if one is missing or one too many."""
    try:
        configs = load_store_configs(file)
    except StoreConfigError as error:
        raise BadInputError(f"--stores: {error}") from error
    keys = {dataset.key for dataset in data_map.datasets}
    needed = {
        dataset.key for dataset in data_map.datasets if any(not item.skip_processing for item in dataset.collections)
    }
    wrong = [f"{file.name} names no address for the dataset '{key}'" for key in sorted(needed - configs.keys())]
    wrong += [
        f"{config.place}the map has no dataset '{key}'{did_you_mean(key, keys)}"
        for key, config in sorted(configs.items())
        if key not in keys
    ]
    if wrong:
        raise BadInputError("\n".join(f"--stores: {message}" for message in wrong))
    return configs


def read_identities(texts: Sequence[str], data_map: DataMap) -> Identities:
    """Return the identities in normal form. Raises BadInputError for a kind that leads nowhere in the map."""
    kinds = build_graph(data_map).kinds
    found: dict[str, set[str]] = {}
    for kind, value in (_pair("--identity", text) for text in texts):
        if kind not in kinds:
            known = ", ".join(sorted(kinds))
            raise BadInputError(f"--identity: the map knows no '{kind}'{did_you_mean(kind, kinds)}; it knows {known}")
        form = normal_form(kind, value)
        if form is None:
            raise BadInputError(f"--identity: {kind} {'is no text in UTF-8' if value.strip() else 'has no value'}")
        found.setdefault(kind, set()).add(form)
    return {kind: frozenset(values) for kind, values in found.items()}


def _pair(option: str, text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign or not name.strip():
        raise BadInputError(f"{option}: write NAME=VALUE, as in email=someone@example.org")
    return name.strip(), value


def check_sources(asked: Asked) -> None:
    """Open every store, which connects to none yet, so that a mistake in one is told before another is read.

    Raises BadInputError.
    """
    wrong = []
    for dataset in asked.configs:
        try:
            asked.store(dataset)
        except SourceError as error:
            wrong.append(f"--datamap: {error}")
        except StoreConfigError as error:
            wrong.append(f"--stores: {error}")
    if wrong:
        raise BadInputError("\n".join(wrong))


def read_parameters(texts: Sequence[str], data_map: DataMap) -> dict[str, str]:
    """Return what fills the placeholders of the map's `only`. Raises BadInputError if one is missing."""
    filled = dict(_pair("--parameter", text) for text in texts)
    _check_parameters(data_map, filled)
    return filled


def _check_parameters(data_map: DataMap, filled: Iterable[str]) -> None:
    for collection in data_map.collections():
        for value in collection.only.values():
            name = placeholder(value)
            if name is not None and name not in filled:
                raise BadInputError(f"{collection.location}: '{value}' needs a value: --parameter {name}=…")
