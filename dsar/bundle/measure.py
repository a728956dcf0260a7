"""Reads one entry of an archive once: its length, its hash, and for JSON Lines its lines and fields."""

from __future__ import annotations

import hashlib
import zipfile
from dataclasses import dataclass

import orjson

from dsar.bundle.reading import read


@dataclass(frozen=True, slots=True)
class Measured:
    """What was read: bytes, sha256 in hex, complete lines, and the first fault of a line ("" if none)."""

    size: int
    sha256: str
    lines: int
    fault: str


def measure(archive: zipfile.ZipFile, name: str, *, fields: frozenset[str] | None, line_bytes: int) -> Measured:
    """Read an entry through. Lines are looked into for names that end in .jsonl; `fields` None means undescribed."""
    digest, size = hashlib.sha256(), 0
    lines = _Lines(fields, line_bytes) if name.endswith(".jsonl") else None
    for chunk in read(archive, name):
        digest.update(chunk)
        size += len(chunk)
        if lines:
            lines.feed(chunk)
    if lines:
        lines.end()
    return Measured(
        size=size, sha256=digest.hexdigest(), lines=lines.count if lines else 0, fault=lines.fault if lines else ""
    )


class _Lines:
    def __init__(self, fields: frozenset[str] | None, limit: int) -> None:
        self._fields = fields
        self._limit = limit
        self._parts: list[bytes] = []
        self._length = 0
        self.count = 0
        self.fault = "" if fields is not None else "no schema describes it"

    def feed(self, chunk: bytes) -> None:
        first, *rest = chunk.split(b"\n")
        self._keep(first)
        for part in rest:
            self._line(b"".join(self._parts))
            self._parts, self._length = [], 0
            self._keep(part)

    def _keep(self, part: bytes) -> None:
        self._length += len(part)
        if self._length > self._limit:
            self.fault = self.fault or f"line {self.count + 1} is too long to be read"
            self._parts = []
        elif part:
            self._parts.append(part)

    def _line(self, line: bytes) -> None:
        self.count += 1
        self.fault = self.fault or self._fault_of(line)

    def _fault_of(self, line: bytes) -> str:
        try:
            row = orjson.loads(line)
        except orjson.JSONDecodeError:
            return f"line {self.count} is not JSON"
        if not isinstance(row, dict):
            return f"line {self.count} is not a JSON object"
        surplus = row.keys() - (self._fields or frozenset())
        return f"line {self.count} holds fields that no schema names: {', '.join(sorted(surplus))}" if surplus else ""

    def end(self) -> None:
        if self._length:
            self.fault = self.fault or "the last line has no end"
