"""A view of a Redis server. It has no snapshots: each key is read as it is when its turn comes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

from redis import Redis
from redis.exceptions import RedisError, ResponseError

from dsar.datamap.model import Collection, Dataset
from dsar.stores.base import Explained, Selection, StoreError, Undeclared
from dsar.stores.batching import batched
from dsar.stores.matching import Matcher
from dsar.stores.noticing import Noticed
from dsar.stores.projection import Projector
from dsar.stores.pruning import Pruner
from dsar.stores.redis.client import check_standalone, translated
from dsar.stores.redis.explaining import explain
from dsar.stores.redis.keys import find_keys, name_of, prefixes, scan
from dsar.stores.redis.scripts import STATES
from dsar.stores.redis.source import TTL, Source
from dsar.stores.redis.types import fields_of, make_row, text
from dsar.stores.scanning import EVERY_ROW, narrowed
from dsar.values import Row

#: Keys asked for in one round trip.
ROUND = 500
#: What keys without a colon are called: their names may be personal (an address, say).
NO_PREFIX = "(keys without a prefix)"


@dataclass(frozen=True, slots=True)
class Kept:
    """What stands at a key: its value as the server gave it and as a row, and its state where that is told."""

    key: bytes
    row: Row
    answer: Any
    state: bytes


@dataclass(frozen=True, slots=True)
class _Answer:
    """What a server says of a key: its value, the field of its time to live where that is declared, its state."""

    value: Any
    ttl: Row
    state: bytes


class RedisSnapshot:
    """Reads collections of one dataset; `taken_at` (aware, UTC) is when it was opened."""

    #: Whether each key's state is told with its value: by a script, which an account that only reads may not run.
    _tells_state = False

    def __init__(self, dataset: Dataset, client: Redis, sources: Mapping[str, Source]) -> None:
        self._dataset = dataset
        self._client = client
        self._sources = sources
        self._noticed = Noticed(dataset)
        self._scanned = False
        with translated(dataset.key):
            check_standalone(client, dataset.key)
        self.taken_at = datetime.now(UTC)

    def read(self, collection: Collection, selection: Selection) -> Iterator[Sequence[Row]]:
        projector = Projector(collection, self._noticed)
        for batch in batched(self._matching(collection, selection)):
            yield [projector.project(kept.row) for kept in batch]

    def scan(
        self, collection: Collection, fields: Sequence[str], *, since: datetime | None = None
    ) -> Iterator[Sequence[Row]]:
        narrow, source = narrowed(collection, fields), self._sources[collection.name]
        projector = Projector(narrow, Noticed(self._dataset))
        with translated(f"{collection.dataset}:{collection.name}"):
            for keys in batched(self._candidates(collection, EVERY_ROW, source), ROUND):
                yield [projector.project(kept.row) for kept in self._rows(collection, source, keys)]

    def count(self, collection: Collection, selection: Selection) -> int:
        return sum(1 for _kept in self._matching(collection, selection))

    def undeclared(self) -> tuple[Undeclared, ...]:
        """Return what was noticed; the first call walks over all keys. Raises StoreError."""
        if not self._scanned:
            with translated(self._dataset.key):
                self._notice_keys()
            self._scanned = True
        return self._noticed.sorted()

    def explain(self, collection: Collection, by: Sequence[tuple[str, ...]]) -> Explained:
        return explain(collection, by, self._sources[collection.name])

    def peek(self, collection: Collection, keys: list[bytes]) -> Iterator[Row]:
        """Yield the rows of these keys as they are, whoever's; some may have gone. Raises StoreError."""
        source = self._sources[collection.name]
        given: list[tuple[bytes, Row]] = [(key, {**(source.pattern.values(name_of(key)) or {})}) for key in keys]
        with translated(f"{collection.dataset}:{collection.name}"):
            yield from (kept.row for kept in self._rows(collection, source, given))

    def _notice_keys(self) -> None:
        patterns = [source.pattern for source in self._sources.values()]
        for name, prefix in prefixes(scan(self._client), patterns):
            self._noticed.collection(prefix or NO_PREFIX, found=name)

    def matching(self, collection: Collection, selection: Selection) -> Iterator[Row]:
        """Yield the rows that match as they are, secrets among them: for what is not delivered."""
        return (kept.row for kept in self._matching(collection, selection))

    def _matching(self, collection: Collection, selection: Selection) -> Iterator[Kept]:
        source = self._sources[collection.name]
        matcher = Matcher(collection, selection)
        seen: set[bytes] = set()  # of matching rows only: a server may have more keys than memory would hold
        with translated(f"{collection.dataset}:{collection.name}"):
            for keys in batched(self._candidates(collection, selection, source), ROUND):
                for kept in self._rows(collection, source, keys):
                    if kept.key not in seen and matcher.matches(kept.row):
                        seen.add(kept.key)
                        yield kept

    def _candidates(self, collection: Collection, selection: Selection, source: Source) -> Iterator[tuple[bytes, Row]]:
        """Yield keys whose names may match, with the fields that the names give."""
        pruner = Pruner(collection, selection, source.pattern.names)
        for key in find_keys(self._client, collection, selection, source.pattern):
            values = source.pattern.values(name_of(key))
            if values is None:
                continue
            given = pruner.row({name: _bytes_if_no_text(value) for name, value in values.items()})
            if pruner.keeps(given):
                yield key, given

    def _rows(self, collection: Collection, source: Source, keys: list[tuple[bytes, Row]]) -> Iterator[Kept]:
        fields = fields_of(collection)
        for (key, given), answer in zip(keys, self._ask(source, [key for key, _given in keys]), strict=True):
            if isinstance(answer.value, ResponseError):
                raise self._wrong_type(collection, source, key, answer.value)
            try:
                row = make_row(source.type, answer.value, fields)
            except ValueError as error:
                what = f"{source.pattern.template}: a value is not the JSON object that was expected"
                raise StoreError(f"{collection.dataset}:{collection.name}: {what} ({error})", retry=False) from None
            if row is not None:
                yield Kept(key, {**row, **answer.ttl, **given}, answer.value, answer.state)

    def _ask(self, source: Source, keys: list[bytes]) -> list[_Answer]:
        """Return what the server says of each key."""
        with self._client.pipeline(transaction=self._tells_state) as pipe:
            source.ask(pipe, keys)
            if self._tells_state:
                pipe.eval(STATES, len(keys), *keys)
            answers = pipe.execute(raise_on_error=False)
        states = answers.pop() if self._tells_state else [b""] * len(keys)
        if isinstance(states, RedisError):
            raise states
        times = answers[len(keys) :] or [None] * len(keys)
        rows = [{TTL: _left(seconds)} if seconds is not None else {} for seconds in times]
        return [_Answer(*parts) for parts in zip(answers[: len(keys)], rows, states, strict=True)]

    def _wrong_type(self, collection: Collection, source: Source, key: bytes, error: ResponseError) -> Exception:
        if not str(error).startswith("WRONGTYPE"):
            return error
        found = name_of(cast(bytes, self._client.type(key)))
        what = f"{source.pattern.template} should be a {source.type}, and a key of it is a {found}"
        return StoreError(f"{collection.dataset}:{collection.name}: {what}", retry=False)


def _left(seconds: int) -> int | None:
    """Return what TTL says: -1 is a key that does not expire, -2 one that has just expired."""
    return None if seconds == -1 else max(0, seconds)


def _bytes_if_no_text(value: str) -> str | bytes:
    return text(value.encode("utf-8", "surrogateescape"))
