"""The newest rows of a collection and how they spread over time, found in one pass and bounded memory."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import orjson

from dsar.bundle.moment_texts import rows_by_day, sortable
from dsar.bundle.moments import Calendar, moment_of
from dsar.values import Row

_SMALL_LINE = 4096  # bytes; longer rows are clipped before they wait for a page
_CLIP = 512  # characters of one value that a page could show at most


class Newest:
    """Keeps the newest `limit` rows by the value at `path`; rows without a time keep the order of the file.

    While all moments sort as texts they are compared as texts; from the first that does not, as moments.
    """

    def __init__(self, limit: int, path: str | None) -> None:
        self._limit, self._path = limit, path
        self._by_text: list[tuple[str, int, bytes]] = []
        self._by_moment: list[tuple[float, int, bytes]] = []
        self._offered = 0
        self.calendar = Calendar()

    def offer(self, lines: Sequence[bytes], rows: Sequence[Row]) -> None:
        """Take a block's rows, with the lines they stand on."""
        texts = sortable(rows, self._path)
        if texts is not None and self._count(texts):
            self._offer_texts(texts, lines, rows)
        else:
            for row in rows:
                if (moment := moment_of(row, self._path)) is not None:
                    self.calendar.add(moment)
            self._offer_moments(lines, rows)
        self._offered += len(rows)

    def rows(self) -> tuple[Row, ...]:
        """Return the rows kept, the newest first."""
        self._settle()
        return tuple(orjson.loads(line) for *_, line in sorted(self._by_moment, reverse=True)[: self._limit])

    def _count(self, texts: Sequence[str]) -> bool:
        """Count the days of texts that sort; return whether each was a moment."""
        days = rows_by_day(texts)
        for day, count in (days or {}).items():
            self.calendar.add_day(day, count)
        return days is not None

    def _offer_texts(self, texts: Sequence[str], lines: Sequence[bytes], rows: Sequence[Row]) -> None:
        floor = self._by_text[-1][0] if len(self._by_text) == self._limit and self._limit else ""
        newer = [at for at, text in enumerate(texts) if text > floor]
        newest = sorted(newer, key=texts.__getitem__, reverse=True)[: self._limit]
        kept = [lines[at] for at in newest]
        if any(map(_SMALL_LINE.__lt__, map(len, kept))):
            kept = [_small(lines[at], rows, at) for at in newest]
        found = list(zip([texts[at] for at in newest], [-(self._offered + at) for at in newest], kept, strict=True))
        self._by_text = sorted(self._by_text + found, reverse=True)[: self._limit]

    def _offer_moments(self, lines: Sequence[bytes], rows: Sequence[Row]) -> None:
        self._settle()
        for at, row in enumerate(rows):
            found, place = moment_of(row, self._path), -(self._offered + at)
            moment = found.timestamp() if found else float("-inf")
            if self._would_keep(moment, place):
                self._push((moment, place, _small(lines[at], rows, at)))

    def _settle(self) -> None:
        """Put what was kept by its text among what is kept by its moment."""
        for text, place, line in self._by_text:
            moment = datetime.fromisoformat(text).replace(tzinfo=UTC)
            self._push((moment.timestamp(), place, line))
        self._by_text = []

    def _would_keep(self, moment: float, place: int) -> bool:
        if len(self._by_moment) < self._limit:
            return True
        return bool(self._limit) and (moment, place) > self._by_moment[0][:2]

    def _push(self, entry: tuple[float, int, bytes]) -> None:
        if len(self._by_moment) < self._limit:
            heapq.heappush(self._by_moment, entry)
        else:
            heapq.heappushpop(self._by_moment, entry)


def _small(line: bytes, rows: Sequence[Row], at: int) -> bytes:
    if len(line) <= _SMALL_LINE:
        return line
    return orjson.dumps({name: _clipped(value) for name, value in rows[at].items()})


def _clipped(value: Any) -> Any:
    if isinstance(value, dict | list):
        text = orjson.dumps(value)
        return value if len(text) <= _CLIP else text[: _CLIP * 4].decode(errors="ignore")[:_CLIP]
    return value[:_CLIP] if isinstance(value, str) else value
