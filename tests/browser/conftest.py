"""A whole portal with its demo, started once for the run, and windows of a real Chromium that are watched."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, StorageState

from tests.browser import visitors
from tests.browser.pictures import FOLDER, look_at
from tests.browser.windows import Windows
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


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Crawl last: what the walks have left on the site is what there is to be seen."""
    items.sort(key=lambda item: "test_every_page" in item.nodeid)


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
    windows = Windows(browser, site)
    yield windows.new_page
    problems = windows.close()
    assert not problems, "\n".join(problems)


@pytest.fixture(scope="session")
def team_state(browser: Browser, site: Site) -> StorageState:
    """Return the cookies of a reviewer who has signed in; a code of the app is good for one sign-in only."""
    from examples.macrosora.staff import RITA

    windows = Windows(browser, site)
    page = windows.new_page()
    visitors.sign_in_with_app(page, site, RITA, look=look_at)
    state = page.context.storage_state()
    problems = windows.close()
    assert not problems, "\n".join(problems)
    return state


@pytest.fixture
def desk(new_page: NewPage, team_state: StorageState, site: Site) -> Page:
    """Return the reviewer's window, at the queue."""
    page = new_page(storage_state=team_state)
    page.goto(f"{site.url}/desk/")
    return page
