"""Blocks whose lines all have the same fields in one order, as the lines of a table do: read without making rows. Pure.

What stands between two values is put into one byte, a mark that no JSON holds. Then all values of a block are parsed as
one array, and every so-manieth of them is a column. Anything else than such lines is left to the reader of any row.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import orjson

from dsar.columns import Columns
from dsar.values import value_to_json

_FIRST, _MOST = 0x0E, 0x20 - 0x0E  # control characters; no tab or line end, which JSON allows between two values
_LINE_END = _FIRST
_EVERY = bytes(range(256))


@dataclass(frozen=True, slots=True)
class Alike:
    """The rows of a block, and its text with a mark where one value ends and the next begins."""

    rows: Columns
    marked: bytes

    def joined(self, *, field: bytes, line: bytes) -> bytes:
        """Return the values as they are spelt in the lines, `field` (one byte) between two, `line` behind each row."""
        marks = bytes(range(_FIRST + 1, _FIRST + len(self.rows.fields)))
        return (
            self.marked.translate(bytes.maketrans(marks, field * len(marks))).replace(bytes([_LINE_END]), line) + line
        )


class Reader:
    """Reads blocks of rows with exactly these fields, in this order."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = names
        first, *others = [value_to_json(name) + b":" for name in names] or [b""]
        self._start = b"{" + first
        self._between = [(b"," + key, bytes([mark])) for mark, key in enumerate(others, start=_FIRST + 1)]
        self._marks = bytes(range(_FIRST + 1, _FIRST + len(names))) + bytes([_LINE_END])
        self._removed = sum(len(between) - 1 for between, _ in self._between)

    def read(self, block: bytes) -> Alike | None:
        """Return what a block of whole lines holds, or None if a line of it has other fields, or is no JSON."""
        marked = self._marked(block)
        if marked is None:
            return None
        try:
            values = orjson.loads(b"[" + marked.translate(_commas(self._marks)) + b"]")
        except orjson.JSONDecodeError:
            return None
        fields, count = len(self._names), block.count(b"\n")
        if len(values) != fields * count:
            return None
        return Alike(Columns({name: values[at::fields] for at, name in enumerate(self._names)}, count), marked)

    def _marked(self, block: bytes) -> bytes | None:
        """Return the block with marks, if there is one of each in every line, and in this order.

        A key inside a value that has fields is marked too: then there are too many marks, or what is left is no JSON.
        """
        if not 0 < len(self._names) <= _MOST or b"\r" in block or not block.startswith(self._start):
            return None
        count, between_lines = block.count(b"\n"), b"}\n" + self._start
        if not block.endswith(b"}\n"):
            return None
        marked = block[len(self._start) : -2].replace(between_lines, bytes([_LINE_END]))
        for between, mark in self._between:
            marked = marked.replace(between, mark)
        # By its length: a mark that stood in the block itself takes the place of none.
        length = len(block) - len(self._start) - 2 - (count - 1) * (len(between_lines) - 1) - count * self._removed
        is_regular = marked.translate(None, _without(self._marks)) == (self._marks * count)[:-1]
        return marked if len(marked) == length and is_regular else None


def _commas(marks: bytes) -> bytes:
    return bytes.maketrans(marks, b"," * len(marks))


def _without(marks: bytes) -> bytes:
    return _EVERY.translate(None, marks)
