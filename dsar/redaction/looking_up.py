"""One value, looked up in a collection's rows: how often it stands there, and where."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from contextlib import suppress

import orjson

from dsar.bundle.contents import CollectionContents
from dsar.bundle.survey import opened
from dsar.redaction.kinds import Kind
from dsar.redaction.suggesting import Suggestion
from dsar.redaction.texts import texts
from dsar.stores.redacting import beginning, folded, form_of, places
from dsar.values import Row

_BYTES = frozenset({"bytes"})


def look_up(item: CollectionContents, value: str, *, kind: Kind = Kind.OTHER) -> Suggestion:
    """Return a value as a suggestion, with its places in the collection. Raises what reading the rows raises."""
    found = Suggestion(kind, value)
    if not item.rows:
        return found
    word, words = beginning(folded(value)), (folded(value),)
    in_bytes = frozenset(name for name, types in item.types.items() if types >= _BYTES)
    with opened(item) as blocks:
        for block in blocks:
            text = block.decode()
            if in_bytes or "\\" in text or word in form_of(text):
                for line in block.splitlines():
                    _add(found, orjson.loads(line), words, in_bytes)
    return found


def _add(found: Suggestion, row: Row, words: tuple[str, ...], in_bytes: frozenset[str]) -> None:
    for name, value in row.items():
        for path, text in _texts(name, value, in_bytes):
            for start, end in places(text, words):
                found.add(path, text, start, end)


def _texts(name: str, value: object, in_bytes: frozenset[str]) -> Iterator[tuple[str, str]]:
    if name in in_bytes and isinstance(value, str):
        with suppress(binascii.Error, UnicodeDecodeError):  # a picture, or no bytes at all
            value = base64.b64decode(value, validate=True).decode()
    yield from texts(value, name)
