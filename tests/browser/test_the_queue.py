"""The queue without a mouse: filtered, saved as a view, taken, released many at once; news come by themselves."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import pytest
from playwright.sync_api import Page, expect

from tests.browser.keyboard import Keyboard
from tests.browser.pictures import ALL, look_at
from tools.processes import wait_until
from tools.site import Site
from tools.visitor import Visitor

pytestmark = pytest.mark.browser
ASKERS = tuple(f"quinn.{name}@elsewhere.example" for name in ("one", "two", "three"))
LATECOMER = "quinn.late@elsewhere.example"


def ask(site: Site, email: str, kind: str = "access", question: str = "") -> str:
    visitor = Visitor(site, email)
    try:
        visitor.sign_up()
        return visitor.file(kind, question=question)
    finally:
        visitor.close()


@contextmanager
def told(capsys: pytest.CaptureFixture[str], what: str, hand: Keyboard | None = None) -> Iterator[list[str]]:
    """Print how many seconds something took, and how many clicks (those in the list) or keys."""
    clicks: list[str] = []
    before, start = hand.pressed if hand else 0, time.monotonic()
    yield clicks
    seconds = time.monotonic() - start
    effort = f"{hand.pressed - before} keys" if hand else f"{len(clicks)} clicks"
    with capsys.disabled():
        print(f"\n{what}: {effort}, {seconds:.1f} s")  # noqa: T201 - what it costs is read in the run's output


def test_the_queue_without_a_mouse(site: Site, desk: Page, capsys: pytest.CaptureFixture[str]) -> None:
    references = [ask(site, email) for email in ASKERS]
    for reference in references:
        wait_until(partial(is_ready, desk, site, reference), seconds=90, what=f"the collecting of {reference}")
    hand = Keyboard(desk)
    desk.goto(f"{site.url}/desk/")
    see_the_sheet(desk, hand)
    filter_and_save(desk, hand)
    take_one(desk, hand)
    get_news(site, desk, hand)
    with told(capsys, "two requests, from the queue to their release, by keyboard", hand):
        release_two(desk, hand, references[:2])
    with told(capsys, "one request, from the queue to its release, by mouse") as clicks:
        release_by_mouse(desk, site, references[2], clicks)


def is_ready(desk: Page, site: Site, reference: str) -> bool:
    desk.goto(f"{site.url}/desk/?q={reference}")
    return desk.get_by_role("row").filter(has_text=reference).filter(has_text="To release").count() == 1


def see_the_sheet(desk: Page, hand: Keyboard) -> None:
    hand.press("?")
    sheet = desk.get_by_role("dialog", name="Keyboard shortcuts")
    expect(sheet).to_be_visible()
    look_at(desk, "queue-shortcuts")
    hand.tab_to(sheet.get_by_label("Single keys work on this device"))
    hand.press("Space", "Escape")
    expect(sheet).to_be_hidden()
    hand.press("?")
    expect(sheet).to_be_hidden()  # switched off
    desk.get_by_role("button", name="Keyboard shortcuts").focus()
    hand.press("Enter")
    hand.tab_to(sheet.get_by_label("Single keys work on this device"))
    hand.press("Space", "Escape")


def filter_and_save(desk: Page, hand: Keyboard) -> None:
    hand.press("f")
    hand.type("To rel")
    hand.press("Tab")
    hand.type("Acc")
    hand.tab_to(desk.get_by_role("button", name="Show", exact=True))
    hand.press("Enter")
    desk.wait_for_url("**/desk/?*status=awaiting_release*")
    hand.tab_to(desk.get_by_text("Save these filters as a view"))
    hand.press("Enter", "Tab")
    hand.type("Copies to send")
    look_at(desk, "queue-saving-a-view")
    hand.press("Enter")
    expect(desk.get_by_role("link", name="Copies to send")).to_have_attribute("aria-current", "page")
    look_at(desk, "queue-saved-view", looks=ALL)


def take_one(desk: Page, hand: Keyboard) -> None:
    hand.press("j", "t")
    expect(desk.get_by_text("1 request is yours now.")).to_be_visible()


def get_news(site: Site, desk: Page, hand: Keyboard) -> None:
    """What comes meanwhile is told, and neither the selection nor the focus is lost."""
    desk.goto(f"{site.url}/desk/")
    hand.press("j", "x")
    first = desk.get_by_role("row").nth(1)
    reference = first.get_by_role("link").inner_text()
    ask(site, LATECOMER, "enquiry", "Is this the queue that tells by itself?")
    expect(desk.get_by_text("1 new request", exact=True)).to_be_visible(timeout=30_000)
    expect(desk.get_by_label(f"Select {reference}")).to_be_checked()
    expect(desk.get_by_role("link", name=reference)).to_be_focused()
    look_at(desk, "queue-news-and-selection")


def release_two(desk: Page, hand: Keyboard, references: list[str]) -> None:
    hand.press("Escape")
    for reference in references:
        while not desk.get_by_role("link", name=reference).evaluate("link => link === document.activeElement"):
            hand.press("j")
            assert hand.pressed < 1_000, f"j does not lead to {reference}"
        hand.press("x")
    hand.press("r")
    expect(desk.get_by_role("heading", name="Release 2 requests?")).to_be_visible()
    look_at(desk, "queue-release", looks=ALL)
    hand.tab_to(desk.get_by_role("button", name="Release 2 requests"))
    hand.press("Enter")
    expect(desk.get_by_text("2 requests released.")).to_be_visible()


def release_by_mouse(desk: Page, site: Site, reference: str, clicks: list[str]) -> None:
    link = desk.get_by_role("link", name=reference)
    link.click()
    clicks.append("the case")
    release = desk.get_by_role("button", name="Release to the person")
    release.click()
    clicks.append("the release")
    expect(desk.get_by_text("Released. The person has been told by email.")).to_be_visible()
