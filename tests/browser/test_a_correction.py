"""A person has a wrong name put right, and the team sees where it stands."""

from __future__ import annotations

import time

import pytest
from playwright.sync_api import FilePayload, Locator, Page, expect

from tests.browser import visitors
from tests.browser.conftest import NewPage
from tests.browser.mails import look_at_mail
from tests.browser.pictures import ALL, look_at
from tools.site import Site

pytestmark = pytest.mark.browser
PERSON = "chen.wei@promptworks.example"
RIGHT = "Chén Wěi <O’Hara>"
PNG = b"\x89PNG\r\n\x1a\n"
PATIENCE = 30  # seconds for the workers


def test_a_name_is_corrected(site: Site, new_page: NewPage, desk: Page) -> None:
    page = new_page()
    visitors.sign_up(page, site, PERSON)
    reference = propose(page, site)
    decide(desk, site, reference)
    page.goto(f"{site.url}/requests/{reference}/")
    wait_for(page, page.get_by_role("heading", name="Your data is corrected"))
    look_at(page, "correction-done", looks=ALL)
    look_at_mail(new_page(), site, to=PERSON, subject="Your data is corrected")
    desk.goto(f"{site.url}/desk/{reference}/")
    look_at(desk, "case-correction-done")


def propose(page: Page, site: Site) -> str:
    reference = visitors.file(page, site, "A correction")
    page.get_by_role("link", name="Watch it happen").click()
    look_it_up = page.get_by_role("link", name="Look at it")
    wait_for(page, look_it_up)
    look_at(page, "correction-asked", looks=ALL)
    look_it_up.click()
    visitors.arrive(page, "What is wrong?")
    look_at(page, "correction-form", looks=ALL)
    page.get_by_role("button", name="Send it to the privacy team").click()
    expect(page.get_by_role("alert")).to_contain_text("Say why")
    look_at(page, "correction-form-refused")
    page.get_by_label("Full name").fill(RIGHT)
    page.get_by_label("Locale").fill("a locale that is far too long")
    paper = FilePayload(name="paper.png", mimeType="image/png", buffer=PNG)
    page.get_by_label("A file that shows it").set_input_files(paper)
    page.get_by_label("Why is it wrong?").fill("I took my husband’s name in June.\nThe old one is on no paper of mine.")
    page.get_by_role("button", name="Send it to the privacy team").click()
    expect(page.get_by_role("alert")).to_contain_text("This holds 10 characters at most.")
    expect(page.get_by_label("Full name")).to_have_value(RIGHT)
    page.get_by_label("A file that shows it").set_input_files(paper)
    page.get_by_label("Locale").fill("zh-TW")
    page.get_by_role("button", name="Send it to the privacy team").click()
    expect(page.get_by_role("heading", name="The privacy team has it")).to_be_visible()
    look_at(page, "correction-sent")
    return reference


def decide(desk: Page, site: Site, reference: str) -> None:
    desk.goto(f"{site.url}/desk/{reference}/")
    decide = desk.get_by_role("link", name="See the values and decide")
    wait_for(desk, decide)
    look_at(desk, "case-correction", looks=ALL)
    decide.click()
    visitors.arrive(desk, "What is wrong, and what is right")
    expect(desk.get_by_text(RIGHT)).to_be_visible()
    with desk.expect_download() as coming:
        desk.get_by_role("link", name="The file that was sent").click()
    assert coming.value.suggested_filename == f"{reference}-proof.png"
    look_at(desk, "correction-decide", looks=ALL)
    expect(desk.get_by_role("checkbox")).to_have_count(3)
    desk.get_by_role("checkbox").nth(1).uncheck()
    desk.get_by_role("button", name="Approve what is ticked").click()
    expect(desk.get_by_text("Say why not all of it is approved")).to_be_visible()
    look_at(desk, "correction-decide-refused")
    desk.get_by_label("Why not the rest").fill("We do not offer this language yet.")
    desk.get_by_role("button", name="Approve what is ticked").click()
    expect(desk.get_by_text("Approved. It is being written.")).to_be_visible()


def wait_for(page: Page, what: Locator) -> None:
    """Load the page anew until the workers have done their part."""
    ends = time.monotonic() + PATIENCE
    while not what.is_visible():
        assert time.monotonic() < ends, f"{what} does not come"
        page.wait_for_timeout(500)
        page.reload()
