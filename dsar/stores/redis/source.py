"""A collection's `meta.source` in a Redis server."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from redis.client import Pipeline

from dsar.datamap.model import Collection
from dsar.stores.patterns import KeyPattern, check_declared, check_template
from dsar.stores.redis.types import TYPES
from dsar.stores.sources import check_keys, choice, refuse, text

TTL = "ttl_seconds"


@dataclass(frozen=True, slots=True)
class Source:
    """The keys by a pattern, the type of their values, and whether the time to live is a declared field."""

    pattern: KeyPattern
    type: str
    has_ttl: bool

    def ask(self, pipe: Pipeline, keys: Sequence[bytes]) -> None:
        """Put into a pipeline what is asked of keys: their values, then the time they have left if that is declared."""
        for key in keys:
            TYPES[self.type].ask(pipe, key)
        for key in keys if self.has_ttl else ():
            pipe.ttl(key)


def read_source(collection: Collection) -> Source:
    """Return the source. Raises StoreConfigError with file and line."""
    check_keys(collection, allowed=("key", "type"), required=("key", "type"))
    template = text(collection, "key")
    check_template(collection, template)
    pattern = KeyPattern(template, separator=":")
    check_declared(collection, pattern.names)
    if not template:
        raise refuse(collection, "source: 'key' must not be empty; write session:{session_id}, say")
    has_ttl = any(item.name == TTL for item in collection.fields)
    return Source(pattern, choice(collection, "type", TYPES), has_ttl)
