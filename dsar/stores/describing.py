"""What some rows show of the fields of a collection whose store keeps no schema."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from dsar.values import Row, Value, type_name


def describe_rows(rows: Iterable[Row]) -> dict[str, str]:
    """Return dotted path -> type name of every field met; "null" where no row had a value. Values are dropped."""
    found: dict[str, str] = {}
    for row in rows:
        for path, value in _paths(row, ""):
            found[path] = type_name(value) or found.get(path, "null")
    return found


def _paths(value: Value, prefix: str) -> Iterator[tuple[str, Value]]:
    """Yield every path with its value; the objects of an array share one path."""
    if isinstance(value, dict):
        for name, part in value.items():
            yield f"{prefix}{name}", part
            yield from _paths(part, f"{prefix}{name}.")
    elif isinstance(value, list):
        for part in value:
            yield from _paths(part, prefix)
