"""What an administrator sets, and what an auditor reads."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from examples.macrosora.staff import ADA, OLGA, RITA
from tests.browser import visitors
from tests.browser.conftest import NewPage
from tests.browser.pictures import ALL, NARROW, look_at
from tools.processes import wait_until
from tools.site import Site

pytestmark = pytest.mark.browser

LOOKS = (*ALL, NARROW)


def test_an_administrator_changes_a_setting_and_takes_it_back(site: Site, new_page: NewPage) -> None:
    page = new_page()
    visitors.sign_in_with_app(page, site, ADA)
    page.goto(f"{site.url}/desk/settings/")
    look_at(page, "settings", looks=LOOKS)
    page.get_by_role("region", name="Look").get_by_role("link").click()
    page.get_by_label("Colour of links and buttons").fill("#ffdd00")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("could not be read").first).to_be_visible()
    look_at(page, "settings-look-refused", looks=LOOKS)
    page.get_by_label("Colour of links and buttons").fill("#7a1fa2")
    page.get_by_label("Why").fill("Our new brand.")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved. It holds from now on.")).to_be_visible()
    look_at(page, "settings-purple", looks=ALL)
    page.get_by_role("button", name="Undo").first.click()
    visitors.arrive(page, "History of the settings")
    look_at(page, "settings-history")
    for section in ("two-people", "texts", "laws"):
        page.goto(f"{site.url}/desk/settings/{section}/")
        look_at(page, f"settings-{section}")
    see_the_team(page, site)


def see_the_team(page: Page, site: Site) -> None:
    page.goto(f"{site.url}/desk/team/")
    look_at(page, "team", looks=LOOKS)
    page.get_by_role("row", name=RITA.email).get_by_role("link").click()
    look_at(page, "team-member")


def test_an_auditor_reads_what_is_recorded(site: Site, new_page: NewPage) -> None:
    page = new_page()
    visitors.sign_in_with_app(page, site, OLGA)
    page.goto(f"{site.url}/desk/record/")
    expect(page.get_by_role("heading", name="Record of processing")).to_be_visible()
    look_at(page, "record", looks=LOOKS)
    page.goto(f"{site.url}/desk/audit/")
    expect(page.get_by_text("this part of the trail is intact")).to_be_visible()
    look_at(page, "audit", looks=LOOKS)
    page.get_by_role("button", name="Walk it now").click()

    def was_walked() -> bool:
        page.goto(f"{site.url}/desk/audit/?verb=account.signed_in")
        return page.get_by_text("Intact", exact=True).count() == 1

    wait_until(was_walked, seconds=60, what="the walk of the trail", every=1)
    look_at(page, "audit-walked")
    page.goto(f"{site.url}/desk/datamap/")
    look_at(page, "datamap", looks=LOOKS)
    page.get_by_label("Name, field or category").fill("invoice")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("link", name="invoices").first.click()
    look_at(page, "datamap-collection", looks=LOOKS)
