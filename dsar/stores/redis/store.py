"""A Redis or Valkey server as a store."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from redis import Redis

from dsar.datamap.model import Dataset
from dsar.stores.base import FoundCollection
from dsar.stores.redis.client import make_client, translated
from dsar.stores.redis.keys import name_of, scan
from dsar.stores.redis.snapshot import NO_PREFIX, RedisSnapshot
from dsar.stores.redis.source import Source, read_source


def open_store(dataset: Dataset, url: str, options: Mapping[str, Any]) -> RedisStore:
    """Return the store of that address; connects when first used. Raises StoreConfigError."""
    return RedisStore(dataset, make_client(url, options))


class RedisStore:
    """A server behind one dataset; several threads may open snapshots at once."""

    kind = "redis"

    def __init__(self, dataset: Dataset, client: Redis) -> None:
        self._dataset = dataset
        self._client = client
        self._sources: dict[str, Source] = {item.name: read_source(item) for item in dataset.collections}

    @contextmanager
    def snapshot(self) -> Iterator[RedisSnapshot]:
        yield RedisSnapshot(self._dataset, self._client, self._sources)

    def introspect(self) -> tuple[FoundCollection, ...]:
        """Return the declared collections that have keys, and the prefixes of all other keys."""
        with translated(self._dataset.key):
            names = {self._collection_of(name_of(key)) for key in scan(self._client)}
        return tuple(FoundCollection(name, self._fields(name)) for name in sorted(names))

    def close(self) -> None:
        self._client.close()

    def _collection_of(self, key: str) -> str:
        for name, source in self._sources.items():
            if source.pattern.values(key) is not None:
                return name
        return key.partition(":")[0] if ":" in key else NO_PREFIX

    def _fields(self, name: str) -> dict[str, str]:
        source = self._sources.get(name)
        return {} if source is None else {**dict.fromkeys(source.pattern.names, "string"), "value": source.type}
