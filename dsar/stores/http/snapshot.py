"""A view of a service. It has no snapshots: each page is as it is when it is asked for."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime

from dsar.datamap.model import Collection, Dataset
from dsar.stores.base import Explained, Selection, StoreError, Undeclared
from dsar.stores.batching import batched
from dsar.stores.http.client import HttpClient
from dsar.stores.http.explaining import explain
from dsar.stores.http.options import HttpOptions
from dsar.stores.http.pages import Pages
from dsar.stores.http.paging import first_url
from dsar.stores.http.requests import Series, make_series
from dsar.stores.http.source import Source
from dsar.stores.matching import Key, Matcher, fields_by_path, key_of, row_keys
from dsar.stores.noticing import Noticed
from dsar.stores.projection import Projector
from dsar.values import Row, to_json


class HttpSnapshot:
    """Reads collections of one dataset; `taken_at` (aware, UTC) is when it was opened."""

    def __init__(
        self, dataset: Dataset, client: HttpClient, options: HttpOptions, sources: Mapping[str, Source]
    ) -> None:
        self._client = client
        self._options = options
        self._sources = sources
        self._noticed = Noticed(dataset)
        self.taken_at = datetime.now(UTC)

    def read(self, collection: Collection, selection: Selection) -> Iterator[Sequence[Row]]:
        projector = Projector(collection, self._noticed)
        for batch in batched(self._matching(collection, selection)):
            yield [projector.project(row) for row in batch]

    def count(self, collection: Collection, selection: Selection) -> int:
        return sum(1 for _row in self._matching(collection, selection))

    def undeclared(self) -> tuple[Undeclared, ...]:
        return self._noticed.sorted()

    def explain(self, collection: Collection, by: Sequence[tuple[str, ...]]) -> Explained:
        return explain(collection, by, self._sources[collection.name], self._options.base)

    def _matching(self, collection: Collection, selection: Selection) -> Iterator[Row]:
        """Yield rows that match: a service may find loosely, and a row may be found by several values."""
        source = self._sources[collection.name]
        matcher = Matcher(collection, selection)
        earlier = _Earlier(collection, source)
        for series in make_series(self._options.base, collection, source, selection):
            earlier.begin(series.asked)
            for row in self._rows(collection, source, series):
                if matcher.matches(row) and earlier.is_new(row):
                    yield row

    def _rows(self, collection: Collection, source: Source, series: Series) -> Iterator[Row]:
        """Yield every row of every page, with the values it was asked by where it does not say them itself."""
        doing = f"{collection.dataset}:{collection.name}: {source.path}"
        pages = Pages(source, doing)
        url = first_url(series.url, source.paging)
        for number in range(self._options.max_pages):
            answer = self._client.get(url, doing)
            if answer.status == 404:
                if source.asks_by_path and number == 0:
                    return
                raise StoreError(f"{doing}: there is no such resource (404)", retry=False)
            rows, after = pages.take(url, answer)
            yield from ({**series.asked, **row} for row in rows)
            if after is None:
                return
            url = after
        raise StoreError(f"{doing}: more than {self._options.max_pages} pages; raise max_pages if so", retry=False)


class _Earlier:
    """Tells which rows have come before: one may be found by several values, and a service may find loosely.

    A row that is asked for by its own value comes with that series; where it came with another's already, as often as
    it did is remembered until then. Memory: 32 bytes for each row that a service finds for a value that it has not.
    """

    def __init__(self, collection: Collection, source: Source) -> None:
        fields = fields_by_path(collection)
        self._names = source.names
        self._items = tuple(fields[name] for name in source.names)
        self._keys: set[Key] = set()
        self._key: Key | None = None
        self._loose: Counter[bytes] = Counter()
        self._now: Counter[bytes] = Counter()

    def begin(self, asked: Row) -> None:
        """Begin a series that is asked by these values."""
        if self._key is not None:
            self._keys.add(self._key)
        self._key = key_of(tuple(asked[name] for name in self._names), self._items) if asked else None
        self._now.clear()

    def is_new(self, row: Row) -> bool:
        if self._key is None:
            return True
        keys = set(row_keys(row, self._names, self._items))
        if keys & self._keys:
            return False
        is_own = self._key in keys
        if is_own and not self._loose:
            return True
        digest = hashlib.blake2b(to_json(row), digest_size=16).digest()
        self._now[digest] += 1
        if self._now[digest] <= self._loose[digest]:
            return False
        if not is_own:
            self._loose[digest] = self._now[digest]
        return True
