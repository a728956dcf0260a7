"""A whole portal with its demo, started once for the run, and windows of a real Chromium that are watched."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.pictures import FOLDER
from tests.browser.watching import Watch
from tools.programs import chromium
from tools.site import Site, new_site, running

SIZE = 40  # people of the demo platform, the fewest that it can be made of
FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
)
NewPage = Callable[..., Page]


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Use the system's Chromium: the one that Playwright would download comes from elsewhere."""
    return {**browser_type_launch_args, "executable_path": chromium(), "args": list(FLAGS)}


@pytest.fixture(scope="session", autouse=True)
def _no_old_pictures() -> None:
    shutil.rmtree(FOLDER, ignore_errors=True)


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    ours = {"DJANGO_SETTINGS_MODULE": "portal.settings", "MACROSORA_SIZE": str(SIZE)}
    site = new_site(tmp_path_factory.mktemp("site"), {**os.environ, **ours})
    with running(site):
        yield site


@pytest.fixture
def new_page(browser: Browser, site: Site) -> Iterator[NewPage]:
    """Return a maker of windows, each with cookies of its own; a fault in any of them fails the test."""
    contexts, watches = [], []

    def make(**options: Any) -> Page:
        context = browser.new_context(viewport={"width": 1280, "height": 800}, locale="en-GB", **options)
        context.set_default_timeout(10_000)  # milliseconds
        contexts.append(context)
        watches.append(Watch(context, host=f"localhost:{site.ports['web']}"))
        return context.new_page()

    yield make
    for context in contexts:
        context.close()
    problems = [problem for watch in watches for problem in watch.problems]
    assert not problems, "\n".join(problems)
