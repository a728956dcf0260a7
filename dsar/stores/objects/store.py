"""Files as a store."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from typing import Any

from dsar.datamap.model import Collection, Dataset, Field, Location
from dsar.stores.base import Certainty, Explained, FoundCollection, StoreError
from dsar.stores.expiring import Expiry, Survey, survey_rows
from dsar.stores.objects.changing.snapshot import ObjectsChanging, medium_of
from dsar.stores.objects.discovering import patterns
from dsar.stores.objects.expiring import delete_expired
from dsar.stores.objects.explaining import explain
from dsar.stores.objects.files import Files
from dsar.stores.objects.loading import ObjectsLoading
from dsar.stores.objects.restoring.snapshot import ObjectsRestoring, is_restored
from dsar.stores.objects.rows import READERS, describe
from dsar.stores.objects.snapshot import ObjectsSnapshot
from dsar.stores.objects.source import Source, read_source
from dsar.stores.objects.strangers import strangers
from dsar.stores.patterns import placeholders


def open_store(dataset: Dataset, url: str, options: Mapping[str, Any]) -> ObjectsStore:
    """Return the store of that address; looks at it when first used. Raises StoreConfigError."""
    return ObjectsStore(dataset, Files(url, options))


class ObjectsStore:
    """Files of one dataset; several threads may open snapshots at once."""

    kind = "objects"
    certainty = Certainty(collections=True, fields=False)

    def __init__(self, dataset: Dataset, files: Files) -> None:
        self._dataset = dataset
        self._files = files
        self._sources: dict[str, Source] = {item.name: read_source(item) for item in dataset.collections}

    @contextmanager
    def snapshot(self) -> Iterator[ObjectsSnapshot]:
        yield ObjectsSnapshot(self._dataset, self._files, self._sources)

    @contextmanager
    def changing(self, *, commits: bool) -> Iterator[ObjectsRestoring]:
        medium = medium_of(self._files)
        with medium.changing() if commits else nullcontext():
            changing = ObjectsRestoring(self._dataset, self._files, self._sources, medium)
            yield changing
            changing.finish(commits=commits)

    def is_bare(self, collection: Collection) -> bool:
        """Return whether no file lies where the collection's do: it cannot be read then."""
        return not self._files.find(self._sources[collection.name].pattern.folder)

    @contextmanager
    def loading(self) -> Iterator[ObjectsLoading]:
        if self._files.folder is None:
            raise StoreError(f"{self._dataset.key}: only files of this machine can be loaded yet", retry=False)
        with ObjectsLoading(self._files.folder, self._sources) as loading:
            yield loading

    def survey(self, collection: Collection, expiry: Expiry) -> Survey:
        with self.snapshot() as snapshot:
            return survey_rows(snapshot.matching(collection, expiry.everything), expiry)

    def delete_expired(self, collection: Collection, expiry: Expiry) -> Iterator[int]:
        medium = medium_of(self._files)
        changing = ObjectsChanging(self._dataset, self._files, self._sources, medium)
        yield from delete_expired(changing, medium, collection, expiry)

    def introspect(self) -> tuple[FoundCollection, ...]:
        patterns = [source.pattern for source in self._sources.values()]
        declared = (self._describe(item) for item in self._dataset.collections)
        found = (FoundCollection(name, {}) for name in strangers(self._files, patterns))
        return (*(item for item in declared if item is not None), *found)

    def explain(self, collection: Collection, by: Sequence[tuple[str, ...]]) -> Explained:
        return explain(collection, by, self._sources[collection.name])

    def discover(self) -> tuple[FoundCollection, ...]:
        """Return a collection for each pattern of files that can be read, with the fields of one file's first rows."""
        listed = [item.path for item in self._files.find("")]
        return tuple(item for name, path, format in patterns(listed, READERS) if (item := self._at(name, path, format)))

    def restores(self, collection: Collection) -> bool:
        return is_restored(self._sources[collection.name])

    def close(self) -> None:
        """Nothing to close: every file is closed where it was opened."""

    def _at(self, name: str, path: str, format: str) -> FoundCollection | None:
        source, place = {"path": path, "format": format}, Location("", 0)
        parts = tuple(Field(part, part, place) for part in placeholders(path))
        collection = Collection(self._dataset.key, name, place, fields=parts, source=source)
        other = ObjectsStore(Dataset(self._dataset.key, place, collections=(collection,)), self._files)
        found = other._describe(collection)
        return found and replace(found, declared=(), source=source)

    def _describe(self, collection: Collection) -> FoundCollection | None:
        """Return what the first file shows; None if there is no file."""
        source = self._sources[collection.name]
        listed = self._files.find(source.pattern.folder)
        file = next((item for item in listed if source.pattern.values(item.path) is not None), None)
        if file is None:
            return None
        fields = dict.fromkeys(source.pattern.names, "string")
        fields |= describe(self._files, file, source.rows, source.format)
        return FoundCollection(collection.name, fields, collection.primary_key, (collection.name,))
