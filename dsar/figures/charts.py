"""The geometry of charts: rectangles and lines from the top left, drawn as inline SVG by the templates.

A chart is stretched to the width it has, so nothing in it is round and no words stand in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 600, 120
_GAP = 0.24  # of a slot
_LEAST = 2.0  # a count of one must still be seen


@dataclass(frozen=True, slots=True)
class Bar:
    """A rectangle; `kind` is what it counts, a part of a class's name."""

    x: float
    y: float
    width: float
    height: float
    kind: str


@dataclass(frozen=True, slots=True)
class Column:
    """What stands above one slot: its bars, the strip in which a pointer finds them, and what it is then told."""

    x: float
    width: float
    bars: tuple[Bar, ...]
    text: str


@dataclass(frozen=True, slots=True)
class Chart:
    """`text` is read to who cannot see it; `line` is a polyline's points, `rule` the height of a line across."""

    columns: tuple[Column, ...]
    text: str
    line: str = ""
    rule: float | None = None
    width: int = WIDTH
    height: int = HEIGHT


def side_by_side(
    series: Sequence[tuple[str, Sequence[float]]], *, texts: Sequence[str], text: str, most: float = 0
) -> Chart:
    """Return bars of several series beside each other in each slot; `most` is what the full height is at least."""
    most = max([most, *(value for _kind, values in series for value in values)], default=0)
    slot = WIDTH / max(1, len(texts))
    wide = slot * (1 - _GAP) / max(1, len(series))
    columns = [
        Column(
            x=_short(place * slot),
            width=_short(slot),
            bars=tuple(
                _bar(place * slot + slot * _GAP / 2 + number * wide, wide, values[place], most, kind)
                for number, (kind, values) in enumerate(series)
                if values[place]
            ),
            text=said,
        )
        for place, said in enumerate(texts)
    ]
    return Chart(tuple(columns), text)


def ranges(spans: Sequence[tuple[float, float] | None], *, texts: Sequence[str], text: str, rule: float) -> Chart:
    """Return a bar from the low to the high end of each slot's span, and a line across at `rule`."""
    most = max([rule * 1.1, *(span[1] for span in spans if span)])
    slot = WIDTH / max(1, len(texts))
    columns = []
    for place, (span, said) in enumerate(zip(spans, texts, strict=True)):
        x, wide = place * slot + slot * _GAP / 2, slot * (1 - _GAP)
        bars = _range(x, wide, *span, most) if span else ()
        columns.append(Column(_short(place * slot), _short(slot), bars, said))
    return Chart(tuple(columns), text, rule=_short(HEIGHT * (1 - rule / most)))


def line(values: Sequence[float], *, texts: Sequence[str], text: str) -> Chart:
    """Return a line through the middle of each slot."""
    most = max([1.0, *values])
    slot = WIDTH / max(1, len(values))
    points = (
        f"{_short((place + 0.5) * slot)},{_short(HEIGHT - (HEIGHT - 4) * value / most - 2)}"
        for place, value in enumerate(values)
    )
    columns = tuple(Column(_short(place * slot), _short(slot), (), said) for place, said in enumerate(texts))
    return Chart(columns, text, line=" ".join(points))


def _bar(x: float, width: float, value: float, most: float, kind: str) -> Bar:
    height = max(_LEAST, HEIGHT * value / most)
    return Bar(_short(x), _short(HEIGHT - height), _short(width), _short(height), kind)


def _range(x: float, width: float, low: float, high: float, most: float) -> tuple[Bar, ...]:
    """The span itself, pale, and both its ends, strong: half were closed by the lower, most by the upper."""
    top, bottom = HEIGHT * (1 - high / most), HEIGHT * (1 - low / most)
    span = Bar(_short(x), _short(top), _short(width), _short(max(_LEAST, bottom - top)), "span")
    ends = (
        Bar(_short(x), _short(min(at, HEIGHT - 3)), _short(width), 3, kind)
        for at, kind in ((top, "most"), (bottom, "half"))
    )
    return (span, *ends)


def _short(value: float) -> float:
    return round(value, 2)
