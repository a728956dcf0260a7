"""What a database's errors mean for a retry, said without the values that were asked for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, InterfaceError, NoSuchTableError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from dsar.stores.base import StoreError


@contextmanager
def translated(doing: str) -> Iterator[None]:
    """Raise SQLAlchemy's errors as StoreError; `doing` names dataset and table, never a value."""
    try:
        yield
    except NoSuchTableError as error:
        raise StoreError(f"{doing}: there is no table {error}", retry=False) from error
    except PoolTimeoutError as error:
        raise StoreError(f"{doing}: every connection is busy", retry=True) from error
    except DBAPIError as error:
        raise StoreError(f"{doing}: {_reason(error)}", retry=_can_help(error)) from error
    except SQLAlchemyError as error:
        raise StoreError(f"{doing}: {type(error).__name__}", retry=False) from error


#: What waiting does not mend although drivers call it operational: no such column, table or database, not allowed.
_LASTING = frozenset({1044, 1045, 1049, 1054, 1142, 1143, 1146, 1356, "SQLITE_ERROR", "SQLITE_CORRUPT"})


def _can_help(error: DBAPIError) -> bool:
    if error.connection_invalidated:
        return True
    return isinstance(error, OperationalError | InterfaceError) and _state(error) not in _LASTING


def _state(error: DBAPIError) -> str | int | None:
    """Return the SQLSTATE, SQLite's name of the error, or MariaDB's number of it (which says more than its state)."""
    first = error.orig.args[0] if error.orig is not None and error.orig.args else None
    if isinstance(first, int):
        return first
    return getattr(error.orig, "sqlstate", None) or getattr(error.orig, "sqlite_errorname", None)


def _reason(error: DBAPIError) -> str:
    """Name the error by its class and state: a driver's sentence may quote the value it could not take."""
    name, state = type(error.orig).__name__, _state(error)
    words = f"{name} ({state})" if state else name
    return f"{words}: {_TIMEOUT}" if state in _TIMED_OUT else words


_TIMED_OUT = frozenset({"57014", "SQLITE_INTERRUPT", 1969, 3024})
_TIMEOUT = "took longer than statement_timeout allows"
