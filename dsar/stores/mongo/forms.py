"""The BSON values that a wanted value may be stored as: one document says 42, the next "42".

Every form is a scalar that is made here. A value from a store or a person is never passed on as an object, so none can
become an operator.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from decimal import Decimal, Inexact, InvalidOperation, Overflow
from itertools import product
from typing import Any
from uuid import UUID

from bson.binary import Binary, UuidRepresentation
from bson.decimal128 import Decimal128, create_decimal128_context
from bson.objectid import ObjectId

from dsar.datamap.model import Field
from dsar.stores.casting import canonical, cast, parse_decimal, parse_integer
from dsar.values import Value

_INT64 = 1 << 63
#: No document is longer, so no text that it holds.
_LONGEST = 16 * 1024 * 1024


def forms(value: Value, item: Field | None) -> list[Any]:
    """Return what to ask the server for; empty if no document can hold an equal value."""
    if canonical(value, item) is None:
        return []
    data_type = item.data_type if item else None
    found = cast(value, data_type)
    if (data_type or "").removesuffix("[]") == "boolean":
        return [found, int(found), *_spellings(found)]
    text = cast(found, "string")
    if isinstance(found, bytes):
        return [Binary(found), *([text] if text is not None else [])]
    return list(_of_text(text)) if text is not None and _can_be_stored(text) else []


def _of_text(text: str) -> Iterator[Any]:
    """Yield the text and every value that is written so."""
    yield text
    yield Binary(text.encode())
    if text in ("true", "false"):
        yield text == "true"
    for read in _READERS:
        yield from read(text)


def _can_be_stored(text: str) -> bool:
    return len(text) <= _LONGEST and not any("\ud800" <= sign <= "\udfff" for sign in text)


def _spellings(value: bool) -> Iterator[str]:
    """Yield the texts that are cast to that boolean, in any case."""
    word = "true" if value else "false"
    yield str(int(value))
    yield from ("".join(signs) for signs in product(*zip(word, word.upper(), strict=True)))


def _numbers(text: str) -> Iterator[Any]:
    """The server compares all its number types by value, but 0.1 as a double is another number than the decimal."""
    whole = parse_integer(text)
    if whole is not None and -_INT64 <= whole < _INT64:
        yield whole
        return
    number = Decimal(whole) if whole is not None else parse_decimal(text)
    if number is not None:
        yield float(number)
        yield from _decimal128(number)


def _decimal128(number: Decimal) -> Iterator[Decimal128]:
    context = create_decimal128_context()
    context.traps[Inexact] = True
    try:
        yield Decimal128(context.create_decimal(number))
    except (Inexact, InvalidOperation, Overflow):
        return  # more than 34 digits: no decimal of the server's equals it


def _object_id(text: str) -> Iterator[ObjectId]:
    if len(text) == 24 and ObjectId.is_valid(text):
        yield ObjectId(text)


def _uuid(text: str) -> Iterator[Binary]:
    try:
        yield Binary.from_uuid(UUID(text), UuidRepresentation.STANDARD)
    except ValueError:
        return


def _moment(text: str) -> Iterator[datetime]:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return
    if moment.utcoffset() is not None:
        yield moment


_READERS: tuple[Callable[[str], Iterator[Any]], ...] = (_numbers, _object_id, _uuid, _moment)
