"""The texts of a row, at any depth; what is JSON inside a text is looked into."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator

from dsar.bundle.contents import CollectionContents
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


def in_bytes(item: CollectionContents) -> frozenset[str]:
    """Return the top-level fields that hold bytes: in JSON they stand as base64."""
    return frozenset(name for name, types in item.types.items() if "bytes" in types)


def decoded(value: Value) -> Value:
    """Return the text that bytes, as base64, hold; None where they are no text, and any other value as it is."""
    if not isinstance(value, str):
        return value
    try:
        text = base64.b64decode(value, validate=True).decode()
    except binascii.Error:  # a text beside bytes in one field
        return value
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else text


def structured(text: str) -> Value:
    """Return the object or array that a text holds as JSON; the text itself where it holds none."""
    return structure(text) if text.lstrip()[:1] in ("{", "[") else text
