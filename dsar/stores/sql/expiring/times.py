"""When a column of a SQL database is before a moment, as a condition: exactly, or at least."""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, false, func, true
from sqlalchemy import types as sqltypes
from sqlalchemy.dialects import mysql
from sqlalchemy.types import TypeEngine

from dsar.stores.ages import Limit
from dsar.stores.sql import mariadb
from dsar.values import Value

#: A text in any zone that is before a moment is, day by day, less than what is written of this much later.
_ZONES = timedelta(days=2)
#: MariaDB's 0000-00-00 is no day.
_FIRST_DAY = "0001-01-01"


def is_typed(kind: TypeEngine[Any], dialect: str) -> bool:
    """Return whether the database itself compares values of the column as moments or days."""
    knows = dialect == "postgresql" or dialect in mariadb.DIALECTS
    return knows and isinstance(kind, sqltypes.DateTime | sqltypes.Date)


def before(column: ColumnElement[Any], kind: TypeEngine[Any], limit: Limit, dialect: str) -> ColumnElement[bool]:
    """Return the condition that a column with a type of times is before the limit.

    False for all where its values have no zone and nobody has said which is meant.
    """
    value = _comparable(kind, limit)
    if value is None:
        return false()
    earlier = column < bindparam(None, value, type_=kind, unique=True)
    if dialect == "postgresql":
        return and_(earlier, func.isfinite(column))
    return and_(earlier, column >= _FIRST_DAY)


def at_least_before(
    column: ColumnElement[Any], kind: TypeEngine[Any], limit: Limit, dialect: str
) -> ColumnElement[bool]:
    """Return a condition that lets all rows through that are before the limit, and maybe others."""
    if is_typed(kind, dialect):
        return before(column, kind, limit, dialect)
    if dialect == "sqlite" and isinstance(kind, sqltypes.DateTime | sqltypes.Date):
        written = (limit.instant + _ZONES).date().isoformat()
        return column < bindparam(None, written, type_=sqltypes.Text(), unique=True)
    return true()


def after(column: ColumnElement[Any], kind: TypeEngine[Any], limit: Limit) -> ColumnElement[bool]:
    """Return the condition that a column with a type of times is later than the limit."""
    value = _comparable(kind, limit)
    return false() if value is None else column > bindparam(None, value, type_=kind, unique=True)


def has_no_zone(kind: TypeEngine[Any], limit: Limit) -> bool:
    """Return whether nobody has said in which zone values of this type are meant."""
    return _comparable(kind, limit) is None


def _comparable(kind: TypeEngine[Any], limit: Limit) -> Value:
    """Return the limit in the form in which the type is compared."""
    if isinstance(kind, mysql.TIMESTAMP):  # an instant; the session's zone is UTC
        return limit.instant.astimezone(UTC).replace(tzinfo=None)
    if isinstance(kind, sqltypes.DateTime):
        return limit.instant if kind.timezone else limit.local
    return limit.day
