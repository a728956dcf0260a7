"""Pages in the looks that people have; pictures of them are kept in test-results/pictures until the next run."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from playwright.sync_api import FloatRect, Page

from tests.browser.crawling import route_of
from tests.browser.watching import axe_violations

FOLDER = Path(__file__).resolve().parents[2] / "test-results" / "pictures"
TALLEST = 2600  # CSS pixels of a picture


@dataclass(frozen=True)
class Look:
    """A window that people have: its size in CSS pixels and the colours that their system asks for."""

    name: str
    width: int
    height: int
    colours: Literal["light", "dark"]


WIDE, PHONE_DARK = Look("wide-light", 1280, 800, "light"), Look("phone-dark", 390, 844, "dark")
WIDE_DARK, PHONE = Look("wide-dark", 1280, 800, "dark"), Look("phone-light", 390, 844, "light")
#: The narrowest that pages must fit without being scrolled sideways (WCAG 2.2, 1.4.10).
NARROW = Look("narrow-light", 320, 640, "light")
TWO, ALL = (WIDE, PHONE_DARK), (WIDE, PHONE_DARK, WIDE_DARK, PHONE)


#: `make screenshots` wants every page in all four looks; a check of the pages has one of each colour and size.
TAKES_ALL = os.environ.get("SCREENSHOTS") == "all"
#: Nobody looks at pictures of an automatic run, and they take as long as a fifth of the walks.
_KEEPS = TAKES_ALL or not os.environ.get("CI")
#: The routes of the pages that were looked at since the run began.
LOOKED_AT: set[str] = set()


def look_at(page: Page, name: str, *, looks: tuple[Look, ...] = TWO) -> None:
    """Keep a picture of the whole page in each look. Raises AssertionError if axe finds fault with one of them."""
    LOOKED_AT.add(route_of(urlsplit(page.url).path))
    for look in _each(page, name, ALL if TAKES_ALL else looks):
        found = axe_violations(page)
        assert not found, "\n".join([f"{name} in {look.name}:", *found])


def look_without_axe(page: Page, name: str) -> None:
    """Keep a picture in two looks: where scripts are switched off, axe cannot run either."""
    for _look in _each(page, name, TWO):
        pass


def _each(page: Page, name: str, looks: tuple[Look, ...]) -> Iterator[Look]:
    for look in reversed(looks):  # ends as the walk goes on: wide and light
        _put_on(page, look)
        if _KEEPS:
            _keep(page, FOLDER / f"{name}-{look.name}.png")
        assert _overflow(page) <= 0, f"{name} in {look.name} is wider than its window"
        yield look


def _put_on(page: Page, look: Look) -> None:
    page.set_viewport_size({"width": look.width, "height": look.height})
    page.emulate_media(color_scheme=look.colours, reduced_motion="reduce")


def _keep(page: Page, file: Path) -> None:
    """Write the page down to its end, or as much of it as anybody looks at."""
    width, height = page.evaluate("[document.documentElement.clientWidth, document.documentElement.scrollHeight]")
    clip: FloatRect = {"x": 0, "y": 0, "width": width, "height": min(height, TALLEST)}
    page.screenshot(path=file, full_page=True, clip=clip, animations="disabled")


def _overflow(page: Page) -> int:
    """Return the CSS pixels by which the page must be scrolled sideways."""
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))
