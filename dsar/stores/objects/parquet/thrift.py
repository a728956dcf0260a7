"""Thrift's compact protocol, as far as a Parquet footer is written in it.

Specification: thrift-compact-protocol.md of Apache Thrift. Needed because asking Arrow for the notes on a column ends
the whole process if the footer is damaged or the column encrypted (pyarrow 26: a C++ exception that nobody catches).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

#: A struct: number of the field -> value.
Struct = dict[int, Any]
_DEEPEST = 32


def read_struct(data: bytes) -> Struct:
    """Return the struct that stands at the start. Raises ValueError if it is none, or is cut."""
    try:
        return _Reader(data).struct(0)
    except (IndexError, KeyError, UnicodeDecodeError) as error:
        raise ValueError(f"no Thrift ({type(error).__name__})") from None


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0
        self._read: dict[int, Callable[[int], Any]] = {
            1: lambda _depth: self._byte() == 1,
            2: lambda _depth: self._byte() == 1,
            3: lambda _depth: self._byte(),
            4: lambda _depth: self._integer(),
            5: lambda _depth: self._integer(),
            6: lambda _depth: self._integer(),
            7: lambda _depth: self._bytes(8),
            8: lambda _depth: self._bytes(self._varint()),
            9: self._list,
            10: self._list,
            12: self.struct,
        }

    def struct(self, depth: int) -> Struct:
        if depth > _DEEPEST:
            raise ValueError("too deep")
        found, number = Struct(), 0
        while head := self._byte():
            number = number + (head >> 4) if head >> 4 else self._integer()
            kind = head & 15
            # A boolean stands in its own head, but for those in lists.
            found[number] = kind == 1 if kind in (1, 2) else self._read[kind](depth + 1)
        return found

    def _list(self, depth: int) -> list[Any]:
        head = self._byte()
        size = head >> 4 if head >> 4 < 15 else self._varint()
        if size > len(self._data) - self._at:
            raise ValueError("a list that is longer than all")
        read = self._read[head & 15]
        return [read(depth) for _ in range(size)]

    def _byte(self) -> int:
        byte = self._data[self._at]
        self._at += 1
        return byte

    def _bytes(self, size: int) -> bytes:
        found = self._data[self._at : self._at + size]
        if len(found) < size:
            raise ValueError("cut")
        self._at += size
        return found

    def _varint(self) -> int:
        found, shift = 0, 0
        while True:
            byte = self._byte()
            found |= (byte & 127) << shift
            if byte < 128:
                return found
            shift += 7
            if shift > 63:
                raise ValueError("too long a number")

    def _integer(self) -> int:
        number = self._varint()
        return number >> 1 ^ -(number & 1)
