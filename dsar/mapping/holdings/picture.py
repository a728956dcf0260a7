"""A calm picture for the person: each kind of data at the left, who receives it at the right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dsar.mapping.drawing.elements import element, text, words
from dsar.mapping.drawing.text import wrapped
from dsar.mapping.holdings.holding import Holding

#: Units of the picture; on a phone of 390 pixels one is about a pixel, so that its words can be read there.
WIDTH, ROW, GAP, TOP = 344.0, 34.0, 8.0, 30.0
LEFT, RIGHT = 178.0, 112.0
SIZE, LINE = 12.0, 15.0
#: Inter is narrower than the widest font that the measure of texts allows for.
_NARROWER = 0.92


@dataclass(frozen=True, slots=True)
class Words:
    """What the picture says in the reader's language. `described` is for who cannot see it."""

    title: str
    described: str
    kinds: str
    receivers: str
    nobody: str


def picture(holdings: Sequence[Holding], *, said: Words) -> str:
    """Return the picture as SVG, for a page that links held.css."""
    receivers = list(dict.fromkeys(name for one in holdings for name in one.recipients))
    if any(not one.recipients for one in holdings):
        receivers.append(said.nobody)
    tall = TOP + max(len(holdings), 1) * (ROW + GAP)
    ends = _spread(len(receivers), tall)
    at = dict(zip(receivers, ends, strict=True))
    starts = [TOP + number * (ROW + GAP) + ROW / 2 for number in range(len(holdings))]
    return element(
        "svg",
        element("title", words(said.title), id="held-title"),
        element("desc", words(said.described), id="held-desc"),
        text(said.kinds, 0, 14, "held-head"),
        text(said.receivers, WIDTH - RIGHT, 14, "held-head"),
        *(_line(y, at[name]) for one, y in zip(holdings, starts, strict=True) for name in one.recipients),
        *(_line(y, at[said.nobody], "nobody") for one, y in zip(holdings, starts, strict=True) if not one.recipients),
        *(_box(one.name, 0, y, LEFT, "held-kind") for one, y in zip(holdings, starts, strict=True)),
        *(_box(name, WIDTH - RIGHT, y, RIGHT, _look(name, said), lines=2) for name, y in at.items()),
        xmlns="http://www.w3.org/2000/svg",
        class_="held-picture",
        viewBox=f"0 0 {WIDTH:.0f} {tall:.0f}",
        width=f"{WIDTH:.0f}",
        height=f"{tall:.0f}",
        role="img",
        aria_labelledby="held-title held-desc",
    )


def _spread(count: int, tall: float) -> list[float]:
    """Return the middles of so many boxes, evenly over the height below the heads."""
    step = (tall - TOP) / max(count, 1)
    return [TOP + step * (number + 0.5) - GAP / 2 for number in range(count)]


def _look(name: str, said: Words) -> str:
    return "held-nobody" if name == said.nobody else "held-receiver"


def _line(start: float, end: float, kind: str = "") -> str:
    left, right = LEFT, WIDTH - RIGHT
    half = (left + right) / 2
    way = f"M{left:.1f} {start:.1f}C{half:.1f} {start:.1f} {half:.1f} {end:.1f} {right:.1f} {end:.1f}"
    return element("path", d=way, class_=f"held-line {kind}".strip())


def _box(name: str, x: float, middle: float, wide: float, kind: str, lines: int = 1) -> str:
    """Return a name on its ground, in so many lines at most."""
    told = wrapped(name, SIZE * _NARROWER, wide - 18, lines)
    tall = ROW + LINE * (len(told) - 1)
    first = middle + 4 - LINE * (len(told) - 1) / 2
    return element(
        "g",
        element("rect", x=x, y=middle - tall / 2, width=wide, height=tall, rx=9),
        *(text(line, x + 9, first + LINE * number, "held-name") for number, line in enumerate(told)),
        class_=kind,
    )
