"""An HTTP API as a store."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from dsar.datamap.model import Collection, Dataset
from dsar.stores.base import Explained, FoundCollection
from dsar.stores.http.client import HttpClient
from dsar.stores.http.explaining import explain
from dsar.stores.http.options import HttpOptions, read_options
from dsar.stores.http.restoring import HttpRestoring, is_restored
from dsar.stores.http.snapshot import HttpSnapshot
from dsar.stores.http.source import Source, read_source


def open_store(dataset: Dataset, url: str, options: Mapping[str, Any]) -> HttpStore:
    """Return the store of that address; connects when first used. Raises StoreConfigError."""
    return HttpStore(dataset, read_options(url, options))


class HttpStore:
    """A service behind one dataset; several threads may open snapshots at once and share its rate."""

    kind = "http"
    certainty = None

    def __init__(self, dataset: Dataset, options: HttpOptions) -> None:
        self._dataset = dataset
        self._options = options
        self._client = HttpClient(options)
        self._sources: dict[str, Source] = {item.name: read_source(item) for item in dataset.collections}

    @contextmanager
    def snapshot(self) -> Iterator[HttpSnapshot]:
        yield HttpSnapshot(self._dataset, self._client, self._options, self._sources)

    @contextmanager
    def changing(self, *, commits: bool) -> Iterator[HttpRestoring]:
        changing = HttpRestoring(self._dataset, self._client, self._options, self._sources)
        yield changing
        changing.end(commits=commits)

    def introspect(self) -> tuple[FoundCollection, ...]:
        """Return nothing: a service does not say which resources it has, and each is asked by somebody's value."""
        return ()

    def explain(self, collection: Collection, by: Sequence[tuple[str, ...]]) -> Explained:
        return explain(collection, by, self._sources[collection.name], self._options.base)

    def restores(self, collection: Collection) -> bool:
        return is_restored(collection, self._sources[collection.name])

    def close(self) -> None:
        self._client.close()
