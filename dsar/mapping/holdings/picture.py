"""A calm picture for the person: each kind of data at the left, who receives it at the right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

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


@dataclass(frozen=True, slots=True)
class _Box:
    """A name in lines on its ground; `middle` is where lines to others meet it."""

    lines: tuple[str, ...]
    middle: float = 0.0

    @property
    def tall(self) -> float:
        return ROW + LINE * (len(self.lines) - 1)


def picture(holdings: Sequence[Holding], *, said: Words) -> str:
    """Return the picture as SVG, for a page that links held.css."""
    receivers = list(dict.fromkeys(name for one in holdings for name in one.recipients))
    if any(not one.recipients for one in holdings):
        receivers.append(said.nobody)
    left = [_boxed(one.name, LEFT, lines=2) for one in holdings]
    right = [_boxed(name, RIGHT, lines=3) for name in receivers]
    tall = max(_height(left), _height(right), ROW)
    starts, ends = _spread(left, tall), _spread(right, tall)
    at = {name: box.middle for name, box in zip(receivers, ends, strict=True)}
    pairs = list(zip(holdings, starts, strict=True))
    return element(
        "svg",
        element("title", words(said.title), id="held-title"),
        element("desc", words(said.described), id="held-desc"),
        text(said.kinds, 0, 14, "held-head"),
        text(said.receivers, WIDTH - RIGHT, 14, "held-head"),
        *(_line(box.middle, at[name]) for one, box in pairs for name in one.recipients),
        *(_line(box.middle, at[said.nobody], "nobody") for one, box in pairs if not one.recipients),
        *(_drawn(box, 0, LEFT, "held-kind") for box in starts),
        *(_drawn(box, WIDTH - RIGHT, RIGHT, _look(name, said)) for name, box in zip(receivers, ends, strict=True)),
        xmlns="http://www.w3.org/2000/svg",
        class_="held-picture",
        viewBox=f"0 0 {WIDTH:.0f} {TOP + tall:.0f}",
        width=f"{WIDTH:.0f}",
        height=f"{TOP + tall:.0f}",
        role="img",
        aria_labelledby="held-title held-desc",
    )


def _boxed(name: str, wide: float, *, lines: int) -> _Box:
    return _Box(tuple(wrapped(name, SIZE * _NARROWER, wide - 18, lines)) or ("",))


def _height(boxes: Sequence[_Box]) -> float:
    return sum(box.tall + GAP for box in boxes)


def _spread(boxes: Sequence[_Box], tall: float) -> list[_Box]:
    """Set the boxes below the heads, with what is left of the height between them."""
    free = (tall - _height(boxes)) / max(len(boxes), 1)
    placed, y = [], TOP
    for box in boxes:
        y += free / 2
        placed.append(replace(box, middle=y + box.tall / 2))
        y += box.tall + GAP + free / 2
    return placed


def _look(name: str, said: Words) -> str:
    return "held-nobody" if name == said.nobody else "held-receiver"


def _line(start: float, end: float, kind: str = "") -> str:
    left, right = LEFT, WIDTH - RIGHT
    half = (left + right) / 2
    way = f"M{left:.1f} {start:.1f}C{half:.1f} {start:.1f} {half:.1f} {end:.1f} {right:.1f} {end:.1f}"
    return element("path", d=way, class_=f"held-line {kind}".strip())


def _drawn(box: _Box, x: float, wide: float, kind: str) -> str:
    first = box.middle + 4 - LINE * (len(box.lines) - 1) / 2
    return element(
        "g",
        element("rect", x=x, y=box.middle - box.tall / 2, width=wide, height=box.tall, rx=9),
        *(text(line, x + 9, first + LINE * number, "held-name") for number, line in enumerate(box.lines)),
        class_=kind,
    )
