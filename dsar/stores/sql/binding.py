"""How wanted values are bound against a real column: by its type, so that no value can make the database fail.

A value that the column cannot hold (an email for an integer column) is left out: it equals no row.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Text, func, type_coerce
from sqlalchemy import cast as sql_cast
from sqlalchemy import types as sqltypes
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import TypeEngine

from dsar.datamap.model import Field
from dsar.stores.casting import cast, fold_email, parse_integer
from dsar.values import Value

_BIGGEST = (1 << 63) - 1


@dataclass(frozen=True, slots=True)
class Binder:
    """The expression to compare with, the type to bind as, and the forms in which a value is bound."""

    expression: ColumnElement[Any]
    type: TypeEngine[Any]
    forms: Callable[[Value], list[Value]]
    is_array: bool = False

    def any_of(self, values: list[Value]) -> ColumnElement[bool]:
        """Return the condition that the column, or an element of an array column, is one of the bound values."""
        if self.is_array:
            return self.expression.overlap(sql_cast(values, self.type))  # type: ignore[no-any-return]
        return type_coerce(self.expression, self.type).in_(values)


def make_binder(column: ColumnElement[Any], real_type: TypeEngine[Any], item: Field | None, dialect: str) -> Binder:
    """Return how values are compared with the column; emails without regard to case, all else by equality."""
    declared = item.data_type if item else None
    is_email = item is not None and item.identity == "email"
    if dialect == "sqlite":
        # As bytes: SQLite's driver hands no text to a function that is not UTF-8.
        expression = func.dsar_fold(sql_cast(column, sqltypes.LargeBinary)) if is_email else column
        return Binder(expression, sqltypes.NullType(), _casting(declared, _folded if is_email else _sqlite_forms))
    if isinstance(real_type, sqltypes.ARRAY):
        return _array_binder(column, declared, is_email=is_email)
    family = next((family for kinds, family in _FAMILIES if isinstance(real_type, kinds)), None)
    if family is not None:
        bound, form = family
        return Binder(column, bound, _casting(declared, _one(form)))
    return _text_binder(column if _is_plain_text(real_type) else sql_cast(column, Text), declared, is_email=is_email)


def _text_binder(expression: ColumnElement[Any], declared: str | None, *, is_email: bool) -> Binder:
    if is_email:
        return Binder(func.lower(expression), Text(), _casting(declared, _email_forms))
    return Binder(expression, Text(), _casting(declared, _one(_text)))


def _array_binder(column: ColumnElement[Any], declared: str | None, *, is_email: bool) -> Binder:
    """Compare the elements as text, whatever they are; lower() goes through the text of the whole array."""
    texts = ARRAY(Text)
    expression = sql_cast(func.lower(sql_cast(sql_cast(column, texts), Text)) if is_email else column, texts)
    return Binder(expression, texts, _casting(declared, _email_forms if is_email else _one(_text)), is_array=True)


def _is_plain_text(kind: TypeEngine[Any]) -> bool:
    return isinstance(kind, sqltypes.String) and not isinstance(kind, sqltypes.Enum)


def _casting(declared: str | None, forms: Callable[[Value], list[Value]]) -> Callable[[Value], list[Value]]:
    def bind(value: Value) -> list[Value]:
        found = cast(value, declared)
        return [] if found is None else forms(found)

    return bind


def _one(form: Callable[[Value], Value]) -> Callable[[Value], list[Value]]:
    def bind(value: Value) -> list[Value]:
        found = form(value)
        return [] if found is None else [found]

    return bind


def _text(value: Value) -> str | None:
    text = cast(value, "string")
    return text if text is not None and _is_storable(text) else None


def _is_storable(text: str) -> bool:
    """Return whether a database could hold the text: no NUL (PostgreSQL), no lone surrogate (UTF-8)."""
    return "\x00" not in text and not any("\ud800" <= letter <= "\udfff" for letter in text)


def _email_forms(value: Value) -> list[Value]:
    """Return what lower() of a stored spelling may be: composed or decomposed, folded here or there."""
    text = _text(value)
    if text is None:
        return []
    spellings = {text.lower(), fold_email(text)}
    return sorted({unicodedata.normalize(form, item) for item in spellings for form in ("NFC", "NFD")})


def _folded(value: Value) -> list[Value]:
    text = _text(value)
    return [] if text is None else [fold_email(text)]


def _integer(value: Value) -> int | None:
    number = cast(value, "integer")
    return number if number is not None and abs(number) <= _BIGGEST else None


def _decimal(value: Value) -> Decimal | None:
    if isinstance(value, str):
        number = parse_integer(value)
        return None if number is None else Decimal(number)
    if isinstance(value, int | float | Decimal):
        return Decimal(str(value)) if not isinstance(value, bool) else Decimal(int(value))
    return None


def _uuid(value: Value) -> UUID | None:
    try:
        return value if isinstance(value, UUID) else UUID(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _datetime(value: Value) -> datetime | None:
    try:
        return value if isinstance(value, datetime) else datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None


def _date(value: Value) -> date | None:
    try:
        return value if isinstance(value, date) else date.fromisoformat(value)
    except (TypeError, ValueError):
        return None


def _bytes(value: Value) -> bytes | None:
    return value if isinstance(value, bytes) else None


def _sqlite_forms(value: Value) -> list[Value]:
    """Return the value as SQLite may hold it; its own affinity rules do the rest and never fail."""
    if isinstance(value, bytes):
        return [value]
    if isinstance(value, datetime):
        return [value.isoformat(" "), value.isoformat()]
    text = _text(value)
    if text is None:
        return []
    if isinstance(value, bool):
        return [int(value)]
    number = parse_integer(text)
    if number is not None and abs(number) <= _BIGGEST:
        return [number, text]
    return [value, text] if isinstance(value, float) else [text]


_Family = tuple[TypeEngine[Any], Callable[[Value], Value]]
_FAMILIES: tuple[tuple[tuple[type[TypeEngine[Any]], ...], _Family], ...] = (
    ((sqltypes.Integer,), (sqltypes.BigInteger(), _integer)),
    ((sqltypes.Boolean,), (sqltypes.Boolean(), lambda value: cast(value, "boolean"))),
    ((sqltypes.Numeric, sqltypes.Float), (sqltypes.Numeric(), _decimal)),
    ((sqltypes.Uuid,), (sqltypes.Uuid(), _uuid)),
    ((sqltypes.DateTime,), (sqltypes.DateTime(timezone=True), _datetime)),
    ((sqltypes.Date,), (sqltypes.Date(), _date)),
    ((sqltypes.LargeBinary,), (sqltypes.LargeBinary(), _bytes)),
)
