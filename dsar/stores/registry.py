"""Opens a dataset's store by the scheme of its address, once a process."""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from threading import Lock
from types import ModuleType

from dsar.datamap.model import Dataset
from dsar.stores.base import SourceError, Store, StoreConfigError
from dsar.stores.config import StoreConfig, read_configs, scheme_of

__all__ = ["KINDS", "StoreConfig", "close_all", "load_store_configs", "open_store"]

#: One line a kind: its folder, whose module has KIND, OPTIONS, open_store and NOWHERE (an address where nothing is),
#: and the schemes of its addresses.
#: A folder is imported when an address first wants it: some bring libraries that take half a second.
KINDS: Mapping[str, tuple[str, ...]] = {
    "sql": ("sqlite", "postgresql", "mysql", "mariadb", "mssql", "oracle"),
    "objects": ("file", "s3"),
    "redis": ("redis", "rediss", "unix"),
    "http": ("http", "https"),
    "mongo": ("mongodb",),  # mongodb+srv is the same scheme with another way to find the hosts
}

_BY_SCHEME = {scheme: name for name, schemes in KINDS.items() for scheme in schemes}
_open: dict[tuple[str, str, str], tuple[Dataset, Store]] = {}
_lock = Lock()


def load_store_configs(path: Path) -> dict[str, StoreConfig]:
    """Return the address and options of each dataset in a stores.yml. Raises StoreConfigError with file and line."""
    return read_configs(path, _Options())


def open_store(dataset: Dataset, config: StoreConfig) -> Store:
    """Return this process's store of the dataset, a new one if its map has changed. Raises StoreConfigError."""
    key = (dataset.key, config.url, json.dumps(config.options, sort_keys=True, default=str))
    with _lock:
        known = _open.get(key)
        if known is None or known[0] is not dataset:  # to compare two of many collections takes a while
            is_same = known is not None and known[0] == dataset
            known = _open[key] = (dataset, known[1] if known and is_same else _create(dataset, config))
    return known[1]


def open_nowhere(dataset: Dataset) -> Store:
    """Return a store of the first kind that finds rows as the dataset's collections say; of it nothing can be asked.

    For telling what would be sent where no address is known. Raises SourceError.
    """
    for name in KINDS:
        kind = import_module(f"dsar.stores.{name}")
        with suppress(SourceError):
            store: Store = kind.open_store(dataset, kind.NOWHERE, {})
            return store
    message = "no kind of store finds all its collections as their meta.source says"
    raise SourceError(f"{dataset.location}: {dataset.key}: {message}")


def close_all() -> None:
    """Close every store of this process; the next one asked for is opened anew."""
    with _lock:
        stores = [store for _dataset, store in _open.values()]
        _open.clear()
    for store in stores:
        store.close()


def _create(dataset: Dataset, config: StoreConfig) -> Store:
    scheme = scheme_of(config.url)
    if scheme not in _BY_SCHEME:
        raise StoreConfigError(f"{config.place}no kind of store has the scheme {scheme!r}")
    try:
        store: Store = _kind(scheme).open_store(dataset, config.url, config.options)
    except SourceError:
        raise  # it names its own place, in the map
    except StoreConfigError as error:
        raise StoreConfigError(f"{config.place}{dataset.key}: {error}") from error
    return store


def import_kinds() -> None:
    """Import every kind now: for a process that will want them all."""
    for name in KINDS:
        import_module(f"dsar.stores.{name}")


def _kind(scheme: str) -> ModuleType:
    return import_module(f"dsar.stores.{_BY_SCHEME[scheme]}")


class _Options(Mapping[str, Collection[str]]):
    """Scheme -> names of the options that its kind takes, looked up where it is used."""

    def __getitem__(self, scheme: str) -> Collection[str]:
        options: Collection[str] = _kind(scheme).OPTIONS
        return options

    def __iter__(self) -> Iterator[str]:
        return iter(_BY_SCHEME)

    def __len__(self) -> int:
        return len(_BY_SCHEME)


def _forget() -> None:
    """In a forked child: its parent's connections are not its own, and the lock may have been held."""
    global _lock
    _lock = Lock()
    _open.clear()


os.register_at_fork(after_in_child=_forget)
