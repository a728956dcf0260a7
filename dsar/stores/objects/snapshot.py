"""A view of files as they were listed: new ones are not seen, growing ones are read up to their old end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

from dsar.datamap.model import Collection, Dataset
from dsar.stores.base import Explained, Selection, StoreError, Undeclared
from dsar.stores.batching import batched
from dsar.stores.matching import Matcher
from dsar.stores.noticing import Noticed
from dsar.stores.objects.explaining import counted, explain
from dsar.stores.objects.files import File, Files
from dsar.stores.objects.query import Query
from dsar.stores.objects.rows import READERS
from dsar.stores.objects.source import Source
from dsar.stores.objects.strangers import strangers
from dsar.stores.projection import Projector
from dsar.stores.pruning import Pruner
from dsar.stores.scanning import EVERY_ROW, narrowed
from dsar.values import Row


class ObjectsSnapshot:
    """Reads collections of one dataset; `taken_at` (aware, UTC) is when the folders were listed."""

    def __init__(self, dataset: Dataset, files: Files, sources: Mapping[str, Source]) -> None:
        self._dataset = dataset
        self._files = files
        self._sources = sources
        self._noticed = Noticed(dataset)
        self._listed: dict[str, list[File]] = {}
        self.taken_at = datetime.now(UTC)
        for name in strangers(files, [source.pattern for source in sources.values()]):
            self._noticed.collection(name)
        for source in sources.values():
            self._list(source.pattern.folder)

    def read(self, collection: Collection, selection: Selection) -> Iterator[Sequence[Row]]:
        projector = Projector(collection, self._noticed)
        hidden = self._hidden(collection)
        for batch in batched(self._matching(collection, selection)):
            for name in hidden:
                for row in batch:
                    row.pop(name, None)
            yield [projector.project(row) for row in batch]

    def scan(
        self, collection: Collection, fields: Sequence[str], *, since: datetime | None = None
    ) -> Iterator[Sequence[Row]]:
        narrow, source = narrowed(collection, fields), self._sources[collection.name]
        projector, pruner = Projector(narrow, Noticed(self._dataset)), Pruner(narrow, EVERY_ROW, source.pattern.names)
        query = Query(narrow, EVERY_ROW, source.pattern.names, lambda _path: None)
        for file, values in self._paths(collection, source):
            if since is not None and file.written_at and file.written_at < since.timestamp():
                continue
            named = pruner.row({name: value for name, value in values.items() if name in fields})
            with closing(READERS[source.format](self._files, file, source.rows, query)) as rows:
                for batch in batched(rows):
                    yield [projector.project({**row, **named}) for row in batch]

    def count(self, collection: Collection, selection: Selection) -> int:
        return sum(1 for _row in self._matching(collection, selection))

    def undeclared(self) -> tuple[Undeclared, ...]:
        return self._noticed.sorted()

    def explain(self, collection: Collection, by: Sequence[tuple[str, ...]]) -> Explained:
        told = explain(collection, by, self._sources[collection.name])
        listed = [file for file, _values in self._paths(collection, self._sources[collection.name])]
        return replace(told, notes=(counted(listed), *told.notes))

    def matching(self, collection: Collection, selection: Selection) -> Iterator[Row]:
        """Yield the rows that match as they are, secrets among them: for what is not delivered."""
        return self._matching(collection, selection)

    def _matching(self, collection: Collection, selection: Selection) -> Iterator[Row]:
        source = self._sources[collection.name]
        matcher = Matcher(collection, selection)
        pruner = Pruner(collection, selection, source.pattern.names)
        query = Query(collection, selection, source.pattern.names, partial(self._noticed.field, collection))
        for file, values in self._paths(collection, source):
            given = pruner.row(values)
            if not pruner.keeps(given):
                continue
            with closing(READERS[source.format](self._files, file, source.rows, query)) as rows:
                yield from (row for row in (({**found, **given}) for found in rows) if matcher.matches(row))

    def _paths(self, collection: Collection, source: Source) -> Iterator[tuple[File, dict[str, str]]]:
        """Yield the collection's files with what their paths say. Raises StoreError if its folder is not there."""
        listed = self._list(source.pattern.folder)
        if not listed and not self._files.is_emptied(source.pattern.folder):
            where = source.pattern.folder or "the store's address"
            raise StoreError(f"{collection.dataset}:{collection.name}: no file lies below {where}", retry=False)
        for file in listed:
            values = source.pattern.values(file.path)
            if values is not None:
                yield file, values

    def _hidden(self, collection: Collection) -> frozenset[str]:
        """Return the fields of the path that nobody declared: those are names, not findings."""
        declared = {item.name for item in collection.fields}
        return frozenset(self._sources[collection.name].pattern.names) - declared

    def _list(self, folder: str) -> list[File]:
        if folder not in self._listed:
            self._listed[folder] = self._files.find(folder)
        return self._listed[folder]
