"""A person sees for how long their data is kept, and chooses other days."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser import visitors
from tests.browser.conftest import NewPage
from tests.browser.pictures import look_at
from tools.site import Site

pytestmark = pytest.mark.browser


def test_somebody_chooses_for_how_long(site: Site, new_page: NewPage) -> None:
    page = new_page()
    visitors.sign_up(page, site, "dora.days@elsewhere.example")
    page.goto(f"{site.url}/preferences/")
    page.get_by_role("link", name="See and set the days").click()
    visitors.arrive(page, "How long my data is kept")
    look_at(page, "retention")
    name = "Time and date of access"
    kind = page.get_by_role("region", name=name)
    for wrong, told in (("0", "Choose at least 1 day."), ("91", "90 at most"), ("soon", "Enter the days as a number")):
        kind.get_by_label("Days").fill(wrong)
        kind.get_by_role("button", name="Save").click()
        expect(page.get_by_role("alert")).to_contain_text(told)
        expect(kind.get_by_label("Days")).to_have_value(wrong)
    look_at(page, "retention-wrong")
    kind.get_by_label("Days").fill("14")
    kind.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_have_text(f"{name}: kept for 14 days.")
    expect(kind).to_contain_text("You want it kept for 14 days.")
    look_at(page, "retention-chosen")
