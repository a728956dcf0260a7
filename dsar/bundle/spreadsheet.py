"""Rows as CSV for spreadsheets (RFC 4180): CRLF, null empty, "" quoted, nothing that runs as a formula.

JSON Lines is the authority; the one thing changed here is an apostrophe before text that a spreadsheet
would take for a formula (OWASP, CSV injection).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import orjson

from dsar.bundle.alike import Alike
from dsar.columns import column
from dsar.values import Row

BOM = b"\xef\xbb\xbf"  # without it Excel reads UTF-8 as the machine's old code page

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_NEEDS_QUOTES = re.compile(r'[",\r\n]|^\s|\s$')
_NUMBER = re.compile(r"-?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?|-?INF|NaN|-?Infinity")
#: Types whose values JSON may write as a string of digits (dsar.values).
_NUMERIC_TYPES = frozenset({"integer", "float", "decimal", "duration"})


def header(names: Sequence[str]) -> bytes:
    """Return the byte order mark and the line of column names."""
    return BOM + line([_text(name, types=frozenset()) for name in names])


def line(cells: Sequence[str]) -> bytes:
    return (",".join(cells) + "\r\n").encode()


def lines(rows: Sequence[Row], columns: Sequence[tuple[str, frozenset[str]]]) -> bytes:
    """Return the rows as lines; `columns` are (name, value types seen), as `cell` takes them."""
    if not columns:
        return b"\r\n" * len(rows)
    cells = [_column(column(rows, name), types) for name, types in columns]
    return ("\r\n".join(map(",".join, zip(*cells, strict=True))) + "\r\n").encode() if rows else b""


def alike_lines(alike: Alike, columns: Sequence[tuple[str, frozenset[str]]]) -> bytes:
    """Return the rows as `lines` does: what is plain in every cell stands in the CSV as it stands in the block."""
    kinds = [(set(map(type, values)), values) for values in alike.rows.fields.values()]
    if all(kind == {int} or (kind == {str} and _are_plain(values)) for kind, values in kinds):
        joined = alike.joined(field=b",", line=b"\r\n")
        # No text has a quote in it: then no more than these, and none is written in another way.
        if b"\\" not in joined:
            return joined.translate(None, b'"')
    return lines(alike.rows, columns)


def _column(values: Sequence[Any], types: frozenset[str]) -> Sequence[str]:
    """Return the cells of a column: of one kind, and plain, they need not be looked at one by one."""
    kinds = set(map(type, values))
    if kinds == {int}:
        return list(map(str, values))
    if kinds == {str} and _are_plain(values):
        return values
    return [cell(value, types=types) for value in values]


def _are_plain(texts: Sequence[str]) -> bool:
    """Return whether none of the texts needs quotes or an apostrophe."""
    together = "".join(texts)
    if any(mark in together for mark in '",\r\n'):
        return False
    first, last = {text[:1] for text in texts}, {text[-1:] for text in texts}
    return "" not in first and first.isdisjoint(_FORMULA_STARTS) and not any(map(str.isspace, first | last))


def cell(value: Any, *, types: frozenset[str]) -> str:
    """Return one JSON value as it stands between two commas; `types` are the value types seen in its column."""
    if value is None:
        return ""
    if isinstance(value, str):
        return _text(value, types=types)
    return _quoted(orjson.dumps(value).decode())


def _text(value: str, *, types: frozenset[str]) -> str:
    if value.startswith(_FORMULA_STARTS) and not _is_number(value, types):
        value = f"'{value}"
    return _quoted(value)


def _is_number(value: str, types: frozenset[str]) -> bool:
    # Both must agree: a column said to be decimal may still carry a formula from a hostile store.
    return not types.isdisjoint(_NUMERIC_TYPES) and _NUMBER.fullmatch(value) is not None


def _quoted(value: str) -> str:
    if value and not _NEEDS_QUOTES.search(value):
        return value
    return '"' + value.replace('"', '""') + '"'
