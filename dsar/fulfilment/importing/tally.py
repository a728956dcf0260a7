"""Rows as a number and a count, whatever their order: how two exports are compared in flat memory. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

import orjson

from dsar.values import Row

_MODULUS = 1 << 256


@dataclass(frozen=True, slots=True)
class Tally:
    """How many rows there are, and the sum of their hashes: rows that are equal count as often as they occur."""

    rows: int = 0
    total: int = 0

    def plus(self, rows: Iterable[Row]) -> Self:
        """Return the tally with these rows, too; the order of a row's keys does not matter."""
        count, total = self.rows, self.total
        for row in rows:
            text = orjson.dumps(row, option=orjson.OPT_SORT_KEYS)
            count, total = count + 1, (total + int.from_bytes(hashlib.sha256(text).digest(), "big")) % _MODULUS
        return type(self)(count, total)
