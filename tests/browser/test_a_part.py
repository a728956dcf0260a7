"""Asking for one's data on a phone takes few clicks and well under a minute; a part of it a few more."""

from __future__ import annotations

import re
import time

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser import visitors
from tests.browser.conftest import NewPage
from tests.browser.pictures import ALL, NARROW, PHONE, PHONE_DARK, WIDE, look_at
from tests.browser.telling import tell
from tools.site import Site

pytestmark = pytest.mark.browser
ASKER = "nora.narrow@elsewhere.example"
#: Of the policy's promise (under a minute); a person reads as well, so the clicks are what is bound.
MOST_CLICKS, MOST_SECONDS = 3, 20


class Hand:
    """Clicks, and counts the clicks and the seconds."""

    def __init__(self, page: Page) -> None:
        self.page, self.clicks, self.begun_at = page, 0, time.monotonic()

    def click(self, what: Locator) -> None:
        what.click()
        self.clicks += 1

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.begun_at


def ask_for_all(page: Page, site: Site) -> Hand:
    """Go from the home page, where a sign-in ends, to the answers."""
    page.goto(site.url)
    hand = Hand(page)
    hand.click(page.get_by_role("link", name="Ask for your data"))
    go_on(hand)
    return hand


def ask_for(page: Page, site: Site, title: str) -> Hand:
    """Go the same way for what is not the first choice."""
    page.goto(site.url)
    hand = Hand(page)
    hand.click(page.get_by_role("link", name="Something else"))
    hand.click(page.get_by_role("radio", name=title))
    go_on(hand)
    return hand


def go_on(hand: Hand) -> None:
    visitors.arrive(hand.page, "What would you like?")
    hand.click(hand.page.get_by_role("button", name="Continue"))
    visitors.arrive(hand.page, "Check your answers")


def send(hand: Hand) -> None:
    hand.click(hand.page.get_by_role("button", name="Send the request"))
    visitors.arrive(hand.page, "We have your request")


def narrow(hand: Hand) -> None:
    page = hand.page
    hand.click(page.get_by_role("link", name="Choose a part"))
    visitors.arrive(page, "Only a part?")
    hand.click(page.get_by_role("checkbox", name="Billing"))
    hand.click(page.get_by_role("checkbox", name="Support"))
    page.get_by_label("From (optional)").fill("2026-02-01")
    hand.click(page.get_by_role("button", name="Continue"))
    visitors.arrive(page, "Check your answers")


def test_everything_is_asked_for_in_three_clicks_and_a_part_in_a_few_more(
    site: Site, new_page: NewPage, capsys: pytest.CaptureFixture[str]
) -> None:
    page = new_page()
    visitors.sign_up(page, site, ASKER)
    page.set_viewport_size({"width": PHONE.width, "height": PHONE.height})
    hand = ask_for_all(page, site)
    send(hand)
    tell(capsys, f"from sign-in to a filed access request, 390 px: {hand.clicks} clicks, {hand.seconds:.1f} s")
    assert hand.clicks <= MOST_CLICKS
    assert hand.seconds < MOST_SECONDS

    hand = ask_for(page, site, "An export to take elsewhere")
    narrow(hand)
    expect(page.get_by_text("Billing, Support")).to_be_visible()
    tell(capsys, f"the same for a part of an export: {hand.clicks + 1} clicks, {hand.seconds:.1f} s")
    page.get_by_role("link", name=re.compile("^Change ?: Which data$")).click()
    expect(page.get_by_role("checkbox", name="Billing")).to_be_checked()
    look_at(page, "form-narrow", looks=(*ALL, NARROW))
    page.get_by_role("checkbox", name="Support").uncheck()
    page.get_by_role("button", name="Continue").click()
    visitors.arrive(page, "Check your answers")
    look_at(page, "form-check-part", looks=(WIDE, PHONE_DARK, NARROW))
    send(hand)
    page.get_by_role("link", name="Watch it happen").click()
    expect(page.get_by_role("heading", name="Which data you asked for")).to_be_visible()
    expect(page.get_by_text("not asked for").first).to_be_visible()
    look_at(page, "request-part", looks=(WIDE, PHONE_DARK))
