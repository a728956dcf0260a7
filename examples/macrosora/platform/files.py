"""Writes the files of the object store: JSON documents, and JSON Lines in a folder for each day."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

import orjson

ROWS_A_PART = 1_000


def write_json(path: Path, document: Mapping[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(orjson.dumps(document, option=orjson.OPT_INDENT_2))


def write_parts(folder: Path, days: Mapping[str, list[dict[str, Any]]]) -> None:
    """Write each day's rows to `date=<day>/part-<number>.jsonl`, at most 1,000 a part."""
    for day, rows in days.items():
        target = folder / f"date={day}"
        target.mkdir(parents=True)
        for number, part in enumerate(_parts(rows)):
            (target / f"part-{number:05d}.jsonl").write_bytes(b"".join(part))


def _parts(rows: list[dict[str, Any]]) -> Iterable[list[bytes]]:
    lines = (orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE) for row in rows)
    while part := list(islice(lines, ROWS_A_PART)):
        yield part


def empty(folder: Path) -> None:
    """Remove what an earlier seeding wrote, so that no row of it stays behind."""
    if folder.exists():
        shutil.rmtree(folder)
