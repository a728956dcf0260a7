"""How many rows go at once: so many that a statement keeps others waiting for a moment, and never for a second."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Connection, text
from sqlalchemy.exc import OperationalError

from dsar.stores.sql import mariadb
from dsar.stores.sql.errors import is_too_long

FIRST_ROWS, LEAST_ROWS, MOST_ROWS = 1_000, 10, 20_000
#: Seconds that a statement is wanted to take, and that it may take at most: then the database ends it.
WANTED, MOST = 0.25, 1.0


#: For one transaction. Keys that are left out are hashed by a plan that is made for them; a plan for any keys
#: compares each row with each of them.
_SETTINGS = {
    "statement_timeout": str(int(MOST * 1000)),
    "lock_timeout": str(int(MOST * 1000)),
    "plan_cache_mode": "force_custom_plan",
}
_LIMITS = text("SELECT " + ", ".join(f"set_config('{name}', '{value}', true)" for name, value in _SETTINGS.items()))


class TooLongError(Exception):
    """A statement was ended by the database, and its transaction taken back: take fewer rows."""


@dataclass
class Turns:
    """The number of rows of the next statement, by how long the last one took."""

    rows: int = FIRST_ROWS

    def took(self, seconds: float) -> None:
        if seconds < WANTED / 2:
            self.rows = min(self.rows * 2, MOST_ROWS)
        elif seconds > WANTED * 1.5:
            self.rows = max(self.rows // 2, LEAST_ROWS)

    def was_too_long(self) -> bool:
        """Take fewer; return whether there are fewer to take."""
        before, self.rows = self.rows, max(self.rows // 8, LEAST_ROWS)
        return self.rows < before


@contextmanager
def limited(connection: Connection) -> Iterator[None]:
    """Have the database end what takes or waits longer than MOST seconds in this transaction. Raises TooLongError."""
    dialect = connection.dialect.name
    if dialect == "postgresql":
        connection.execute(_LIMITS)
    before = _limited_mariadb(connection) if dialect in mariadb.DIALECTS else None
    try:
        yield
    except OperationalError as error:
        if is_too_long(error):
            raise TooLongError from error
        raise
    finally:
        if before is not None:
            before()


def _limited_mariadb(connection: Connection) -> Callable[[], None]:
    names = ("max_statement_time", "innodb_lock_wait_timeout")
    values = connection.execute(text("SELECT " + ", ".join(f"@@{name}" for name in names))).one()
    connection.execute(text(f"SET max_statement_time = {MOST}, innodb_lock_wait_timeout = {int(MOST)}"))

    def put_back() -> None:
        if not connection.invalidated:
            settings = ", ".join(f"{name} = {value}" for name, value in zip(names, values, strict=True))
            connection.execute(text(f"SET {settings}"))

    return put_back
