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


def _can_help(error: DBAPIError) -> bool:
    return error.connection_invalidated or isinstance(error, OperationalError | InterfaceError)


def _reason(error: DBAPIError) -> str:
    """Name the error by its class and SQLSTATE: a driver's sentence may quote the value it could not take."""
    name = type(error.orig).__name__
    state = getattr(error.orig, "sqlstate", None) or getattr(error.orig, "sqlite_errorname", None)
    return f"{name} ({state})" if state else name
