"""Masks of what is inside objects and arrays: only the values that are named become others, and none is added.

An object may be kept as JSON in a text, as readers take it (dsar.stores.projection).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from json.decoder import scanstring  # type: ignore[attr-defined]  # typeshed leaves it out
from typing import Any

from dsar.datamap.erasure import Mask, Strategy
from dsar.stores.json_text import Edit, applied, items, members, skip, spelt, spelt_like, value_at
from dsar.stores.projection import structure
from dsar.stores.redacting import redactions
from dsar.values import Value

#: A mask of a whole value, or those of its members by their names.
Inside = Mask | Mapping[str, Any]
#: Mask and value -> what takes the value's place.
Instead = Callable[[Mask, Value], Value]


def by_field(masks: Mapping[str, Mask]) -> dict[str, Inside]:
    """Return the masks of dotted paths by the fields that stand at the top."""
    found: dict[str, Any] = {}
    for path, mask in masks.items():
        *outer, name = path.split(".")
        below = found
        for part in outer:
            below = below.setdefault(part, {})
        below[name] = mask
    return found


def replaced(value: Value, inside: Inside, instead: Instead) -> Value:
    """Return the value with others in the place of those that are masked."""
    if isinstance(inside, Mask):
        return instead(inside, value)
    if isinstance(value, list):
        return [replaced(item, inside, instead) for item in value]
    if isinstance(value, dict):
        return {name: replaced(item, inside[name], instead) if name in inside else item for name, item in value.items()}
    if isinstance(value, str):
        return replaced_text(value, inside, instead)
    if isinstance(value, bytes) and structure(value) is not value:
        return replaced_text(value.decode(), inside, instead).encode()
    return value


def replaced_text(text: str, inside: Inside, instead: Instead) -> str:
    """Return a text that may hold JSON with other values in it; every sign beside them stays as it is."""
    return text if structure(text) is text else applied(text, edits(text, skip(text, 0), inside, instead))


def edits(text: str, at: int, inside: Inside, instead: Instead) -> Iterator[Edit]:
    """Yield what is changed of the value that begins there in a JSON text, in order."""
    if isinstance(inside, Mask):
        yield from _edits_of_value(text, at, inside, instead)
    elif text[at] == "[":
        for start, _end in items(text, at):
            yield from edits(text, start, inside, instead)
    elif text[at] == "{":
        for name, (start, _end) in members(text, at):  # a name that stands twice is masked twice
            if name in inside:
                yield from edits(text, start, inside[name], instead)
    elif text[at] == '"':
        said, end = scanstring(text, at + 1)
        if (new := replaced_text(said, inside, instead)) != said:
            yield at, end, spelt_like(new, text[at:end])


def _edits_of_value(text: str, at: int, mask: Mask, instead: Instead) -> Iterator[Edit]:
    value, end = value_at(text, at)
    if mask.strategy is Strategy.REDACT:
        yield from redactions(text, at, end, mask)
    elif (new := instead(mask, value)) != value or type(new) is not type(value):
        yield at, end, spelt(new)
