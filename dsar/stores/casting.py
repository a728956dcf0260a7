"""How values of different stores are made comparable: cast to a declared data type, then to one canonical form.

A user id is an integer in one store and text in the next. A value that cannot be of the declared type
equals nothing there; that is an answer ("no such row"), not an error. Falsy values are values.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Hashable
from datetime import date, datetime, time
from decimal import Context, Decimal
from typing import Any
from uuid import UUID

from dsar.datamap.model import Field
from dsar.values import Value

_INTEGER = re.compile(r"0|-?[1-9][0-9]*")
_DECIMAL = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_BOOLEANS = {"true": True, "false": False, "1": True, "0": False}
#: No key of a real store has more digits; beyond it, int() of a Decimal would cost memory without bound.
_MOST_DIGITS = 100


def cast(value: Value, data_type: str | None) -> Value:
    """Return the value as the declared data type (Fideslang's names; None: as it is), or None if it is none."""
    if value is None or data_type is None:
        return value
    convert = _CASTS.get(data_type.removesuffix("[]"))
    return convert(value) if convert else value


def canonical(value: Value, item: Field | None) -> Hashable | None:
    """Return the form in which two values of that field are compared; None equals nothing.

    Emails: NFC, case-folded, without plus or dot folding. Numbers and UUIDs compare by their text, so
    that 42 equals "42"; booleans and bytes only equal their own kind.
    """
    found = cast(value, item.data_type) if item is not None else value
    if item is not None and item.identity == "email" and isinstance(found, str):
        return fold_email(found)
    form = _CANONICAL.get(type(found))
    return form(found) if form else None


def fold_email(value: str) -> str:
    """Return the one normal form in which two addresses are compared."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", value).casefold())


def parse_integer(text: str) -> int | None:
    """Return the number if the text is exactly how it is written ("042" and " 42" are other keys), else None."""
    return int(text) if len(text) <= _MOST_DIGITS and _INTEGER.fullmatch(text) else None


def parse_decimal(text: str) -> Decimal | None:
    """Return the number if the text is exactly how it is written ("2.50" and "1e3" are other keys), else None."""
    if len(text) > _MOST_DIGITS or not _DECIMAL.fullmatch(text):
        return None
    number = Decimal(text)
    return number if _number(number) == text else None


def _text(value: Value) -> str | None:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float | Decimal):
        return _number(value)
    if isinstance(value, bytes):
        return _decoded(value)
    return _iso(value) if isinstance(value, date | time) else _uuid_text(value)


def _uuid_text(value: Value) -> str | None:
    return str(value) if isinstance(value, UUID) else None


def _decoded(value: bytes) -> str | None:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return None


def _iso(value: date | time) -> str:
    return value.isoformat()


def _integer(value: Value) -> int | None:
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float | Decimal):
        return parse_integer(_number(value))
    return parse_integer(value) if isinstance(value, str) else None


def _float(value: Value) -> float | Decimal | int | None:
    if isinstance(value, int | float | Decimal):
        return value
    try:
        return float(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _boolean(value: Value) -> bool | None:
    if isinstance(value, bool | int | str):
        return _BOOLEANS.get(str(value).lower())
    return None


def _number(value: float | Decimal) -> str:
    if isinstance(value, int):
        return str(value)
    number = Decimal(repr(value)) if isinstance(value, float) else value
    if not number.is_finite() or number.adjusted() > _MOST_DIGITS:
        return str(number)
    whole = number.to_integral_value()
    # The usual 28 digits would make one key of two long numbers.
    return str(int(whole)) if whole == number else str(number.normalize(Context(prec=len(number.as_tuple().digits))))


_CASTS: dict[str, Callable[[Any], Value]] = {
    "string": _text,
    "object_id": _text,
    "integer": _integer,
    "float": _float,
    "boolean": _boolean,
}

_CANONICAL: dict[type, Callable[[Any], Hashable]] = {
    str: lambda value: value,
    bool: lambda value: ("boolean", value),
    int: _number,
    float: _number,
    Decimal: _number,
    UUID: str,
    bytes: lambda value: ("bytes", value),
    datetime: _iso,
    date: _iso,
    time: _iso,
}
