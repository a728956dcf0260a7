"""Rows as lines of JSON, many at once: the bytes of dsar.values.to_json, in a fraction of its time. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from math import isfinite
from operator import attrgetter
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson

from dsar.columns import Columns
from dsar.values import Row, Value, plain_json, to_json, value_to_json

_dumps, _OPTIONS = orjson.dumps, orjson.OPT_PASSTHROUGH_SUBCLASS
_LINE_OPTIONS = _OPTIONS | orjson.OPT_APPEND_NEWLINE
#: Types that orjson writes as `to_json` does, and those that it hands to `plain_json`.
_EASY = frozenset({type(None), bool, int, str, float, datetime, date, UUID, Decimal, bytes, timedelta})
_EASY_ZONES = frozenset({None, UTC, ZoneInfo("UTC")})
_zone_of = attrgetter("tzinfo")


def to_lines(rows: Sequence[Row]) -> bytes:
    """Return the rows as lines of JSON with their ends: `to_json` of each. Raises TypeError as that does."""
    if isinstance(rows, Columns):
        return _of_columns(rows)
    if _is_easy([value for row in rows for value in row.values()]):
        try:
            return _joined(_dumps(row, plain_json, _LINE_OPTIONS) for row in rows)
        except orjson.JSONEncodeError:
            pass  # a long number, half a character: what JSON has no word for is spelt below
    return _joined(to_json(row) + b"\n" for row in rows)


def _joined(lines: Iterable[bytes]) -> bytes:
    # One by one: what orjson returns holds far more memory than it needs while it lives.
    result = bytearray()
    for line in lines:
        result += line
    return bytes(result)


def _of_columns(rows: Columns) -> bytes:
    if not rows.fields:
        return b"{}\n" * len(rows)
    # What stands before each value, and the value, in turn: put in place by the column, and joined once.
    before = _before(tuple(rows.fields))
    pieces = [b""] * (2 * len(before) * len(rows))
    for at, values in enumerate(rows.fields.values()):
        pieces[2 * at :: 2 * len(before)] = [before[at]] * len(rows)
        pieces[2 * at + 1 :: 2 * len(before)] = _spelt(values)
    return b"".join(pieces)[len(b"}\n") :] + b"}\n" if pieces else b""


@lru_cache(maxsize=1024)
def _before(names: tuple[str, ...]) -> list[bytes]:
    """Return what stands before each value of a row: the end of the row before, or a comma, and the name."""
    first, *others = [value_to_json(name) + b":" for name in names]
    return [b"}\n{" + first, *(b"," + name for name in others)]


def _spelt(values: Sequence[Value]) -> Sequence[bytes]:
    """Return each value of a column as JSON. Raises TypeError."""
    if _is_easy(values):
        try:
            together = _dumps(values, plain_json, _OPTIONS)[1:-1].split(b",")
            # As many as there are values: then no text among them holds a comma.
            return together if len(together) == len(values) else [_dumps(item, plain_json, _OPTIONS) for item in values]
        except orjson.JSONEncodeError:
            pass  # as above
    return [value_to_json(item) for item in values]


def _is_easy(values: Sequence[Any]) -> bool:
    """Return whether orjson by itself writes these values as `to_json` does, or calls `plain_json` or fails."""
    types = set(map(type, values))
    if not types <= _EASY:
        return False
    if float in types and not all(isfinite(value) for value in values if type(value) is float):
        return False
    if datetime not in types:
        return True
    moments = values if len(types) == 1 else [value for value in values if type(value) is datetime]
    return set(map(_zone_of, moments)) <= _EASY_ZONES
