"""A Redis or Valkey server as a store."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from redis import Redis

from dsar.datamap.model import Collection, Dataset, Field, Location
from dsar.stores.base import Certainty, Explained, FoundCollection
from dsar.stores.describing import describe_rows
from dsar.stores.expiring import Expiry, Survey, survey_rows
from dsar.stores.noticing import is_ignored
from dsar.stores.parsing import parse
from dsar.stores.redis.client import check_standalone, make_client, translated
from dsar.stores.redis.discovering import Pattern, patterns
from dsar.stores.redis.expiring import RedisExpiring
from dsar.stores.redis.explaining import explain
from dsar.stores.redis.keys import name_of, scan
from dsar.stores.redis.restoring import RedisRestoring
from dsar.stores.redis.snapshot import NO_PREFIX, RedisSnapshot
from dsar.stores.redis.source import Source, read_source
from dsar.stores.redis.types import TYPES
from dsar.stores.redis.writing import check_choices, check_masks, check_states

#: Keys of each collection whose values are looked at.
_SAMPLE = 50


def open_store(dataset: Dataset, url: str, options: Mapping[str, Any]) -> RedisStore:
    """Return the store of that address; connects when first used. Raises StoreConfigError."""
    return RedisStore(dataset, make_client(url, options))


class RedisStore:
    """A server behind one dataset; several threads may open snapshots at once."""

    kind = "redis"
    certainty = Certainty(collections=False, fields=False)  # keys come and go

    def __init__(self, dataset: Dataset, client: Redis) -> None:
        self._dataset = dataset
        self._client = client
        self._sources: dict[str, Source] = {item.name: _checked_source(item) for item in dataset.collections}

    @contextmanager
    def snapshot(self) -> Iterator[RedisSnapshot]:
        yield RedisSnapshot(self._dataset, self._client, self._sources)

    @contextmanager
    def changing(self, *, commits: bool) -> Iterator[RedisRestoring]:
        changing = RedisRestoring(self._dataset, self._client, self._sources)
        yield changing
        changing.end(commits=commits)

    def survey(self, collection: Collection, expiry: Expiry) -> Survey:
        with self.snapshot() as snapshot:
            return survey_rows(snapshot.matching(collection, expiry.everything), expiry)

    def delete_expired(self, collection: Collection, expiry: Expiry) -> Iterator[int]:
        with translated(self._dataset.key):
            yield from RedisExpiring(self._dataset, self._client, self._sources).run(collection, expiry)

    def introspect(self) -> tuple[FoundCollection, ...]:
        """Return the declared collections that have keys, with the fields of some, and the prefixes of other keys."""
        with self.snapshot() as snapshot, translated(self._dataset.key):
            met = self._met()
            return tuple(self._found(name, keys, snapshot) for name, keys in sorted(met.items()))

    def discover(self) -> tuple[FoundCollection, ...]:
        """Return a collection for each pattern of keys whose values are all of one type."""
        with translated(self._dataset.key):
            check_standalone(self._client, self._dataset.key)
            keys = ((name_of(key), key) for key in scan(self._client))
            found = [self._discovered(item) for item in patterns(keys)]
        return tuple(item for item in found if item is not None)

    def explain(self, collection: Collection, by: Sequence[tuple[str, ...]]) -> Explained:
        return explain(collection, by, self._sources[collection.name])

    def restores(self, collection: Collection) -> bool:
        return True

    def close(self) -> None:
        self._client.close()

    def _discovered(self, item: Pattern) -> FoundCollection | None:
        kind = self._type_of(item.keys)
        if kind is None:
            return None
        source = {"key": item.template, "type": kind}
        place = Location("", 0)
        parts = tuple(Field(name, name, place, primary_key=True) for name in item.placeholders)
        collection = Collection(self._dataset.key, item.name, place, fields=parts, source=source)
        store = RedisStore(Dataset(self._dataset.key, place, collections=(collection,)), self._client)
        with store.snapshot() as snapshot:
            fields = dict.fromkeys(item.placeholders, "string") | describe_rows(snapshot.peek(collection, item.keys))
        return FoundCollection(item.name, fields, tuple(item.placeholders), source=source)

    def _type_of(self, keys: list[bytes]) -> str | None:
        """Return the one type of the keys, as a source says it; None for several, or one that is not read."""
        with self._client.pipeline(transaction=False) as pipe:
            for key in keys:
                pipe.type(key)
            kinds = {kind.decode() for kind in pipe.execute()} - {"none"}
        kind = kinds.pop() if len(kinds) == 1 else None
        if kind == "string":
            values = [value for value in self._client.mget(keys) if isinstance(value, bytes)]
            return "json" if all(map(_is_object, values)) else "string"
        return kind if kind in TYPES else None

    def _met(self) -> dict[str, list[bytes]]:
        """Return collection or prefix -> some of its keys."""
        met: dict[str, list[bytes]] = {}
        for key in scan(self._client):
            name = self._collection_of(name_of(key))
            if name is not None and len(keys := met.setdefault(name, [])) < _SAMPLE:
                keys.append(key)
        return met

    def _collection_of(self, key: str) -> str | None:
        """Return the declared collection, or the prefix of a key that nobody declared; None for an ignored one."""
        for name, source in self._sources.items():
            if source.pattern.values(key) is not None:
                return name
        if is_ignored(key, self._dataset.ignore):
            return None
        return key.partition(":")[0] if ":" in key else NO_PREFIX

    def _found(self, name: str, keys: list[bytes], snapshot: RedisSnapshot) -> FoundCollection:
        if name not in self._sources:
            return FoundCollection(name, {})
        fields = describe_rows(snapshot.peek(self._dataset.collection(name), keys))
        return FoundCollection(name, fields, declared=(name,))


def _checked_source(collection: Collection) -> Source:
    source = read_source(collection)
    check_masks(collection, source)
    check_states(collection, source)
    check_choices(collection, source)
    return source


def _is_object(value: bytes) -> bool:
    try:
        return isinstance(parse(value), dict)
    except ValueError:
        return False
