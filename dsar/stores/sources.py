"""Checks a collection's `meta.source` and a store's options: what is wrong is said with the place to mend it."""

from __future__ import annotations

from collections.abc import Collection as Names
from collections.abc import Mapping
from typing import Any

from dsar.datamap.model import Collection
from dsar.stores.base import SourceError, StoreConfigError


def refuse(collection: Collection, message: str) -> SourceError:
    """Return the error to raise for a collection's source, with its file and line."""
    return SourceError(f"{collection.location}: {collection.dataset}:{collection.name}: {message}")


def check_keys(collection: Collection, *, allowed: Names[str], required: Names[str] = ()) -> None:
    """Raise StoreConfigError for a key of `meta.source` that this kind of store does not know, or lacks."""
    for key in collection.source:
        if key not in allowed:
            raise refuse(collection, f"source: unknown key {key!r}; write one of {', '.join(sorted(allowed))}")
    for key in sorted(required):
        if key not in collection.source:
            raise refuse(collection, f"source: {key!r} is missing")


def text(collection: Collection, key: str, default: str = "") -> str:
    """Return a text of `meta.source`. Raises StoreConfigError for anything else."""
    value = collection.source.get(key, default)
    if not isinstance(value, str):
        raise refuse(collection, f"source: {key!r} must be text")
    return value


def choice(collection: Collection, key: str, allowed: Names[str]) -> str:
    """Return a text of `meta.source` that is one of the allowed. Raises StoreConfigError."""
    value = text(collection, key)
    if value not in allowed:
        raise refuse(collection, f"source: {key!r} must be one of {', '.join(sorted(allowed))}")
    return value


def number(options: Mapping[str, Any], key: str, default: float, *, least: float, most: float) -> float:
    """Return a number among a store's options. Raises StoreConfigError if it is none or out of bounds."""
    value = options.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
        raise StoreConfigError(f"option {key!r} must be a number from {least:g} to {most:g}")
    return value


def check_options(kind: str, options: Mapping[str, Any], allowed: Names[str]) -> None:
    """Raise StoreConfigError for an option that this kind of store does not know."""
    for key in options:
        if key not in allowed:
            raise StoreConfigError(f"unknown option {key!r} of a {kind} store; write one of {_list(allowed)}")


def _list(names: Names[str]) -> str:
    return ", ".join(sorted(names)) or "none"
