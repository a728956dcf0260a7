"""The newest rows of a collection and how they spread over time, found in one pass and bounded memory."""

from __future__ import annotations

import heapq
import re
from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import Any

import orjson

from dsar.bundle.moments import Calendar, moment_of
from dsar.values import Row

_SMALL_LINE = 4096  # bytes; longer rows are clipped before they wait for a page
_CLIP = 512  # characters of one value that a page could show at most
#: Moments in UTC whose texts sort as they do. A "Z" at the end of each is taken off first: it sorts behind a fraction.
_SORTABLE = re.compile(r"(?:\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:\+00:00)?\n)+")


class Newest:
    """Keeps the newest `limit` rows by the value at `path`; rows without a time keep the order of the file."""

    def __init__(self, limit: int, path: str | None) -> None:
        self._limit, self._path = limit, path
        self._heap: list[tuple[float, int, bytes]] = []
        self._floor = ""  # the text of the oldest kept, once `limit` are kept
        self._offered = 0
        self.calendar = Calendar()

    def offer(self, lines: Sequence[bytes], rows: Sequence[Row]) -> None:
        """Take a block's rows, with the lines they stand on."""
        texts = sortable(rows, self._path)
        if texts is None or not self._count(texts):
            wanted: Sequence[int] = range(len(rows))
            for row in rows:
                if (moment := moment_of(row, self._path)) is not None:
                    self.calendar.add(moment)
        else:
            wanted = self._newer(texts)
        for at in wanted:
            self._keep(at, lines[at], rows[at], texts[at] if texts else "")
        self._offered += len(rows)

    def rows(self) -> tuple[Row, ...]:
        """Return the rows kept, the newest first."""
        return tuple(orjson.loads(line) for *_, line in sorted(self._heap, reverse=True))

    def _count(self, texts: Sequence[str]) -> bool:
        """Count the days of texts that sort; return whether each was one."""
        counts = Counter([text[:10] for text in texts])
        try:
            days = [(date.fromisoformat(text), count) for text, count in counts.items()]
        except ValueError:  # a thirteenth month: no moment, as `moment_of` will find
            return False
        for day, count in days:
            self.calendar.add_day(day, count)
        return True

    def _newer(self, texts: Sequence[str]) -> list[int]:
        """Return the places of the texts that may be among the newest, as many as are kept at most."""
        newer = [at for at, text in enumerate(texts) if text > self._floor]
        return sorted(newer, key=texts.__getitem__, reverse=True)[: self._limit]

    def _keep(self, at: int, line: bytes, row: Row, text: str) -> None:
        if not self._limit or (len(self._heap) >= self._limit and text and text <= self._floor):
            return
        moment = moment_of(row, self._path)
        rank = (moment.timestamp() if moment else float("-inf"), -(self._offered + at))
        if len(self._heap) < self._limit:
            heapq.heappush(self._heap, (*rank, _small(line, row)))
        elif rank > self._heap[0][:2]:
            heapq.heapreplace(self._heap, (*rank, _small(line, row)))


def sortable(rows: Sequence[Row], path: str | None) -> list[str] | None:
    """Return the rows' moments as texts that sort in time, or None where one of them is no such text."""
    if path is None or "." in path:
        return None
    texts: list[Any] = [row.get(path) for row in rows]
    if set(map(type, texts)) != {str}:
        return None
    joined = "\n".join(texts) + "\n"
    if joined.count("Z\n") == len(texts):
        texts, joined = [text[:-1] for text in texts], joined.replace("Z\n", "\n")
    return texts if _SORTABLE.fullmatch(joined) else None


def _small(line: bytes, row: Row) -> bytes:
    if len(line) <= _SMALL_LINE:
        return line
    return orjson.dumps({name: _clipped(value) for name, value in row.items()})


def _clipped(value: Any) -> Any:
    if isinstance(value, dict | list):
        text = orjson.dumps(value)
        return value if len(text) <= _CLIP else text[: _CLIP * 4].decode(errors="ignore")[:_CLIP]
    return value[:_CLIP] if isinstance(value, str) else value
