"""Writes the files of the object store: JSON documents, and JSON Lines in parts."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson

ROWS_A_PART = 1_000


def write_json(path: Path, document: Mapping[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(orjson.dumps(document, option=orjson.OPT_INDENT_2))


def write_parts(folder: Path, lines: Sequence[bytes]) -> None:
    """Write lines of JSON to `part-<number>.jsonl`, at most 1,000 a part."""
    folder.mkdir(parents=True)
    for number, start in enumerate(range(0, len(lines), ROWS_A_PART)):
        (folder / f"part-{number:05d}.jsonl").write_bytes(b"".join(lines[start : start + ROWS_A_PART]))


def empty(folder: Path) -> None:
    """Remove what an earlier seeding wrote, so that no row of it stays behind."""
    if folder.exists():
        shutil.rmtree(folder)
