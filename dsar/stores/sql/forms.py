"""In which forms a wanted value is bound, by the kind of column: enough to find every row that equals it.

What a column cannot hold has no form: it equals no row, and must not make the database fail.
"""

from __future__ import annotations

import math
import re
import struct
import unicodedata
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time
from decimal import Decimal
from itertools import product
from typing import Any
from uuid import UUID

from dsar.stores.casting import cast, fold_email, parse_decimal
from dsar.values import Value

_BIGGEST = (1 << 63) - 1
_BIGGEST_UNSIGNED = (1 << 64) - 1
# A sigma that ends a word is written otherwise, and folding forgets it. What ends a word is told otherwise by every
# database: each sigma may be either, in texts that have no more than so many.
_SIGMA, _FINAL_SIGMA = "\u03c3", "\u03c2"
_MOST_SIGMAS = 4

Forms = Callable[[Value], list[Value]]


def casting(declared: str | None, forms: Forms) -> Forms:
    """Return the forms of a value once it is cast to what the data map declares."""

    def bind(value: Value) -> list[Value]:
        found = cast(value, declared)
        return [] if found is None else forms(found)

    return bind


def texts(value: Value) -> list[Value]:
    """Return how a column of text may hold the value: a column that is declared boolean, in any case."""
    text = _text(value)
    if text is None:
        return []
    return [*_in_any_case(text), str(int(value))] if isinstance(value, bool) else [text]


def _in_any_case(text: str) -> list[str]:
    return ["".join(letters) for letters in product(*((letter, letter.upper()) for letter in text))]


def _text(value: Value) -> str | None:
    text = cast(value, "string")
    return text if text is not None and _is_storable(text) else None


def _is_storable(text: str) -> bool:
    """Return whether a database could hold the text: no NUL (PostgreSQL), no lone surrogate (UTF-8)."""
    return "\x00" not in text and not any("\ud800" <= letter <= "\udfff" for letter in text)


def emails(value: Value) -> list[Value]:
    """Return what lower() of a stored spelling may be: composed or decomposed, folded here or there.

    Folding makes ss of a sharp s and one sigma of two, which lower() does not.
    """
    text = _text(value)
    if text is None:
        return []
    spellings = {text.lower(), fold_email(text)}
    spellings |= {spelling.replace("ss", "\u00df") for spelling in spellings}
    spellings = {either for spelling in spellings for either in _sigmas(spelling)}
    return sorted({unicodedata.normalize(form, item) for item in spellings for form in ("NFC", "NFD")})


def _sigmas(text: str) -> Iterator[str]:
    """Yield the text with each of its sigmas as within and as at the end of a word; with many of them, as all are."""
    first, *rest = re.split(f"[{_SIGMA}{_FINAL_SIGMA}]", text)
    if len(rest) > _MOST_SIGMAS:
        yield from (text, *(one.join([first, *rest]) for one in (_SIGMA, _FINAL_SIGMA)))
        return
    for sigmas in product((_SIGMA, _FINAL_SIGMA), repeat=len(rest)):
        yield first + "".join(sigma + part for sigma, part in zip(sigmas, rest, strict=True))


def folded(value: Value) -> list[Value]:
    text = _text(value)
    return [] if text is None else [fold_email(text)]


def integers(value: Value) -> list[Value]:
    return _integers(value, _BIGGEST)


def integers_or_unsigned(value: Value) -> list[Value]:
    return _integers(value, _BIGGEST_UNSIGNED)


def _integers(value: Value, biggest: int) -> list[Value]:
    number = cast(value, "integer")
    return [number] if number is not None and abs(number) <= biggest else []


def booleans(value: Value) -> list[Value]:
    found = cast(value, "boolean")
    return [] if found is None else [found]


def decimals(value: Value) -> list[Value]:
    if isinstance(value, str):
        number = parse_decimal(value)
        return [] if number is None else [number]
    if isinstance(value, int | float | Decimal):
        return [Decimal(int(value)) if isinstance(value, bool) else Decimal(str(value))]
    return []


def finite_decimals(value: Value) -> list[Value]:
    return [number for number in decimals(value) if number.is_finite()]


def floats(value: Value) -> list[Value]:
    """Return the number in eight bytes, and as it is in a column of four."""
    return [form for number in decimals(value) for form in {float(number), _in_four_bytes(float(number))}]


def finite_floats(value: Value) -> list[Value]:
    return [number for number in floats(value) if math.isfinite(number)]


def _in_four_bytes(number: float) -> float:
    found: float = struct.unpack("f", struct.pack("f", number))[0]
    return found


def uuids(value: Value) -> list[Value]:
    return _parsed(value, UUID, UUID)


def datetimes(value: Value) -> list[Value]:
    return _parsed(value, datetime, datetime.fromisoformat)


def datetimes_in_utc(value: Value) -> list[Value]:
    """Return moments without a zone, for a database that knows none and is told UTC."""
    return [item.astimezone(UTC).replace(tzinfo=None) if item.tzinfo else item for item in datetimes(value)]


def dates(value: Value) -> list[Value]:
    """Return a day; a moment is none, although Python takes every datetime for a date."""
    return [] if isinstance(value, datetime) else _parsed(value, date, date.fromisoformat)


def times(value: Value) -> list[Value]:
    return _parsed(value, time, time.fromisoformat)


def _parsed(value: Value, kind: type, parse: Callable[[str], Any]) -> list[Value]:
    if isinstance(value, kind):
        return [value]
    try:
        return [parse(value)] if isinstance(value, str) else []
    except ValueError:
        return []


def binary(value: Value) -> list[Value]:
    """Return the bytes; a text as it is encoded, for a column of bytes that is declared to hold text."""
    if isinstance(value, bytes):
        return [value]
    return [text.encode() for text in texts(value)]


def sqlite(value: Value) -> list[Value]:
    """Return the value as SQLite may hold it; its own affinity rules do the rest and never fail."""
    if isinstance(value, bytes):
        return [value]
    if isinstance(value, datetime):
        return [value.isoformat(" "), value.isoformat()]
    found = texts(value)
    number = parse_decimal(found[-1]) if found else None
    if number is None or not -_BIGGEST <= number <= _BIGGEST:
        return [value, *found] if isinstance(value, float) else found
    return [int(number) if number == int(number) else float(number), *found]


def sqlite_untyped(value: Value) -> list[Value]:
    """Return the forms of SQLite, text as bytes too: a column without a type may hold either."""
    forms = sqlite(value)
    return [*forms, value.encode()] if isinstance(value, str) and forms else forms
