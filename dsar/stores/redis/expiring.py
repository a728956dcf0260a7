"""Keys whose rows are past their time: looked at and deleted by so many at once, each as it was read."""

from __future__ import annotations

from collections.abc import Iterator

from dsar.datamap.model import Collection
from dsar.stores.base import StoreError
from dsar.stores.batching import batched
from dsar.stores.expiring import Expiry
from dsar.stores.matching import Matcher
from dsar.stores.redis.changing import RedisChanging
from dsar.stores.redis.snapshot import ROUND
from dsar.stores.redis.writing import Change
from dsar.values import Row


class RedisExpiring(RedisChanging):
    """Deletes keys of one dataset by their age."""

    def run(self, collection: Collection, expiry: Expiry) -> Iterator[int]:
        """Yield after each round how many keys it has deleted. Raises StoreError."""
        source = self._sources[collection.name]
        self._check_apart(collection)
        matcher = Matcher(collection, expiry.everything)
        for keys in batched(self._candidates(collection, expiry.everything, source), ROUND):
            yield self._delete(collection, expiry, matcher, keys)

    def _delete(self, collection: Collection, expiry: Expiry, matcher: Matcher, keys: list[tuple[bytes, Row]]) -> int:
        self._changes.clear()
        for kept in self._rows(collection, self._sources[collection.name], keys):
            if matcher.matches(kept.row) and expiry.is_to_go(kept.row):
                self._changes[kept.key] = Change(kept.state, "unlink")
        rows = len(self._changes)
        if rows:
            self.end(commits=True)
        return rows

    def _check_apart(self, collection: Collection) -> None:
        """Raise StoreError if keys of the collection may be those of another as well: they may stay longer there."""
        pattern = self._sources[collection.name].pattern
        example = pattern.build(dict.fromkeys(pattern.names, "1"))
        for name, source in self._sources.items():
            if name != collection.name and example is not None and source.pattern.values(example) is not None:
                raise StoreError(f"{collection.dataset}:{collection.name}: its keys may be {name}, too", retry=False)
