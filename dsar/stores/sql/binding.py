"""How wanted values are bound against a real column: by its type, so that no value can make the database fail.

A value that the column cannot hold (an email for an integer column) is left out: it equals no row.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, Text, any_, bindparam, func, type_coerce
from sqlalchemy import cast as sql_cast
from sqlalchemy import types as sqltypes
from sqlalchemy.dialects import mysql
from sqlalchemy.dialects.postgresql import ARRAY, INET
from sqlalchemy.types import TypeEngine

from dsar.datamap.model import Field
from dsar.stores.sql import forms, mariadb
from dsar.stores.sql.forms import Forms, casting
from dsar.values import Value


class _AsItIs(sqltypes.UserDefinedType[Any]):
    """Hands each value to the driver; SQLAlchemy would take the type of the first for that of all."""

    cache_ok = True

    def coerce_compared_value(self, op: Any, value: Any) -> TypeEngine[Any]:
        return self


@dataclass(frozen=True, slots=True)
class Binder:
    """The expression to compare with, the type to bind as, and the forms in which a value is bound."""

    expression: ColumnElement[Any]
    type: TypeEngine[Any]
    forms: Callable[[Value], list[Value]]
    is_array: bool = False
    binds_arrays: bool = False
    is_loose: bool = False

    @property
    def is_single(self) -> bool:
        """Whether a row has one value here, so that a tuple can be made of it and others."""
        return not (self.is_array or self.is_loose)

    def any_of(self, values: list[Value]) -> ColumnElement[bool]:
        """Return the condition that the column, or an element of an array column, is one of the bound values.

        A loose one lets every row through that holds a document: which of them match is decided in Python.
        """
        if self.is_loose:
            return self.expression.is_not(None)
        if self.is_array:
            return self.expression.overlap(sql_cast(values, self.type))  # type: ignore[no-any-return]
        if self.binds_arrays:
            # One array instead of thousands of parameters: less to write, to send and to take apart.
            return self.expression == any_(bindparam(None, values, type_=ARRAY(self.type), unique=True))
        return type_coerce(self.expression, self.type).in_(values)


def make_binder(column: ColumnElement[Any], real_type: TypeEngine[Any], item: Field | None, dialect: str) -> Binder:
    """Return how values are compared with the column; emails without regard to case, all else by equality."""
    binder = _binder(column, real_type, item, dialect)
    return replace(binder, binds_arrays=dialect == "postgresql")


def loose_binder(column: ColumnElement[Any]) -> Binder:
    """Return how values are looked for inside documents: each database has its own way into them, and its own traps."""
    return Binder(column, _AsItIs(), lambda value: [value], is_loose=True)


def _binder(column: ColumnElement[Any], real_type: TypeEngine[Any], item: Field | None, dialect: str) -> Binder:
    declared = item.data_type if item else None
    is_email = item is not None and item.identity == "email"
    if dialect == "sqlite":
        return _sqlite_binder(column, real_type, declared, is_email=is_email)
    if isinstance(real_type, sqltypes.ARRAY):
        return _array_binder(column, declared, is_email=is_email)
    families = _MARIADB if dialect in mariadb.DIALECTS else _FAMILIES
    family = next((family for kinds, family in families if isinstance(real_type, kinds)), None)
    if family is not None and not is_email:
        bound, found = family
        return Binder(column, bound, casting(declared, found))
    return _text_binder(_as_text(column, real_type, dialect), declared, is_email=is_email)


def _as_text(column: ColumnElement[Any], real_type: TypeEngine[Any], dialect: str) -> ColumnElement[Any]:
    if isinstance(real_type, INET):
        return func.abbrev(
            column
        )  # as it is delivered: a cast writes the length of the network behind one address, too
    if isinstance(real_type, sqltypes.String) and not isinstance(real_type, sqltypes.Enum):
        return column
    return sql_cast(column, mysql.CHAR(charset="utf8mb4") if dialect in mariadb.DIALECTS else Text())


def _sqlite_binder(
    column: ColumnElement[Any], real_type: TypeEngine[Any], declared: str | None, *, is_email: bool
) -> Binder:
    if is_email:
        # As bytes: SQLite's driver hands no text to a function that is not UTF-8.
        expression = func.dsar_fold(sql_cast(column, sqltypes.LargeBinary))
        return Binder(expression, _AsItIs(), casting(declared, forms.folded))
    is_untyped = isinstance(real_type, sqltypes.NullType | sqltypes.LargeBinary)
    return Binder(column, _AsItIs(), casting(declared, forms.sqlite_untyped if is_untyped else forms.sqlite))


def _text_binder(expression: ColumnElement[Any], declared: str | None, *, is_email: bool) -> Binder:
    if is_email:
        return Binder(func.lower(expression), Text(), casting(declared, forms.emails))
    return Binder(expression, Text(), casting(declared, forms.texts))


def _array_binder(column: ColumnElement[Any], declared: str | None, *, is_email: bool) -> Binder:
    """Compare the elements as text, whatever they are; lower() goes through the text of the whole array."""
    texts = ARRAY(Text)
    expression = sql_cast(func.lower(sql_cast(sql_cast(column, texts), Text)) if is_email else column, texts)
    return Binder(expression, texts, casting(declared, forms.emails if is_email else forms.texts), is_array=True)


_Family = tuple[tuple[type[TypeEngine[Any]], ...], tuple[TypeEngine[Any], Forms]]
_FAMILIES: tuple[_Family, ...] = (
    ((sqltypes.Integer,), (sqltypes.BigInteger(), forms.integers)),
    ((sqltypes.Boolean,), (sqltypes.Boolean(), forms.booleans)),
    ((sqltypes.Float,), (sqltypes.Float(), forms.floats)),
    ((sqltypes.Numeric,), (sqltypes.Numeric(), forms.decimals)),
    ((sqltypes.Uuid,), (sqltypes.Uuid(), forms.uuids)),
    ((sqltypes.DateTime,), (sqltypes.DateTime(timezone=True), forms.datetimes)),
    ((sqltypes.Date,), (sqltypes.Date(), forms.dates)),
    ((sqltypes.Time,), (sqltypes.Time(), forms.times)),
    ((sqltypes.LargeBinary,), (sqltypes.LargeBinary(), forms.binary)),
)
#: A TIME there is a duration and no key. What is not written here is compared as text.
_MARIADB: tuple[_Family, ...] = (
    ((sqltypes.Integer, mysql.BIT), (sqltypes.BigInteger(), forms.integers_or_unsigned)),
    ((sqltypes.Float,), (sqltypes.Double(), forms.finite_floats)),
    ((sqltypes.Numeric,), (sqltypes.Numeric(), forms.finite_decimals)),
    ((sqltypes.Uuid,), (Text(), lambda value: [str(found) for found in forms.uuids(value)])),
    ((sqltypes.DateTime,), (sqltypes.DateTime(), forms.datetimes_in_utc)),
    ((sqltypes.Date,), (sqltypes.Date(), forms.dates)),
    ((sqltypes._Binary,), (sqltypes.LargeBinary(), forms.binary)),
)
