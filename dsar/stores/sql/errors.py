"""What a database's errors mean for a retry, said without the values that were asked for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import (
    DataError,
    DBAPIError,
    IntegrityError,
    InterfaceError,
    NoSuchTableError,
    OperationalError,
    SQLAlchemyError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from dsar.stores.base import ForbiddenError, StoreError


@contextmanager
def translated(doing: str) -> Iterator[None]:
    """Raise SQLAlchemy's errors as StoreError; `doing` names dataset and table, never a value."""
    try:
        yield
    except NoSuchTableError as error:
        raise StoreError(f"{doing}: there is no table {error} that this account may read", retry=False) from error
    except PoolTimeoutError as error:
        raise StoreError(f"{doing}: every connection is busy", retry=True) from error
    except DBAPIError as error:
        raise StoreError(f"{doing}: {_reason(error)}", retry=_can_help(error)) from error
    except SQLAlchemyError as error:
        raise StoreError(f"{doing}: {type(error).__name__}", retry=False) from error


@contextmanager
def refused(doing: str) -> Iterator[None]:
    """Raise what a database's own rules forbid as ForbiddenError: by the rule's name, never by a value."""
    try:
        yield
    except (IntegrityError, DataError) as error:
        facts = getattr(error.orig, "diag", None)
        names = [getattr(facts, name, None) for name in ("table_name", "column_name", "constraint_name")]
        named = " ".join(name for name in names if name)
        raise ForbiddenError(f"{doing}: the database refuses this ({_reason(error)}) {named}".rstrip()) from error


#: What waiting does not mend although drivers call it operational: no such column, table or database, not allowed.
_LASTING = frozenset({1044, 1045, 1049, 1054, 1142, 1143, 1146, 1356, "SQLITE_ERROR", "SQLITE_CORRUPT"})


#: Ended for its time, or for waiting too long for somebody's lock.
_TOO_LONG = frozenset({"57014", "55P03", 1205, 1969, 3024, "SQLITE_INTERRUPT"})


def is_too_long(error: DBAPIError) -> bool:
    """Return whether a statement was ended because it took or waited too long."""
    return _state(error) in _TOO_LONG


def _can_help(error: DBAPIError) -> bool:
    if error.connection_invalidated:
        return True
    state = _state(error)
    is_lasting = state in _LASTING or (state is None and _words(error) in _LASTING_WORDS)
    return isinstance(error, OperationalError | InterfaceError) and not is_lasting


def _state(error: DBAPIError) -> str | int | None:
    """Return the SQLSTATE, SQLite's name of the error, or MariaDB's number of it (which says more than its state)."""
    first = error.orig.args[0] if error.orig is not None and error.orig.args else None
    if isinstance(first, int):
        return first
    return getattr(error.orig, "sqlstate", None) or getattr(error.orig, "sqlite_errorname", None)


def _reason(error: DBAPIError) -> str:
    """Name the error by words of ours, its class and state: a driver's sentence may quote what it could not take."""
    name, state, words = type(error.orig).__name__, _state(error), _words(error)
    named = f"{name} {state}" if state else name
    return f"{words} ({named})" if words else named


def _words(error: DBAPIError) -> str:
    """Return what the state means; an error of connecting to PostgreSQL has none, and is known by its sentence."""
    state = _state(error)
    if state is not None:
        return _MEANINGS.get(state, "")
    sentence = str(error.orig)
    return next((words for part, words in _SENTENCES if part in sentence), "")


_NOBODY = "nobody answers at its address"
_NO_DATABASE = "there is no such database"
_REFUSED = "the account or its password is refused"
_NO_RIGHT = "this account may not read this"
_LOST = "the connection was lost"
_TIMEOUT = "took longer than statement_timeout allows"
_LASTING_WORDS = frozenset({_NO_DATABASE, _REFUSED})
_MEANINGS: dict[str | int, str] = {
    **dict.fromkeys(("23503", "SQLITE_CONSTRAINT_FOREIGNKEY", 1451, 1452), "a foreign key"),
    **dict.fromkeys(("23502", "SQLITE_CONSTRAINT_NOTNULL", 1048), "a column that may not be empty"),
    **dict.fromkeys(("23505", "SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_PRIMARYKEY", 1062), "a unique value"),
    **dict.fromkeys(("23514", "SQLITE_CONSTRAINT_CHECK", 4025), "a rule on values"),
    **dict.fromkeys(("22001", 1406), "a value that is too long"),
    **dict.fromkeys(("57014", "SQLITE_INTERRUPT", 1969, 3024), _TIMEOUT),
    **dict.fromkeys(("42501", 1044, 1142, 1143), _NO_RIGHT),
    **dict.fromkeys(("57P01", 2006, 2013), _LOST),
    **dict.fromkeys((2002, 2003), _NOBODY),
    1045: _REFUSED,
    1049: _NO_DATABASE,
    "SQLITE_CANTOPEN": "there is no such file, or it may not be read",
    "SQLITE_NOTADB": "the file is no SQLite database",
}
_SENTENCES = (
    ("Connection refused", _NOBODY),
    ("timeout expired", "does not answer in time"),
    ("resolve host", "its host is not known"),
    ("translate host", "its host is not known"),
    ("authentication failed", _REFUSED),
    ("not permitted to log in", _REFUSED),
    ("no pg_hba.conf entry", _REFUSED),
    ('FATAL:  role "', _REFUSED),
    ('FATAL:  database "', _NO_DATABASE),
)
