"""What stands on the card of a collection."""

from __future__ import annotations

from collections.abc import Iterable

from dsar.datamap.model import Collection

WIDTH = 232.0
HEAD, LINE, FOOT = 46.0, 17.0, 10.0


def lines(collection: Collection) -> tuple[tuple[str, str], ...]:
    """Return (what it is, fields): identities, keys, what values come in by, and how many fields have a category."""
    fields = list(collection.walk())
    said = [
        ("identity", [item.path for item in fields if item.identity]),
        ("adds", [f"{item.identity_source} ({item.path})" for item in fields if item.identity_source]),
        ("key", [item.path for item in fields if item.primary_key]),
        ("refers", [item.path for item in fields if item.references]),
    ]
    categorised = sum(1 for item in fields if item.data_categories)
    how_many = "all" if categorised == len(fields) else str(categorised)
    counted = ("fields", f"{len(fields)}, {how_many} with a category")
    return (*((label, _listed(paths)) for label, paths in said if paths), counted)


def height(collection: Collection) -> float:
    """Return the pixels that the card takes."""
    return HEAD + LINE * len(lines(collection)) + FOOT


def _listed(paths: Iterable[str]) -> str:
    return ", ".join(paths)
