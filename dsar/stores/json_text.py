"""A JSON text that is changed in places: every other sign of it stays, spaces, long numbers and repeated names too.

Written anew, a number might come out with other digits. All texts are JSON: whoever calls has read them before.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from json.decoder import scanstring  # type: ignore[attr-defined]  # typeshed leaves it out

from dsar.values import Value, is_text, value_to_json

SPACE = re.compile(r"[ \t\n\r]*")
_decode = json.JSONDecoder().raw_decode

#: Where a value begins and ends.
Span = tuple[int, int]
#: From, to, and what is written there.
Edit = tuple[int, int, str]


def value_at(text: str, at: int) -> tuple[Value, int]:
    """Return the value that begins there, and where it ends."""
    return _decode(text, at)


def members(text: str, at: int) -> Iterator[tuple[str, Span]]:
    """Yield (name, span of the value) of the object that begins there."""
    at = skip(text, at + 1)
    while text[at] != "}":
        name, at = scanstring(text, at + 1)
        start = skip(text, skip(text, at) + 1)
        end = _decode(text, start)[1]
        yield name, (start, end)
        at = _next(text, end)


def items(text: str, at: int) -> Iterator[Span]:
    """Yield the span of each element of the array that begins there."""
    at = skip(text, at + 1)
    while text[at] != "]":
        end = _decode(text, at)[1]
        yield at, end
        at = _next(text, end)


def skip(text: str, at: int) -> int:
    """Return the place of the next sign that is no white space."""
    found = SPACE.match(text, at)
    return found.end() if found else at


def applied(text: str, edits: Iterable[Edit]) -> str:
    """Return the text with edits made, which come in their order and do not overlap."""
    parts, last = list[str](), 0
    for start, end, new in edits:
        parts += (text[last:start], new)
        last = end
    return "".join((*parts, text[last:]))


def spelt(value: Value) -> str:
    """Return a value as JSON, its texts as they are."""
    if isinstance(value, str) and not is_text(value):
        return json.dumps(value)
    return value_to_json(value).decode()


def spelt_like(value: str, was: str) -> str:
    """Return a string as JSON, escaped where the one that stood there was plain ASCII."""
    return json.dumps(value) if was.isascii() else spelt(value)


def _next(text: str, end: int) -> int:
    at = skip(text, end)
    return skip(text, at + 1) if text[at] == "," else at
