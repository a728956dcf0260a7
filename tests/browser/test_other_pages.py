"""Pages that nobody looks for: what is not there, not theirs, or only for those who build pages."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import expect

from tests.browser import visitors
from tests.browser.conftest import NewPage
from tests.browser.pictures import ALL, look_at
from tools.site import Site

pytestmark = pytest.mark.browser
STRANGER = "sam.stranger@elsewhere.example"


def test_what_is_not_there_and_not_theirs(site: Site, new_page: NewPage) -> None:
    page = new_page()
    visitors.sign_up(page, site, STRANGER)
    page.goto(f"{site.url}/requests/")
    look_at(page, "requests-none")
    page.goto(f"{site.url}/requests/R-0000-0000-00/")
    visitors.arrive(page, "There is nothing here")
    look_at(page, "error-404")
    page.goto(f"{site.url}/desk/")
    visitors.arrive(page, "There is nothing here")


def test_a_question_from_another_part_of_the_world(site: Site, new_page: NewPage) -> None:
    """Times are told in the reader's own zone, with the day before the month as everywhere."""
    page = new_page(timezone_id="America/New_York")
    visitors.sign_up(page, site, "quincy.asker@elsewhere.example")
    visitors.file(page, site, "A question", question="Who has seen my data since May?", look=look_at)
    due = page.get_by_role("main").get_by_role("time").last
    moment = datetime.fromisoformat(due.get_attribute("datetime") or "").astimezone(ZoneInfo("America/New_York"))
    expect(due).to_have_text(f"{moment:%a} {moment.day} {moment:%b, %H:%M}")
    page.get_by_role("link", name="Watch it happen").click()
    visitors.arrive(page, "A question to the privacy team")
    look_at(page, "question")
    page.goto(f"{site.url}/requests/")
    look_at(page, "requests")


def test_every_component(site: Site, new_page: NewPage) -> None:
    page = new_page()
    page.goto(f"{site.url}/gallery")
    look_at(page, "gallery", looks=ALL)
