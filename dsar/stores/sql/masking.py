"""What takes a value's place, as an expression of SQL: whole tables are masked by one statement."""

from __future__ import annotations

import hashlib
from typing import Any

from sqlalchemy import ColumnElement, LargeBinary, Text, func, literal, null
from sqlalchemy import cast as sql_cast
from sqlalchemy import types as sqltypes

from dsar.datamap.erasure import MADE, MADE_LENGTHS, Mask, Strategy
from dsar.datamap.model import Field
from dsar.stores.base import ForbiddenError, StoreError
from dsar.stores.sql import mariadb
from dsar.stores.sql.tables import Table

_BLOCK = 64  # bytes, of SHA-256


def masked(field: Field, mask: Mask, *, table: Table, dialect: str, key: bytes) -> ColumnElement[Any]:
    """Return what is written into a column. Raises ForbiddenError if it cannot hold that, StoreError if none can."""
    column, real_type = table.clause.c[field.name], table.types[field.name]
    if mask.strategy is Strategy.NULL:
        return null()
    if mask.strategy is Strategy.FIXED:
        return literal(mask.value)
    if not isinstance(real_type, sqltypes.String | sqltypes.NullType) or isinstance(real_type, sqltypes.Enum):
        raise ForbiddenError(f"'{mask.strategy}' writes text, and the column {field.name} is {real_type}")
    made = _RANDOM if mask.strategy is Strategy.RANDOM else _HMAC
    if dialect not in made:
        raise StoreError(f"'{mask.strategy}' cannot be written in {dialect}", retry=False)
    whole, most = MADE_LENGTHS[mask.strategy], getattr(real_type, "length", None)
    if most and most < whole:
        raise ForbiddenError(f"'{mask.strategy}' writes {whole} characters, and the column {field.name} holds {most}")
    return literal(MADE).concat(func.substr(made[dialect](column, key), 1, whole - len(MADE)))


def _postgresql_hmac(column: ColumnElement[Any], key: bytes) -> ColumnElement[Any]:
    inner, outer = _pads(key)
    text = func.convert_to(sql_cast(column, Text), "UTF8")
    hashed = func.sha256(sql_cast(literal(inner), LargeBinary).op("||")(text))
    return func.encode(func.sha256(sql_cast(literal(outer), LargeBinary).op("||")(hashed)), "hex")


def _mariadb_hmac(column: ColumnElement[Any], key: bytes) -> ColumnElement[Any]:
    inner, outer = (func.unhex(pad.hex()) for pad in _pads(key))
    return func.sha2(func.concat(outer, func.unhex(func.sha2(func.concat(inner, column), 256))), 256)


def _pads(key: bytes) -> tuple[bytes, bytes]:
    """Return the key's two pads of RFC 2104: neither database has HMAC itself."""
    block = (hashlib.sha256(key).digest() if len(key) > _BLOCK else key).ljust(_BLOCK, b"\0")
    return bytes(byte ^ 0x36 for byte in block), bytes(byte ^ 0x5C for byte in block)


_HMAC = {
    "sqlite": lambda column, key: func.dsar_hmac(key, column),
    "postgresql": _postgresql_hmac,
    **dict.fromkeys(mariadb.DIALECTS, _mariadb_hmac),
}
_RANDOM = {
    "sqlite": lambda _column, _key: func.lower(func.hex(func.randomblob(16))),
    "postgresql": lambda _column, _key: func.md5(sql_cast(func.random(), Text)),
    **dict.fromkeys(mariadb.DIALECTS, lambda _column, _key: func.md5(func.concat(func.rand(), func.uuid()))),
}
