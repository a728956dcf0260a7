"""Which keys a selection means: built from its values where they give all of a key, else found by SCAN."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from types import NoneType
from uuid import UUID

from redis import Redis

from dsar.datamap.model import Collection, Field
from dsar.stores.base import Alternative, Selection
from dsar.stores.casting import cast
from dsar.stores.patterns import KeyPattern, split
from dsar.values import Value

#: Keys a SCAN looks at in one step; other clients wait meanwhile.
STEP = 1_000
#: Values that a key can spell in one way only; True is "1", "true" or "True".
_ONE_SPELLING = frozenset({str, int, UUID, NoneType})
_SPECIAL = re.compile(r"([*?\[\]^\\-])")


def find_keys(client: Redis, collection: Collection, selection: Selection, pattern: KeyPattern) -> Iterator[bytes]:
    """Yield every key that may hold a matching row; one may come twice."""
    if all(_is_whole(collection, item, pattern) for item in selection.alternatives):
        for item in selection.alternatives:
            yield from _built(collection, item, pattern)
    else:
        yield from scan(client, glob(pattern))


def scan(client: Redis, match: str | None = None) -> Iterator[bytes]:
    """Yield every key; SCAN may name one twice, and never blocks the server as KEYS does."""
    yield from client.scan_iter(match=match, count=STEP)


def glob(pattern: KeyPattern) -> str:
    """Return the glob by which SCAN finds the pattern's keys; literal text stands for itself."""
    return "".join("*" if piece.name else _SPECIAL.sub(r"\\\1", piece.text) for piece in split(pattern.template))


def name_of(key: bytes) -> str:
    """Return the key as text; bytes that are not UTF-8 survive as lone surrogates."""
    return key.decode("utf-8", "surrogateescape")


def _is_whole(collection: Collection, alternative: Alternative, pattern: KeyPattern) -> bool:
    """Return whether the alternative's values spell whole keys: "1.0" and "1" are one number, emails know no case."""
    is_named = names_whole(collection, alternative.paths, pattern)
    return is_named and all(type(value) in _ONE_SPELLING for values in alternative.values for value in values)


def names_whole(collection: Collection, paths: tuple[str, ...], pattern: KeyPattern) -> bool:
    """Return whether values at these paths spell whole keys, if each can be spelt in one way only."""
    fields = {item.name: item for item in collection.fields}
    return set(pattern.names) <= set(paths) and all(_has_one_spelling(fields[name]) for name in pattern.names)


def _has_one_spelling(item: Field) -> bool:
    return item.identity != "email" and item.data_type in (None, "string", "integer", "object_id")


def _built(collection: Collection, alternative: Alternative, pattern: KeyPattern) -> Iterator[bytes]:
    types = {item.name: item.data_type for item in collection.fields}
    for values in alternative.values:
        given = dict(zip(alternative.paths, values, strict=True))
        texts = {name: _text(given[name], types[name]) for name in pattern.names}
        key = pattern.build({name: text for name, text in texts.items() if text is not None}) if _full(texts) else None
        if key is not None:
            yield key.encode("utf-8", "surrogatepass")


def _full(texts: dict[str, str | None]) -> bool:
    return None not in texts.values()


def _text(value: Value, data_type: str | None) -> str | None:
    found: str | None = cast(cast(value, data_type), "string")
    return found


def prefixes(keys: Iterable[bytes], patterns: Iterable[KeyPattern]) -> Iterator[tuple[str, str]]:
    """Yield (key, its text up to the first colon) of each key that is none of the patterns'."""
    known = tuple(patterns)
    for key in keys:
        name = name_of(key)
        if all(pattern.values(name) is None for pattern in known):
            yield name, name.partition(":")[0] if ":" in name else ""
