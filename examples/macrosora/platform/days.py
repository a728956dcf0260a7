"""Rows sorted into the day they belong to, in flat memory: what does not fit waits in a file for each day."""

from __future__ import annotations

import shutil
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson

MOST_ROWS = 120_000  # held in memory, some 45 MiB; the demo of 200 people has fewer
_MARK = b"\t"


@contextmanager
def by_day(
    rows: Iterable[Mapping[str, Any]], moment: str, *, beside: Path, most: int = MOST_ROWS
) -> Iterator[Iterator[tuple[str, list[bytes]]]]:
    """Give (day, its rows as lines of JSON by moment and id) from the oldest; each day is held alone.

    `moment`: the field that says when, in ISO 8601 of one width; ids of one collection are of one width, too.
    More than `most` rows wait in files in a folder in `beside`, which is gone in the end.
    """
    beside.mkdir(parents=True, exist_ok=True)
    waiting = Path(tempfile.mkdtemp(prefix=".days-", dir=beside))
    try:
        yield _sorted(_gather(rows, moment, waiting, most), waiting)
    finally:
        shutil.rmtree(waiting)


def _gather(rows: Iterable[Mapping[str, Any]], moment: str, waiting: Path, most: int) -> dict[str, list[bytes]]:
    """Return day -> lines that are in memory still, each with its place in the order in front."""
    held: dict[str, list[bytes]] = defaultdict(list)
    for number, row in enumerate(rows, start=1):
        at = row[moment]
        line = orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE)
        held[at[:10]].append(f"{at}{row['id']}".encode() + _MARK + line)
        if number % most == 0:
            _spill(held, waiting)
    return held


def _spill(held: dict[str, list[bytes]], waiting: Path) -> None:
    for day, lines in held.items():
        with (waiting / day).open("ab") as file:
            file.writelines(lines)
    held.clear()


def _sorted(held: dict[str, list[bytes]], waiting: Path) -> Iterator[tuple[str, list[bytes]]]:
    for day in sorted(held.keys() | {path.name for path in waiting.iterdir()}):
        lines = held.pop(day, [])
        if (waiting / day).exists():
            with (waiting / day).open("rb") as file:
                lines += file
            (waiting / day).unlink()  # or all days would lie on the disk twice
        lines.sort()
        yield day, [line.partition(_MARK)[2] for line in lines]
