"""The privacy team keeps what is in dispute, and lets go what is past its time."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser import visitors
from tests.browser.conftest import NewPage
from tests.browser.pictures import ALL, NARROW, TWO, look_at
from tests.browser.test_a_correction import wait_for
from tools.site import Site

pytestmark = pytest.mark.browser
LOOKS = (*ALL, NARROW)
PERSON = "hortense.held@elsewhere.example"


def test_a_hold_is_set_and_ended(site: Site, desk: Page, new_page: NewPage) -> None:
    page = new_page()
    visitors.sign_up(page, site, PERSON)
    reference = visitors.file(page, site, "A question", question="Who has seen my file?")
    desk.goto(f"{site.url}/desk/{reference}/")
    desk.get_by_role("link", name="Set a legal hold").click()
    visitors.arrive(desk, "Legal hold")
    desk.get_by_role("button", name="Set the hold").click()
    expect(desk.get_by_role("alert")).to_contain_text("Say why this must be kept.")
    look_at(desk, "hold-refused", looks=TWO)
    desk.get_by_label("Why it must be kept").fill("The labour court of Aix asks, file 26/0412. Keep everything.")
    desk.get_by_label("Last day").fill("2031-12-31")
    desk.get_by_role("button", name="Set the hold").click()
    expect(desk.get_by_role("button", name="End the hold")).to_be_visible()
    look_at(desk, "hold-set", looks=LOOKS)
    desk.get_by_role("link", name=reference).first.click()
    expect(desk.get_by_text("Under legal hold")).to_be_visible()
    look_at(desk, "case-held", looks=LOOKS)
    desk.get_by_role("link", name="Queue").first.click()
    look_at(desk, "queue-with-links", looks=LOOKS)
    desk.get_by_role("link", name="Legal holds").click()
    visitors.arrive(desk, "Legal holds")
    look_at(desk, "holds", looks=LOOKS)
    desk.get_by_role("link", name=reference).click()
    desk.get_by_role("link", name="See it, or end it").click()
    desk.get_by_label("Why it ends").fill("The court has decided.")
    desk.get_by_role("button", name="End the hold").click()
    expect(desk.get_by_text("The court has decided.")).to_be_visible()
    look_at(desk, "hold-ended", looks=LOOKS)


def test_what_a_purge_would_delete_is_read(desk: Page) -> None:
    """Approved it is not: the rows of everybody in the other tests would begin to go."""
    desk.get_by_role("link", name="Purges").click()
    visitors.arrive(desk, "Purges")
    look_at(desk, "purges-new", looks=LOOKS)
    if desk.get_by_role("button", name="Count now").is_visible():
        desk.get_by_role("button", name="Count now").click()
    approve = desk.get_by_role("button", name="Approve this data map's purges")
    wait_for(desk, approve)
    look_at(desk, "purges-report", looks=LOOKS)
