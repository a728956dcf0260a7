"""The dashboard, its files, and what anybody may read."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser import visitors
from tests.browser.conftest import NewPage
from tests.browser.pictures import ALL, NARROW, WIDE, look_at
from tools.site import Site

pytestmark = pytest.mark.browser


def test_the_team_reads_its_figures(site: Site, desk: Page) -> None:
    desk.goto(f"{site.url}/desk/dashboard/")
    visitors.arrive(desk, "Dashboard")
    look_at(desk, "dashboard", looks=(*ALL, NARROW, WIDE))
    desk.get_by_label("Type", exact=True).select_option(label="Erasure")
    desk.get_by_role("button", name="Show").click()
    expect(desk.get_by_role("row", name="Erasure")).to_be_visible()
    expect(desk.get_by_role("row", name="Access")).to_have_count(0)
    desk.get_by_text("The numbers").first.click()
    expect(desk.get_by_role("columnheader", name="Open at the end")).to_be_visible()
    with desk.expect_download() as download:
        desk.get_by_role("link", name=re.compile(r"CSV.*By type")).click()
    assert download.value.suggested_filename.startswith("types-")
    desk.get_by_role("link", name="Yearly metrics, California").click()
    visitors.arrive(desk, "Yearly metrics, California")
    look_at(desk, "california", looks=(*ALL, NARROW, WIDE))


def test_anybody_reads_how_the_promise_is_kept(site: Site, new_page: NewPage) -> None:
    page = new_page()
    page.goto(f"{site.url}/compliance/")
    visitors.arrive(page, "How we keep our promise")
    look_at(page, "compliance", looks=(*ALL, NARROW, WIDE))
    address = page.get_by_role("link", name="The same figures for programs").get_attribute("href")
    assert "by_month" in page.request.get(f"{site.url}{address}").json()
