"""Windows of the browser, all of them watched."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser.watching import Watch
from tools.site import Site

PATIENCE = 15_000  # milliseconds for a page on a busy machine


class Windows:
    """Opens windows at one site and remembers what went wrong in them."""

    def __init__(self, browser: Browser, site: Site) -> None:
        self._browser, self._site = browser, site
        self._contexts: list[BrowserContext] = []
        self._watches: list[Watch] = []

    def new_page(self, **options: Any) -> Page:
        """Open a window with cookies of its own."""
        usual = {"viewport": {"width": 1280, "height": 800}, "locale": "en-GB", "timezone_id": "Europe/Berlin"}
        context = self._browser.new_context(**{**usual, **options})
        context.set_default_timeout(PATIENCE)
        self._contexts.append(context)
        self._watches.append(Watch(context, host=f"localhost:{self._site.ports['web']}"))
        return context.new_page()

    def close(self) -> list[str]:
        """Close the windows; return what went wrong in any of them."""
        for context in self._contexts:
            context.close()
        return [problem for watch in self._watches for problem in watch.problems]
