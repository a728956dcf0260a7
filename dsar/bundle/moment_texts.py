"""Moments as texts that sort as they do: what is asked of each is asked of all at once. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date

from dsar.columns import column
from dsar.values import Row

#: Moments whose texts sort as they do, once an offset of zero that stands behind each is taken off; any digit as 0.
_SORTABLE = frozenset({b"0000-00-00T00:00:00", b"0000-00-00T00:00:00.000000"})
_DIGITS = bytes.maketrans(b"123456789", b"000000000")
_CLOCK = len("00:00:00")


def sortable(rows: Sequence[Row], path: str | None) -> Sequence[str] | None:
    """Return the rows' moments as texts that sort in time, or None where one of them is no such text."""
    if path is None or "." in path:
        return None
    texts = column(rows, path)
    if set(map(type, texts)) != {str}:
        return None
    joined = "\n".join(texts) + "\n"
    for offset in ("Z\n", "+00:00\n"):
        if joined.count(offset) == len(texts):
            joined = joined.replace(offset, "\n")
            texts = joined.split("\n")[:-1]
    return texts if _shapes(joined.encode("utf-8", "replace"), len(texts)) <= _SORTABLE else None


def _shapes(lines: bytes, count: int) -> set[bytes]:
    """Return the lines, each once, with any digit as 0."""
    shapes = lines.translate(_DIGITS)
    first = shapes[: shapes.index(b"\n") + 1]
    # Most often all are of one shape: then they need not be taken apart.
    return {first[:-1]} if shapes == first * count else set(shapes.split(b"\n")[:-1])


def rows_by_day(texts: Sequence[str]) -> Mapping[date, int] | None:
    """Return the days of texts that are `sortable`; None if one of them is no moment: a 13th month, a 25th hour."""
    # As bytes, which are taken apart and searched without a step of Python for each.
    clocks = "".join([text[11:19] for text in texts]).encode()
    hours, minutes, seconds = (clocks[at::_CLOCK] for at in (0, 3, 6))
    if (hours + minutes + seconds).translate(None, b"012345") or max(zip(hours, clocks[1::_CLOCK], strict=True)) > (
        ord("2"),
        ord("3"),
    ):
        return None
    try:
        return {date.fromisoformat(day): count for day, count in Counter([text[:10] for text in texts]).items()}
    except ValueError:
        return None
