"""Pages that nobody looks for: what is not there, not theirs, or only for those who build pages."""

from __future__ import annotations

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
    expect(page.get_by_role("heading", name="There is nothing here")).to_be_visible()
    look_at(page, "error-404")
    page.goto(f"{site.url}/desk/")
    expect(page.get_by_role("heading", name="There is nothing here")).to_be_visible()


def test_every_component(site: Site, new_page: NewPage) -> None:
    page = new_page()
    page.goto(f"{site.url}/gallery")
    look_at(page, "gallery", looks=ALL)
