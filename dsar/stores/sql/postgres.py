"""What psycopg would lose or refuse to read, read without loss: months, infinite dates, types of somebody's own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any, TypeVar

from psycopg import Connection, DataError, errors, generators
from psycopg.abc import RV, Buffer, PQGen
from psycopg.pq import ExecStatus
from psycopg.types.datetime import (
    DateLoader,
    IntervalLoader,
    TimeLoader,
    TimestampLoader,
    TimestamptzLoader,
    TimetzLoader,
)
from sqlalchemy import Connection as SqlConnection
from sqlalchemy import String, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY, DOMAIN
from sqlalchemy.types import CHAR, Date, DateTime, Enum, Text, TypeEngine

T = TypeVar("T")

_TABLES = text(
    "SELECT relname FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace"
    " WHERE nspname = coalesce(:schema, current_schema()) AND relkind IN ('r', 'p', 'f') AND NOT relispartition"
    " ORDER BY relname"
).bindparams(bindparam("schema", type_=String))

_SCHEMAS = text(
    "SELECT nspname FROM pg_namespace"
    " WHERE nspname NOT LIKE 'pg\\_%' AND nspname <> 'information_schema' AND has_schema_privilege(oid, 'USAGE')"
    " ORDER BY nspname"
)


def schema_names(connection: SqlConnection) -> list[str]:
    """Return the schemas of the database that this account may use, the system's own left out."""
    return list(connection.execute(_SCHEMAS).scalars())


def table_names(connection: SqlConnection, schema: str | None) -> list[str]:
    """Return the tables of a schema (None: the first of the search path) without partitions, sorted."""
    return list(connection.execute(_TABLES, {"schema": schema}).scalars())


def without_domain(kind: TypeEngine[Any]) -> TypeEngine[Any]:
    """Return the type that a domain narrows: its values are read and compared as those of that type."""
    while isinstance(kind, DOMAIN):
        kind = kind.data_type
    return kind


def read_as(kind: TypeEngine[Any]) -> TypeEngine[Any] | None:
    """Return the type to which a column is cast when it is read; None where it is read as it is."""
    # Python reads the texts of dates (dsar.stores.sql.values) several times faster than psycopg reads them. The spaces
    # that fill up a CHAR mean nothing, says PostgreSQL's manual: kept, they would keep it from equalling other text.
    if isinstance(kind, DateTime | Date | CHAR):
        return Text()
    # psycopg knows no array of a type that somebody has made, and would leave its text as one value.
    if isinstance(kind, ARRAY):
        part = without_domain(kind.item_type)
        wanted = Text() if isinstance(part, CHAR | Enum) else part
        return None if wanted is kind.item_type else ARRAY(wanted)
    return None


class _Impatient(Connection[Any]):
    """Waits so many seconds at most for the server to do one thing.

    The server keeps to statement_timeout; one that says nothing at all, or a network that lost it, keeps to nothing.
    """

    most_seconds: float | None = None

    def wait(self, gen: PQGen[RV], interval: float = 0.1, timeout: float | None = None) -> RV:
        try:
            return super().wait(gen, interval=interval, timeout=self.most_seconds if timeout is None else timeout)
        except errors._WaitTimeout:
            self.close()  # what comes after all would be taken for the answer to the next question
            raise errors.QueryCanceled("the server says nothing") from None

    def take_back(self) -> None:
        """Roll the transaction back, and go on with the statements that the server has prepared.

        psycopg's own rollback forgets them all, lest they name a table that came and went in the transaction. A dry
        run makes none, and would leave each statement to be planned anew in every erasure.
        """
        with self.lock:
            self.pgconn.send_query(b"ROLLBACK")
            (result,) = self.wait(generators.execute(self.pgconn))
            if result.status != ExecStatus.COMMAND_OK:
                raise errors.error_from_result(result)


def take_back(connection: SqlConnection) -> None:
    """End the transaction of a dry run in which nothing was made but changes of rows. Raises the driver's errors."""
    driver = connection.connection.driver_connection
    if isinstance(driver, _Impatient):
        driver.take_back()


def connect(_dialect: Any, _record: Any, arguments: Any, parameters: Any, *, seconds: float) -> Connection[Any]:
    """Connect for SQLAlchemy's event do_connect; whatever is asked later is waited for so many seconds."""
    connection = _Impatient.connect(*arguments, **parameters)
    connection.most_seconds = seconds
    return connection


def prepare_connection(connection: Any, _record: Any) -> None:
    """Register the loaders below on a new connection of psycopg."""
    for name, loader in _LOADERS.items():
        connection.adapters.register_loader(name, loader)


class _Interval(IntervalLoader):
    """A month is no number of days, so an interval that has one stays the text that PostgreSQL writes."""

    def load(self, data: Buffer) -> timedelta | str:  # type: ignore[override]
        text = bytes(data).decode()
        return text if "mon" in text or "year" in text else _load(super().load, data)


class _Date(DateLoader):
    def load(self, data: Buffer) -> date | str:  # type: ignore[override]
        return _load(super().load, data)


class _Time(TimeLoader):
    def load(self, data: Buffer) -> time | str:  # type: ignore[override]
        return _load(super().load, data)


class _Timetz(TimetzLoader):
    def load(self, data: Buffer) -> time | str:  # type: ignore[override]
        return _load(super().load, data)


class _Timestamp(TimestampLoader):
    def load(self, data: Buffer) -> datetime | str:  # type: ignore[override]
        return _load(super().load, data)


class _Timestamptz(TimestamptzLoader):
    def load(self, data: Buffer) -> datetime | str:  # type: ignore[override]
        return _load(super().load, data)


def _load(load: Callable[[Buffer], T], data: Buffer) -> T | str:
    """Return the value, or its text where Python has no such value (infinity, 24:00:00, years BC)."""
    try:
        return load(data)
    except DataError:
        return bytes(data).decode()


_LOADERS = {
    "interval": _Interval,
    "date": _Date,
    "time": _Time,
    "timetz": _Timetz,
    "timestamp": _Timestamp,
    "timestamptz": _Timestamptz,
}
