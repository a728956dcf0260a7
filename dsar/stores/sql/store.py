"""A SQL database as a store."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine

from dsar.datamap.model import Collection, Dataset
from dsar.stores.base import Certainty, Explained, FoundCollection
from dsar.stores.expiring import Expiry, Survey
from dsar.stores.sources import number
from dsar.stores.sql import mariadb, postgres
from dsar.stores.sql.changing import SqlChanging
from dsar.stores.sql.engines import changing_options, dispose, get_engine, short_options, snapshot_options
from dsar.stores.sql.errors import refused, translated
from dsar.stores.sql.expiring.deleting import Deleting
from dsar.stores.sql.expiring.described import Described
from dsar.stores.sql.expiring.surveying import survey
from dsar.stores.sql.explaining import explain_declared
from dsar.stores.sql.fetching import errors_of
from dsar.stores.sql.introspection import describe, sample
from dsar.stores.sql.loading import SqlLoading
from dsar.stores.sql.references import references
from dsar.stores.sql.remembering import Memory
from dsar.stores.sql.restoring import is_restored
from dsar.stores.sql.snapshot import SqlSnapshot
from dsar.stores.sql.tables import check_source
from dsar.values import Row

#: No person has more rows in one table; a result that goes on is a broken view.
MOST_ROWS = 1_000_000_000


def open_store(dataset: Dataset, url: str, options: Mapping[str, Any]) -> SqlStore:
    """Return the store of that address; connects when first used. Raises StoreConfigError."""
    for collection in dataset.collections:
        check_source(collection)
    most = int(number(options, "max_rows", MOST_ROWS, least=1, most=1e12))
    return SqlStore(dataset, get_engine(url, options), most, lambda: get_engine(url, options, writes=True))


class SqlStore:
    """A database behind one dataset; several threads may open snapshots at once."""

    kind = "sql"
    certainty = Certainty(collections=True, fields=True)

    def __init__(self, dataset: Dataset, engine: Engine, most_rows: int, writing: Callable[[], Engine]) -> None:
        self._dataset = dataset
        self._writing = writing
        self._engine = engine
        self._most_rows = most_rows
        self._memory = Memory()

    @contextmanager
    def snapshot(self) -> Iterator[SqlSnapshot]:
        with self._transaction() as connection, self._memory.doubted():
            snapshot = SqlSnapshot(self._dataset, connection, most_rows=self._most_rows, memory=self._memory)
            with snapshot.settled():
                yield snapshot

    @contextmanager
    def changing(self, *, commits: bool) -> Iterator[SqlChanging]:
        engine = self._writing()
        with translated(self._dataset.key), refused(self._dataset.key), engine.connect() as connection:
            connection.execution_options(**changing_options(engine))
            with connection.begin() as transaction, mariadb.hung_up_on(connection):
                with self._memory.doubted():
                    changing = SqlChanging(self._dataset, connection, most_rows=self._most_rows, memory=self._memory)
                    with changing.settled():
                        yield changing
                    changing.check()
                if not commits:
                    with errors_of(connection):
                        postgres.take_back(connection)
                    transaction.rollback()

    def is_bare(self, collection: Collection) -> bool:
        return False  # an empty table can be read

    @contextmanager
    def loading(self) -> Iterator[SqlLoading]:
        with self.changing(commits=True) as changing:
            yield SqlLoading(self._dataset, changing.connection)

    def survey(self, collection: Collection, expiry: Expiry) -> Survey:
        with self._transaction() as connection:
            return survey(Described(self._dataset, collection, expiry, connection), connection)

    def delete_expired(self, collection: Collection, expiry: Expiry) -> Iterator[int]:
        with self._transaction() as connection:
            described = Described(self._dataset, collection, expiry, connection)
        yield from Deleting(described, self._short_transaction, self._transaction).run()

    @property
    def looks_by_changing(self) -> bool:
        # SQLite lets one writer in at a time, and MariaDB reads something else than it changes.
        return self._engine.dialect.name == "postgresql"

    def references(self) -> tuple[FoundCollection, ...]:
        with self._transaction() as connection:
            return references(self._dataset, connection)

    def introspect(self) -> tuple[FoundCollection, ...]:
        with self._transaction() as connection:
            return describe(self._dataset, connection)

    def sample(self, found: FoundCollection, fields: Sequence[str], limit: int) -> Sequence[Row]:
        with self._transaction() as connection:
            return sample(self._dataset, connection, found, fields, limit)

    def explain(self, collection: Collection, by: Sequence[tuple[str, ...]]) -> Explained:
        return explain_declared(collection, by, self._dataset, self._engine.dialect)

    def restores(self, collection: Collection) -> bool:
        return is_restored(collection)

    def close(self) -> None:
        dispose(self._engine)
        dispose(self._writing())

    @contextmanager
    def _short_transaction(self) -> Iterator[Connection]:
        """Open a transaction in which each statement sees what is committed by then; it is committed at the end."""
        engine = self._writing()
        with translated(self._dataset.key), refused(self._dataset.key), engine.connect() as connection:
            connection.execution_options(**short_options(engine))
            with connection.begin(), mariadb.hung_up_on(connection):
                yield connection

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        with translated(self._dataset.key), self._engine.connect() as connection:
            connection.execution_options(**snapshot_options(self._engine))
            with connection.begin(), mariadb.hung_up_on(connection):
                yield connection
