"""A MongoDB database as a store."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from pymongo.client_session import ClientSession
from pymongo.database import Database
from pymongo.read_concern import ReadConcern
from pymongo.read_preferences import ReadPreference
from pymongo.write_concern import WriteConcern

from dsar.datamap.model import Collection, Dataset
from dsar.stores.base import Certainty, Explained, FoundCollection
from dsar.stores.mongo.client import Document, make_database, translated, wants_snapshot
from dsar.stores.mongo.explaining import explain
from dsar.stores.mongo.restoring import MongoRestoring
from dsar.stores.mongo.sampling import sampled_fields, secret_paths
from dsar.stores.mongo.snapshot import MongoSnapshot, collection_names
from dsar.stores.mongo.source import read_source

#: MongoDB 5.0, the first with snapshot sessions.
_SNAPSHOT_WIRE_VERSION = 13
#: MongoDB 4.2, the first with transactions on sharded clusters, too.
_TRANSACTION_WIRE_VERSION = 8


def open_store(dataset: Dataset, url: str, options: Mapping[str, Any]) -> MongoStore:
    """Return the store of that address; connects when first used. Raises StoreConfigError."""
    return MongoStore(dataset, make_database(url, options), snapshots=wants_snapshot(options))


class MongoStore:
    """A database behind one dataset; several threads may open snapshots at once."""

    kind = "mongo"
    certainty = Certainty(collections=True, fields=False)

    def __init__(self, dataset: Dataset, database: Database[Document], *, snapshots: bool) -> None:
        self._dataset = dataset
        self._database = database
        self._snapshots = snapshots
        self._names = {item.name: read_source(item) for item in dataset.collections}

    @contextmanager
    def snapshot(self) -> Iterator[MongoSnapshot]:
        with self._session() as session:
            yield MongoSnapshot(self._dataset, self._database, self._names, session)

    @contextmanager
    def changing(self, *, commits: bool) -> Iterator[MongoRestoring]:
        with translated(self._dataset.key), self._transaction(commits=commits) as session:
            changing = MongoRestoring(self._dataset, self._database, self._names, session)
            yield changing
            changing.end(commits=commits)

    def introspect(self) -> tuple[FoundCollection, ...]:
        """Return the declared collections that are there, and all others, with the fields of a sample of each."""
        with translated(self._dataset.key):
            existing = collection_names(self._database)
            known = [self._found(item) for item in self._dataset.collections if self._names[item.name] in existing]
            others = [
                FoundCollection(name, sampled_fields(self._database, name, ()), ("_id",), source={"collection": name})
                for name in sorted(existing - set(self._names.values()))
            ]
        return (*known, *others)

    def explain(self, collection: Collection, by: Sequence[tuple[str, ...]]) -> Explained:
        return explain(collection, by, self._names[collection.name])

    def restores(self, collection: Collection) -> bool:
        return True

    def close(self) -> None:
        self._database.client.close()

    def _found(self, collection: Collection) -> FoundCollection:
        fields = sampled_fields(self._database, self._names[collection.name], secret_paths(collection))
        return FoundCollection(collection.name, fields, ("_id",), (collection.name,))

    @contextmanager
    def _session(self) -> Iterator[ClientSession | None]:
        """Open a snapshot session; a standalone server, or one before 5.0, has none."""
        if self._snapshots and self._is_cluster(_SNAPSHOT_WIRE_VERSION):
            with self._database.client.start_session(snapshot=True) as session:
                yield session
        else:
            yield None

    @contextmanager
    def _transaction(self, *, commits: bool) -> Iterator[ClientSession | None]:
        """Open a transaction, which ends with the block; a standalone server, or one before 4.2, has none."""
        if not self._is_cluster(_TRANSACTION_WIRE_VERSION):
            yield None
            return
        with self._database.client.start_session() as session:
            session.start_transaction(ReadConcern("snapshot"), WriteConcern("majority"), ReadPreference.PRIMARY)
            yield session
            if commits:
                session.commit_transaction()
            else:
                session.abort_transaction()  # an error does so, too: the session ends

    def _is_cluster(self, wire_version: int) -> bool:
        """Return whether this is a replica set or sharded cluster of servers that are as new. Raises StoreError."""
        with translated(self._dataset.key):
            hello = self._database.client.admin.command("hello")
        clustered = "setName" in hello or hello.get("msg") == "isdbgrid"
        return bool(clustered and hello["maxWireVersion"] >= wire_version)
