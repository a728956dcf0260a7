"""One number for many rows: how rows are compared without keeping two copies of them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Truth:
    """How many rows a person must get from a collection, and the checksum of all of them."""

    count: int
    checksum: str


def truth_of(rows: Iterable[Mapping[str, Any]]) -> Truth:
    """Return count and checksum of rows that are spelt as JSON already."""
    count, checksum = _checksum(_digest(row) for row in rows)
    return Truth(count, checksum)


def canonical_checksum(lines: Iterable[bytes]) -> tuple[int, str]:
    """Return count and checksum (hex) of a bundle's JSON Lines, whatever their order and that of their keys.

    The checksum is the sha256 over the sorted sha256 of each row's JSON with sorted keys, so identical rows
    count as often as they occur. Empty lines are skipped. Raises ValueError for a line that is no JSON.
    """
    return _checksum(_digest(json.loads(line)) for line in lines if line.strip())


def _digest(row: Mapping[str, Any]) -> str:
    text = json.dumps(row, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def _checksum(digests: Iterable[str]) -> tuple[int, str]:
    ordered = sorted(digests)
    return len(ordered), hashlib.sha256("\n".join(ordered).encode("ascii")).hexdigest()
