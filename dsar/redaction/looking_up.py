"""One value, looked up in a collection's rows: how often it stands there, and where."""

from __future__ import annotations

import orjson

from dsar.bundle.contents import CollectionContents
from dsar.bundle.survey import opened
from dsar.redaction.kinds import Kind
from dsar.redaction.suggesting import Suggestion
from dsar.redaction.texts import decoded, in_bytes, texts
from dsar.stores.redacting import beginning, folded, form_of, places
from dsar.values import Row


def look_up(item: CollectionContents, value: str, *, kind: Kind = Kind.OTHER) -> Suggestion:
    """Return a value as a suggestion, with its places in the collection. Raises what reading the rows raises."""
    found = Suggestion(kind, value)
    if not item.rows:
        return found
    word, words = beginning(folded(value)), (folded(value),)
    encoded = in_bytes(item)
    with opened(item) as blocks:
        for block in blocks:
            text = block.decode()
            if encoded or "\\" in text or word in form_of(text):
                for line in block.splitlines():
                    _add(found, orjson.loads(line), words, encoded)
    return found


def _add(found: Suggestion, row: Row, words: tuple[str, ...], encoded: frozenset[str]) -> None:
    for name, value in row.items():
        for path, text in texts(decoded(value) if name in encoded else value, name):
            for start, end in places(text, words):
                found.add(path, text, start, end)
