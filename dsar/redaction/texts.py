"""The texts of a row, at any depth; what is JSON inside a text is looked into."""

from __future__ import annotations

from collections.abc import Iterator

from dsar.stores.projection import structure
from dsar.values import Value


def texts(value: Value, path: str) -> Iterator[tuple[str, str]]:
    """Yield (dotted path, text) of each text in a value, and of each name of a member of an object."""
    if isinstance(value, str):
        inside = structured(value)
        if inside is value:
            yield path, value
        else:
            yield from texts(inside, path)
    elif isinstance(value, list):
        for item in value:
            yield from texts(item, path)
    elif isinstance(value, dict):
        for name, item in value.items():
            yield path, name
            yield from texts(item, f"{path}.{name}")


def structured(text: str) -> Value:
    """Return the object or array that a text holds as JSON; the text itself where it holds none."""
    return structure(text) if text.lstrip()[:1] in ("{", "[") else text
