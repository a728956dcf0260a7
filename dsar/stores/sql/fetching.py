"""Rows as the driver gives them, by the batch, in flat memory.

SQLAlchemy makes an object of every row and asks a server's cursor four or five times for a few rows: for a long table
that is most of the time, and for a short one most of the round trips. So the driver's cursor is read here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, Select, event
from sqlalchemy.exc import DBAPIError

from dsar.stores.batching import BATCH_ROWS

Batch = Sequence[Sequence[Any]]
#: What is bound by name, beside the values that a query brings along.
Values = Mapping[str, Any]
NONE: Values = {}
#: The execution option by which a statement is declared as a cursor of that name.
_DECLARED = "dsar_cursor"
_MOST_OPEN = 32  # cursors that were read to their end and are not closed yet


class Reading:
    """Reads queries in one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._declared = 0
        self._done: list[str] = []
        self._coming: set[Future[Batch]] = set()

    @contextmanager
    def settled(self) -> Iterator[None]:
        """Wait, before the transaction ends, for what is still being fetched.

        Whoever stops reading half-way leaves it behind: after the end it would begin another transaction, which fails.
        """
        try:
            yield
        finally:
            wait(self._coming)

    def batches(self, query: Select[Any], values: Values = NONE) -> Iterator[Batch]:
        """Yield the rows of a query with these values, none of the batches empty. Raises SQLAlchemyError."""
        read = {"postgresql": self._by_cursor, "sqlite": self._stepped}.get(
            self._connection.dialect.name, self._streamed
        )
        yield from read(query, values)

    def at_once(self, query: Select[Any], values: Values = NONE) -> Iterator[Batch]:
        """Yield the rows of a query that has few, as one batch. Raises SQLAlchemyError."""
        with self._connection.execute(query, values) as result:
            if found := result.all():
                yield found

    def _by_cursor(self, query: Select[Any], values: Values) -> Iterator[Batch]:
        """Read through a cursor of the server. While one batch is worked on the next is fetched."""
        # Named anew in each transaction: a statement that is the same each time is parsed by the server once.
        name = f"dsar_{self._declared}"
        self._declared += 1
        self._connection.execute(query, values, execution_options={_DECLARED: name}).close()
        driver = self._connection.connection.cursor()

        def fetch() -> Batch:
            driver.execute(f"FETCH {BATCH_ROWS} FROM {name}")
            return list(driver.fetchall())

        with errors_of(self._connection):
            batch = fetch()
            yield from self._read_ahead(batch, fetch) if len(batch) == BATCH_ROWS else [batch] if batch else []
            self._done.append(name)
            # The end of the transaction closes them all; for a few, asking the server to is a trip for nothing.
            if len(self._done) == _MOST_OPEN:
                driver.execute("; ".join(f"CLOSE {done}" for done in self._done))
                self._done.clear()
            driver.close()

    def _read_ahead(self, batch: Batch, fetch: Callable[[], Batch]) -> Iterator[Batch]:
        with ThreadPoolExecutor(max_workers=1, thread_name_prefix="fetch") as thread:
            while len(batch) == BATCH_ROWS:
                coming = thread.submit(fetch)
                self._coming.add(coming)
                yield batch
                batch = coming.result()
                self._coming.discard(coming)
            if batch:
                yield batch

    def _stepped(self, query: Select[Any], values: Values) -> Iterator[Batch]:
        """Read on as far as rows are asked for, as SQLite does by itself."""
        with self._connection.execute(query, values) as result, errors_of(self._connection):
            while batch := result.cursor.fetchmany(BATCH_ROWS):
                yield batch

    def _streamed(self, query: Select[Any], values: Values) -> Iterator[Batch]:
        """Read with whatever SQLAlchemy knows of the database."""
        options = {"stream_results": True, "yield_per": BATCH_ROWS}
        with self._connection.execute(query, values, execution_options=options) as result:
            yield from result.partitions()


def declare_cursors(engine: Engine) -> None:
    """Let statements with a cursor's name open that cursor; to be called once for an engine of PostgreSQL."""
    event.listen(engine, "before_cursor_execute", _declare, retval=True)


def _declare(
    _connection: Connection, _cursor: object, statement: str, parameters: object, context: Any, _many: bool
) -> tuple[str, object]:
    name = context.execution_options.get(_DECLARED) if context is not None else None
    return (f"DECLARE {name} NO SCROLL CURSOR FOR {statement}" if name else statement), parameters


@contextmanager
def errors_of(connection: Connection) -> Iterator[None]:
    """Raise the driver's errors as SQLAlchemy does; a connection that was lost goes back to no pool."""
    driver = connection.dialect.loaded_dbapi
    try:
        yield
    except driver.Error as error:
        is_lost = connection.dialect.is_disconnect(error, None, None)
        if is_lost:
            connection.invalidate(error)
        raise DBAPIError.instance(
            None, None, error, driver.Error, hide_parameters=True, connection_invalidated=is_lost
        ) from error
