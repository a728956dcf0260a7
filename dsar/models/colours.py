"""A tenant's accent colour: the shades that pages need of it, and whether they can be read (WCAG 2.2, 1.4.3)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

#: Contrast of text with what it stands on, at least (WCAG 2.2, 1.4.3).
LEAST = 4.5
#: What the accent stands on, as in portal/static/css/tokens.css: surface, page and sunken; light, then dark.
LIGHT = ("#ffffff", "#f6f7f5", "#edf0ed")
DARK = ("#181d1b", "#101413", "#1f2523")
WHITE, BLACK = "#ffffff", "#000000"
_HEX = re.compile(r"#[0-9a-f]{6}")


@dataclass(frozen=True, slots=True)
class Palette:
    """The accent's shades, each for light and dark pages."""

    accent: tuple[str, str]
    strong: tuple[str, str]
    on_accent: tuple[str, str]
    soft: tuple[str, str]


def palette(accent: str) -> Palette:
    """Return the shades of an accent: as it is on light pages, lightened for dark ones until it can be read there."""
    dark = _until(accent, WHITE, lambda shade: _least(shade, DARK) >= LEAST + 1)
    return Palette(
        accent=(accent, dark),
        strong=(mix(accent, BLACK, 0.2), mix(dark, WHITE, 0.3)),
        on_accent=(WHITE, mix(accent, BLACK, 0.8)),
        soft=(mix(WHITE, accent, 0.1), mix("#181d1b", accent, 0.3)),
    )


def checked(accent: str) -> str:
    """Return an accent in lower case, "" for none. Raises ValidationError for no colour, or one that is too light."""
    colour = accent.strip().lower()
    if not colour:
        return ""
    if not _HEX.fullmatch(colour):
        raise ValidationError(_("Write the colour as # and six digits or letters from a to f, such as #0b6b5d."))
    found = _least(colour, LIGHT)
    if found < LEAST:
        nearest = _until(colour, BLACK, lambda shade: _least(shade, LIGHT) >= LEAST)
        said = {"found": f"{found:.1f}", "least": LEAST, "nearest": nearest}
        raise ValidationError(
            _(
                "Text in this colour could not be read: its contrast with the page is %(found)s to 1, and at least "
                "%(least)s to 1 is needed. The nearest that serves is %(nearest)s."
            ),
            params=said,
        )
    return colour


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours, 1 to 21 (WCAG 2.2)."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def mix(one: str, other: str, part: float) -> str:
    """Return a colour with this part of the other, 0 to 1."""
    pairs = zip(_channels(one), _channels(other), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * part):02x}" for a, b in pairs)


def _until(colour: str, towards: str, serves: Callable[[str], bool]) -> str:
    """Return the first shade on the way to another colour that serves; that colour itself does."""
    shades = (mix(colour, towards, step / 50) for step in range(51))
    return next(shade for shade in shades if serves(shade))


def _least(colour: str, grounds: tuple[str, ...]) -> float:
    return min(contrast(colour, ground) for ground in grounds)


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(channel / 255) for channel in _channels(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
