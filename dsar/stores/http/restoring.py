"""Rows of a service as they were read before an erasure, and made anew where it was a mistake.

Only where the data map says how: a service that deletes a row need not take one.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator, Mapping, Sequence

from dsar.datamap.erasure import Mask
from dsar.datamap.model import Collection, Dataset
from dsar.stores.base import Alternative, Selection
from dsar.stores.batching import batched
from dsar.stores.http.changing import HttpChanging, primary_of
from dsar.stores.http.client import HttpClient
from dsar.stores.http.options import HttpOptions
from dsar.stores.http.source import Source
from dsar.stores.inside import by_field
from dsar.stores.masks import is_any_deleted, is_any_masked, is_without, made_of, told
from dsar.stores.matching import Key
from dsar.stores.parsing import parse
from dsar.stores.restorable import PutBack, RawRow, WrittenBack
from dsar.values import Row, to_json, value_to_json


class HttpRestoring(HttpChanging):
    """Memory: the rows that are put back, until the end."""

    knows_rows = True

    def __init__(
        self, dataset: Dataset, client: HttpClient, options: HttpOptions, sources: Mapping[str, Source]
    ) -> None:
        super().__init__(dataset, client, options, sources)
        self._taken: set[tuple[str, Key]] = set()
        self._made: dict[tuple[str, Key], bytes] = {}

    def restores(self, collection: Collection) -> bool:
        return is_restored(collection, self._sources[collection.name])

    def take(
        self, collection: Collection, selection: Selection, masks: Mapping[str, Mask]
    ) -> Iterator[Sequence[RawRow]]:
        for batch in batched(self._selected(collection, selection)):
            new = [(key, row) for key, row in batch if (collection.name, key) not in self._taken]
            self._taken.update((collection.name, key) for key, _row in new)
            if new:
                yield [{"row": base64.b64encode(to_json(row)).decode("ascii")} for _key, row in new]

    def put_back(self, collection: Collection, rows: Iterable[Sequence[RawRow]], *, is_sure: bool = True) -> PutBack:
        described, done = self._sources[collection.name].create, {"written": 0, "there": 0, "left": 0}
        for row, now in self._with_present(collection, rows):
            place = (collection.name, primary_of(collection, row) or ())
            names = described.fields if described and described.fields else tuple(row)
            sent = {name: row[name] for name in names if name in row}
            if self._made.get(place) == to_json(sent):
                done["there"] += 1  # an earlier block meant to delete what a later one did
            elif place in self._changes or (now is not None and not _holds(now, sent)):
                done["left"] += 1
            elif now is not None:
                done["there"] += 1
            elif described is not None:
                self._made[place] = to_json(sent)
                self._changes[place] = self._described(collection, described, row, to_json(sent), creates=True)
                done["written"] += 1
        return PutBack(**done)

    def write_back(
        self, collection: Collection, rows: Iterable[Sequence[RawRow]], masks: Mapping[str, Mask]
    ) -> WrittenBack:
        described, written, left = self._sources[collection.name].update, 0, 0
        for row, now in self._with_present(collection, rows):
            back, place = dict[str, object](), (collection.name, primary_of(collection, row) or ())
            if place in self._changes:
                continue  # a later block had read what stood there last
            for name, inside in by_field(masks).items():
                if row.get(name) is None and is_without(inside):
                    continue
                is_as_it_was = now is not None and value_to_json(now.get(name)) == value_to_json(row.get(name))
                if now is None or not (is_as_it_was or told(now.get(name)) == told(made_of(row.get(name), inside))):
                    left += 1
                    continue
                written += 1
                if not is_as_it_was:
                    back[name] = row.get(name)
            if back and described is not None and now is not None:
                self._changes[place] = self._described(collection, described, now, to_json(back))
        return WrittenBack(written, left)

    def _with_present(
        self, collection: Collection, rows: Iterable[Sequence[RawRow]]
    ) -> Iterator[tuple[Row, Row | None]]:
        """Yield each row as it was, and the one that has its primary key now."""
        for batch in rows:
            for raw in batch:
                row = parse(base64.b64decode(raw["row"]))
                yield row, self._present(collection, row)

    def _present(self, collection: Collection, row: Row) -> Row | None:
        names, key = self._sources[collection.name].names, primary_of(collection, row)
        asked = Alternative(names, frozenset({tuple(row.get(name) for name in names)}))
        found = self._matching(collection, Selection((asked,)))
        return next((item for item in found if primary_of(collection, item) == key), None)


def _holds(row: Row, part: Row) -> bool:
    return all(name in row and value_to_json(row[name]) == value_to_json(value) for name, value in part.items())


def is_restored(collection: Collection, source: Source) -> bool:
    """Return whether rows of the resource can be put back: a masked one by its `update`, a deleted one by `create`.

    Not where what is masked is what the service is asked by: the row would not be found again.
    """
    rule = collection.erasure
    changed = {*by_field(rule.masks), *rule.detach} if rule else set[str]()
    if is_any_masked(collection) and (source.update is None or not changed.isdisjoint(source.names)):
        return False
    return source.create is not None or not is_any_deleted(collection)
