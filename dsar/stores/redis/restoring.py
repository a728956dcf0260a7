"""Keys taken whole before an erasure, and put back where it was a mistake."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from redis import Redis

from dsar.datamap.erasure import Mask
from dsar.datamap.model import Collection, Dataset
from dsar.stores.base import Selection
from dsar.stores.batching import batched
from dsar.stores.inside import by_field
from dsar.stores.redis.changing import RedisChanging, changed_since
from dsar.stores.redis.client import translated
from dsar.stores.redis.scripts import STATES
from dsar.stores.redis.snapshot import ROUND
from dsar.stores.redis.source import Source
from dsar.stores.redis.whole import NOTHING, Unmasking, Whole, taken, unmasking
from dsar.stores.restorable import PutBack, RawRow, WrittenBack


class RedisRestoring(RedisChanging):
    """Changes keys of one dataset, and gives them whole before it does. Memory: what is put back, until the end."""

    def __init__(self, dataset: Dataset, client: Redis, sources: Mapping[str, Source]) -> None:
        super().__init__(dataset, client, sources)
        self._taken: set[bytes] = set()

    knows_rows = True

    def restores(self, collection: Collection) -> bool:
        return True

    def take(
        self, collection: Collection, selection: Selection, masks: Mapping[str, Mask]
    ) -> Iterator[Sequence[RawRow]]:
        where, kind = f"{collection.dataset}:{collection.name}", self._sources[collection.name].type
        for batch in batched(self._matching(collection, selection), ROUND):
            kept = [item for item in batch if item.key not in self._taken]
            self._taken.update(item.key for item in kept)
            with translated(where):
                whole = list(taken(self._client, kind, kept, by_field(masks)))
            if len(whole) != len(kept):
                raise changed_since(where, len(kept) - len(whole), done=0)
            if whole:
                yield [item.row() for item in whole]

    def put_back(self, collection: Collection, rows: Iterable[Sequence[RawRow]], *, is_sure: bool = True) -> PutBack:
        written = there = left = 0
        for batch in rows:
            wanted = [Whole.read(row) for row in batch]
            with translated(f"{collection.dataset}:{collection.name}"):
                states, now = self._now([item.key for item in wanted])
            for item, state in zip(wanted, states, strict=True):
                if (later := self._changes.get(item.key)) is not None:
                    # An earlier block meant to delete what a later one did, or the key had become another meanwhile.
                    is_same = later.what == "restore" and later.words[-1] == item.state
                    there, left = there + is_same, left + (not is_same)
                elif state not in (NOTHING, item.state):
                    left += 1
                elif state == item.state or 0 < item.ends_at <= now:
                    there += 1
                else:
                    self._note(item.key, item.putting(), collection)
                    written += 1
        return PutBack(written, there, left)

    def write_back(
        self, collection: Collection, rows: Iterable[Sequence[RawRow]], masks: Mapping[str, Mask]
    ) -> WrittenBack:
        source, insides, written, left = self._sources[collection.name], by_field(masks), 0, 0
        for batch in rows:
            wanted = {item.key: item for item in map(Whole.read, batch)}
            with translated(f"{collection.dataset}:{collection.name}"):
                found = self._of_type(source, list(wanted))
                there = {kept.key: kept for kept in self._rows(collection, source, [(key, {}) for key in found])}
                states, now = self._now(list(wanted))
            gone = {key for key, state in zip(wanted, states, strict=True) if state == NOTHING}
            for key, item in wanted.items():
                if key in self._changes:
                    continue  # a later block had read what stood there last
                if key in there:
                    back = unmasking(source.type, there[key], item, insides)
                elif key in gone and item.dump and not 0 < item.ends_at <= now:
                    back = Unmasking(item.putting(), written=len(insides))
                else:
                    back = Unmasking(None, left=len(insides))
                written, left = written + back.written, left + back.left
                if back.change is not None:
                    self._note(key, back.change, collection)
        return WrittenBack(written, left)

    def _now(self, keys: Sequence[bytes]) -> tuple[list[bytes], int]:
        """Return the state of each key, and the server's time in milliseconds since 1970."""
        seconds, micros = self._client.time()
        return list(self._client.eval(STATES, len(keys), *keys)), seconds * 1000 + micros // 1000

    def _of_type(self, source: Source, keys: Sequence[bytes]) -> list[bytes]:
        """Return the keys whose values are still of the collection's type."""
        with self._client.pipeline(transaction=False) as pipe:
            for key in keys:
                pipe.type(key)
            kinds = pipe.execute()
        kind = b"string" if source.type == "json" else source.type.encode()
        return [key for key, found in zip(keys, kinds, strict=True) if found == kind]
