"""How wide a text gets in a font that is not known here: too wide rather than too narrow."""

from __future__ import annotations

import unicodedata

_NARROW = frozenset("ijl.,:;|!'()[]{}/ ftr1I")
_WIDE = frozenset("mwMW@%&QOGD")


def width(text: str, size: float) -> float:
    """Return the width in pixels of a text of that size (pixels) in a wide sans-serif font."""
    return size * sum(map(_em, text))


def _em(character: str) -> float:
    if unicodedata.east_asian_width(character) in "WF" or ord(character) > 0x2FFF:
        return 1.1
    if character in _NARROW:
        return 0.42
    if character in _WIDE:
        return 0.98
    return 0.72 if character.isupper() else 0.64


def shorten(text: str, size: float, room: float) -> str:
    """Return the text, or as much of it as fits into `room` pixels with an ellipsis behind."""
    text = "".join(character if character.isprintable() else " " for character in text)
    if width(text, size) <= room:
        return text
    while text and width(f"{text}…", size) > room:
        text = text[:-1]
    return f"{text}…"


def wrapped(text: str, size: float, room: float, lines: int) -> list[str]:
    """Return the text in at most so many lines; the last one is shortened."""
    found: list[str] = []
    line = ""
    words = text.split()
    while words and len(found) < lines - 1:
        longer = f"{line} {words[0]}".strip()
        if line and width(longer, size) > room:
            found.append(shorten(line, size, room))
            line = ""
        else:
            line = longer
            words.pop(0)
    rest = " ".join([line, *words]).strip()
    return [*found, shorten(rest, size, room)] if rest else found
