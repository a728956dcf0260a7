"""What no page may do, watched for as long as a browser's context lives, and what axe says of a page."""

from __future__ import annotations

from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request, Response

_AXE = Axe().axe_script
# The rule of WCAG 2.2 is off unless it is asked for; no rule that is on asks for the style sheets to be fetched again.
_RUN = """axe.run({resultTypes: ["violations"], preload: false, rules: {"target-size": {enabled: true}}})
    .then(found => found.violations)"""
# A refused form and an error page are told in the console by the browser itself.
_REFUSED = "Failed to load resource: the server responded with a status of 4"


class Watch:
    """Collects errors of the console and of scripts, failed answers, and requests to other hosts than `host`."""

    def __init__(self, context: BrowserContext, *, host: str) -> None:
        self.problems: list[str] = []
        self._host = host
        self._refused: set[str] = set()
        context.on("request", self._on_request)
        context.on("response", self._on_response)
        context.on("console", self._on_console)
        context.on("weberror", lambda error: self.problems.append(f"script: {error.error}"))

    def _on_request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme not in ("file", "data", "blob") and parts.netloc != self._host:
            self.problems.append(f"asked another host: {request.url}")

    def _on_response(self, response: Response) -> None:
        if response.request.is_navigation_request():
            self._refused.add(response.url)
        elif response.status >= 400:
            self.problems.append(f"{response.url} answered {response.status}")

    def _on_console(self, message: ConsoleMessage) -> None:
        is_page = message.text.startswith(_REFUSED) and message.location["url"] in self._refused
        if message.type in ("error", "warning") and not is_page:
            self.problems.append(f"console: {message.text} ({message.location['url']})")


def axe_violations(page: Page) -> list[str]:
    """Return what axe finds wrong on the page as it is now, of any impact, with where it stands."""
    # Reading the script takes half a page's time, so a page that has it is not given it again.
    if not page.evaluate("'axe' in window"):
        page.evaluate(_AXE)
    violations = page.evaluate(_RUN)
    return [
        f"{page.url}: {violation['id']} ({violation['impact']}): {violation['help']}: {node['html'][:200]}"
        for violation in violations
        for node in violation["nodes"]
    ]
