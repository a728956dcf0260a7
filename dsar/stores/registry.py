"""Opens a dataset's store by the scheme of its address, once a process."""

from __future__ import annotations

import json
import os
from pathlib import Path
from threading import Lock
from types import ModuleType

from dsar.datamap.model import Dataset
from dsar.stores import http, mongo, objects, redis, sql
from dsar.stores.base import Store, StoreConfigError
from dsar.stores.config import StoreConfig, read_configs, scheme_of

__all__ = ["KINDS", "StoreConfig", "close_all", "load_store_configs", "open_store"]

#: One line a kind: each module has KIND, SCHEMES, OPTIONS and open_store.
KINDS: tuple[ModuleType, ...] = (
    sql,
    objects,
    redis,
    http,
    mongo,
)

_BY_SCHEME = {scheme: kind for kind in KINDS for scheme in kind.SCHEMES}
_open: dict[tuple[str, str, str], tuple[Dataset, Store]] = {}
_lock = Lock()


def load_store_configs(path: Path) -> dict[str, StoreConfig]:
    """Return the address and options of each dataset in a stores.yml. Raises StoreConfigError with file and line."""
    return read_configs(path, {scheme: kind.OPTIONS for scheme, kind in _BY_SCHEME.items()})


def open_store(dataset: Dataset, config: StoreConfig) -> Store:
    """Return this process's store of the dataset, a new one if its map has changed. Raises StoreConfigError."""
    key = (dataset.key, config.url, json.dumps(config.options, sort_keys=True, default=str))
    with _lock:
        known = _open.get(key)
        if known is None or known[0] != dataset:
            known = _open[key] = (dataset, _create(dataset, config))
    return known[1]


def close_all() -> None:
    """Close every store of this process; the next one asked for is opened anew."""
    with _lock:
        stores = [store for _dataset, store in _open.values()]
        _open.clear()
    for store in stores:
        store.close()


def _create(dataset: Dataset, config: StoreConfig) -> Store:
    kind = _BY_SCHEME.get(scheme_of(config.url))
    if kind is None:
        raise StoreConfigError(f"{config.place}no kind of store has the scheme {scheme_of(config.url)!r}")
    try:
        store: Store = kind.open_store(dataset, config.url, config.options)
    except StoreConfigError as error:
        raise StoreConfigError(f"{config.place}{dataset.key}: {error}") from error
    return store


def _forget() -> None:
    """In a forked child: its parent's connections are not its own, and the lock may have been held."""
    global _lock
    _lock = Lock()
    _open.clear()


os.register_at_fork(after_in_child=_forget)
