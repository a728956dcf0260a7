"""Opting out takes no more than opting in, and a link out of a mailing works without an account."""

from __future__ import annotations

import json
import re
import subprocess
import sys

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser import visitors
from tests.browser.conftest import NewPage
from tests.browser.pictures import look_at
from tools.site import ROOT, Site

pytestmark = pytest.mark.browser
CHOOSER = "carla.chooser@elsewhere.example"


class Hand:
    """Clicks, and counts the clicks."""

    def __init__(self, page: Page) -> None:
        self.page, self.clicks = page, 0

    def click(self, what: Locator) -> None:
        what.click()
        self.clicks += 1


def clicks(page: Page, site: Site, *, button: str, told: str) -> int:
    """Return how many clicks from the home page change a choice."""
    page.goto(site.url)
    hand = Hand(page)
    hand.click(page.get_by_role("link", name="My choices"))
    visitors.arrive(page, "My choices")
    hand.click(page.get_by_role("button", name=re.compile(f"^{button} ?: Tips$")))
    expect(page.get_by_role("status")).to_have_text(re.compile(told))
    return hand.clicks


def leave_by_link(page: Page, site: Site) -> None:
    """Open the link of a message in a browser that knows nobody, and press its one button."""
    asked = [sys.executable, "manage.py", "consented", CHOOSER, "--tenant=macrosora", "--purpose=tips"]
    answer = subprocess.run(asked, env=site.environment(), check=True, capture_output=True, text=True, cwd=ROOT)
    page.goto(json.loads(answer.stdout)["headers"]["List-Unsubscribe"].strip("<>"))
    visitors.arrive(page, "Unsubscribe?")
    look_at(page, "unsubscribe")
    page.get_by_role("button", name="Unsubscribe").click()
    visitors.arrive(page, "You are unsubscribed")
    look_at(page, "unsubscribed")
    assert subprocess.run(asked, env=site.environment(), check=False, cwd=ROOT).returncode == 1


def test_opting_out_takes_no_more_clicks_than_opting_in(site: Site, new_page: NewPage) -> None:
    page = new_page()
    visitors.sign_up(page, site, CHOOSER)
    page.goto(f"{site.url}/preferences/")
    look_at(page, "choices-none")
    opting_in = clicks(page, site, button="Switch on", told="Tips: switched on")
    opting_out = clicks(page, site, button="Switch off", told="Tips: switched off")
    assert opting_out <= opting_in
    clicks(page, site, button="Switch on", told="Tips: switched on")
    leave_by_link(new_page(), site)
    page.set_extra_http_headers({"Sec-GPC": "1"})
    page.goto(f"{site.url}/preferences/")
    expect(page.get_by_role("heading", name="Your browser asks us not to share your data")).to_be_visible()
    look_at(page, "choices")


def test_a_link_that_is_none(site: Site, new_page: NewPage) -> None:
    page = new_page()
    page.goto(f"{site.url}/unsubscribe/nonsense/")
    visitors.arrive(page, "This link does not work")
    look_at(page, "unsubscribe-bad")
