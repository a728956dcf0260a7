"""The whole way with the keyboard alone: to an account, to an export to take elsewhere, to its file."""

from __future__ import annotations

import time
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import expect

from examples.macrosora import cast
from tests.browser import visitors
from tests.browser.conftest import NewPage
from tests.browser.keyboard import Keyboard
from tests.browser.pictures import look_at
from tests.browser.telling import tell
from tools.site import Site
from tools.visitor import mailed_code

pytestmark = pytest.mark.browser
ASKER = cast.RIGHT_TO_LEFT.email
TITLE = "An export to take elsewhere"
COLLECTED = 60_000  # milliseconds that the worker may take on a busy machine


def test_an_export_is_asked_for_and_fetched_by_keyboard(
    site: Site, new_page: NewPage, capsys: pytest.CaptureFixture[str]
) -> None:
    page, begun_at = new_page(), time.monotonic()
    hand = Keyboard(page)
    sign_up(hand, site)
    ask(hand)
    effort = f"{hand.pressed} keys, {time.monotonic() - begun_at:.1f} s"
    tell(capsys, f"from the home page to an account and a filed export, by keyboard: {effort}")
    hand.enter(page.get_by_role("link", name="Watch it happen"))
    visitors.arrive(page, TITLE)
    expect(page.get_by_text("Your data is ready")).to_be_visible(timeout=COLLECTED)  # no policy asks for a reviewer
    check_export(fetch(hand))


def sign_up(hand: Keyboard, site: Site) -> None:
    page = hand.page
    page.goto(site.url)
    hand.enter(page.get_by_role("link", name="Sign in"))
    visitors.arrive(page, "Sign in")
    hand.enter(page.get_by_role("link", name="Create an account"))
    visitors.arrive(page, "Create an account")
    hand.tab_to(page.get_by_label("Email"))
    hand.type(ASKER)
    asked_at = time.time_ns()
    hand.press("Enter")
    code = page.get_by_label("Code")
    expect(code).to_be_visible()
    hand.tab_to(code)
    hand.type(mailed_code(site, ASKER, since=asked_at))
    hand.press("Enter")
    expect(page.get_by_role("link", name="My requests")).to_be_visible()


def ask(hand: Keyboard) -> None:
    """File it from the home page, past the header by the link that is there for it."""
    page = hand.page
    hand.enter(page.get_by_role("link", name="Skip to the content"))
    hand.enter(page.get_by_role("link", name="Something else"))
    visitors.arrive(page, "What would you like?")
    hand.choose(page.get_by_role("radio", name=TITLE))
    hand.enter(page.get_by_role("button", name="Continue"))
    visitors.arrive(page, "Check your answers")
    hand.enter(page.get_by_role("button", name="Send the request"))
    visitors.arrive(page, "We have your request")


def fetch(hand: Keyboard) -> Path:
    page = hand.page
    hand.enter(page.get_by_role("link", name="Download", exact=True))
    visitors.arrive(page, "Download your data")
    look_at(page, "download-export")
    hand.tab_to(page.get_by_role("button", name="Download the ZIP file"))
    with page.expect_download() as coming:
        hand.press("Enter")
    return Path(coming.value.path())


def check_export(file: Path) -> None:
    """An export has a schema beside its rows, for the machine that takes them in; a copy has none."""
    with zipfile.ZipFile(file) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        rows = [name for name in names if name.endswith(".jsonl")]
        assert rows
        assert sum(name.endswith(".schema.json") for name in names) >= len(rows)
        assert any(cast.RIGHT_TO_LEFT.full_name.encode() in archive.read(name) for name in rows)
