"""Which kind of store answers an address, and the file in which a tenant names its stores' addresses."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

from dsar.datamap.model import Dataset
from dsar.stores.base import OpenStore, Store, StoreConfigError

#: One folder a kind, one line each.
KINDS = tuple(
    f"dsar.stores.{name}" for name in ("sql", "objects", "redis", "http") if find_spec(f"dsar.stores.{name}.store")
)
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


@dataclass(frozen=True, slots=True)
class StoreConfig:
    """Where a dataset's store is, and its kind's own options."""

    url: str
    options: Mapping[str, Any] = field(default_factory=dict)


def open_store(dataset: Dataset, config: StoreConfig) -> Store:
    """Return the store of a dataset; it connects when first used. Raises StoreConfigError."""
    scheme = urlsplit(config.url).scheme.split("+")[0]
    opener = _openers().get(scheme)
    if opener is None:
        raise StoreConfigError(f"no kind of store is reached by '{scheme}:'; known are {', '.join(sorted(_openers()))}")
    return opener(dataset, config.url, config.options)


def load_store_configs(path: Path) -> dict[str, StoreConfig]:
    """Read stores.yml: dataset key -> address, or a mapping with `url` and options.

    `${NAME}` is replaced from the environment; relative sqlite and file addresses start at the file's folder.
    Raises StoreConfigError with file and line.
    """
    try:
        root = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    except OSError as error:
        raise StoreConfigError(f"{path.name}: cannot be read: {error.strerror}") from error
    except yaml.YAMLError as error:
        raise StoreConfigError(f"{path.name}: not YAML: {error}") from error
    if not isinstance(root, yaml.MappingNode):
        raise StoreConfigError(f"{path.name}:1: write one line a dataset: its key, a colon and its address")
    configs: dict[str, StoreConfig] = {}
    for key, value in root.value:
        place = f"{path.name}:{key.start_mark.line + 1}"
        if key.value in configs:
            raise StoreConfigError(f"{place}: the dataset '{key.value}' stands here twice")
        configs[key.value] = _config(_construct(value), folder=path.parent, place=place)
    return configs


def _construct(node: yaml.Node) -> Any:
    loader = yaml.SafeLoader("")
    try:
        return loader.construct_object(node, deep=True)  # type: ignore[no-untyped-call]
    finally:
        loader.dispose()  # type: ignore[no-untyped-call]


def _config(value: Any, *, folder: Path, place: str) -> StoreConfig:
    mapping = {"url": value} if isinstance(value, str) else value
    if not isinstance(mapping, dict) or not isinstance(mapping.get("url"), str):
        raise StoreConfigError(f"{place}: write an address, or a mapping with 'url' and options")
    filled = _fill(mapping, place)
    url = _absolute(filled.pop("url"), folder)
    scheme = urlsplit(url).scheme.split("+")[0]
    if scheme not in _openers():
        raise StoreConfigError(f"{place}: no kind of store is reached by '{scheme}:'")
    return StoreConfig(url, filled)


def _fill(value: Any, place: str) -> Any:
    if isinstance(value, str):
        return _VARIABLE.sub(lambda found: _variable(found[1], place), value)
    if isinstance(value, dict):
        return {key: _fill(item, place) for key, item in value.items()}
    return value


def _variable(name: str, place: str) -> str:
    if name not in os.environ:
        raise StoreConfigError(f"{place}: the environment has no {name}")
    return os.environ[name]


def _absolute(url: str, folder: Path) -> str:
    """Return sqlite:///name and file:name as addresses below the folder; others as they are."""
    for prefix, result in (("sqlite:///", "sqlite:///"), ("file:", "file://")):
        rest = url.removeprefix(prefix)
        if rest != url and not rest.startswith("/"):
            return f"{result}{(folder / rest).resolve()}"
    return url


@lru_cache(maxsize=1)
def _openers() -> Mapping[str, OpenStore]:
    modules = [import_module(name) for name in KINDS]
    return {scheme: module.open_store for module in modules for scheme in module.SCHEMES}
