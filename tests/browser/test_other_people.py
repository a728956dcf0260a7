"""Other people in a bundle: one is hidden, one is shown, without scripts; the person's files are as was decided."""

from __future__ import annotations

import zipfile

import pytest
from playwright.sync_api import Page, StorageState, expect

from examples.macrosora import cast
from tests.browser import visitors
from tests.browser.conftest import NewPage
from tests.browser.pictures import look_at
from tools.processes import wait_until
from tools.site import Site

pytestmark = pytest.mark.browser
ASKING, NAMED = cast.JOSE_PLAIN, cast.HEAVY  # his ticket asks for access for somebody else
WORKED = 60  # seconds


def test_one_is_hidden_and_one_is_shown(site: Site, new_page: NewPage, desk: Page, team_state: StorageState) -> None:
    page, plain = new_page(), new_page(java_script_enabled=False, storage_state=team_state)
    visitors.sign_up(page, site, ASKING.email)
    reference = visitors.file(page, site, "A copy of my data")
    look_at_them(desk, site, reference)
    decide(plain, site, reference)
    look_at_what_was_decided(desk)
    pack_and_release(plain, site, reference)
    desk.goto(f"{site.url}/desk/{reference}/")
    look_at(desk, "case-something-hidden")
    page.goto(f"{site.url}/requests/{reference}/")
    expect(page.get_by_role("heading", name="Hidden to protect other people")).to_be_visible()
    look_at(page, "ready-with-something-hidden")
    everything = fetch(page)
    assert b"[hidden: name] <" + NAMED.email.encode() in everything
    assert NAMED.full_name.encode() not in everything


def look_at_them(desk: Page, site: Site, reference: str) -> None:
    wait_for(desk, site, reference, "link", "Look at them and decide")
    look_at(desk, "case-other-people")
    expect(desk.get_by_role("button", name="Release to the person")).to_have_count(0)
    desk.get_by_role("link", name="Look at them and decide").click()
    visitors.arrive(desk, "Other people in this bundle")
    look_at(desk, "other-people")


def decide(plain: Page, site: Site, reference: str) -> None:
    plain.goto(f"{site.url}/desk/{reference}/")
    plain.get_by_role("link", name="Look at them and decide").click()
    visitors.arrive(plain, "Other people in this bundle")
    plain.get_by_label(f"What becomes of {NAMED.full_name}").select_option(value="hide:other_person")
    plain.get_by_label(f"What becomes of {NAMED.email}").select_option(value="keep:known")
    plain.get_by_role("button", name="Save what you decided").click()
    expect(plain.get_by_text("Saved.")).to_be_visible()
    rest = plain.get_by_label("Why none of these")
    if rest.count():
        rest.select_option(value="public")
        plain.get_by_role("button", name="Show all of these").click()
        expect(plain.get_by_text("None of the rest is hidden.")).to_be_visible()


def look_at_what_was_decided(desk: Page) -> None:
    desk.reload()
    look_at(desk, "other-people-decided")
    desk.get_by_role("link", name="All", exact=False).last.click()
    look_at(desk, "other-people-all")


def pack_and_release(plain: Page, site: Site, reference: str) -> None:
    plain.get_by_role("button", name="Pack it anew").click()
    visitors.arrive(plain, reference)
    wait_for(plain, site, reference, "button", "Release to the person")
    plain.get_by_role("button", name="Release to the person").click()
    expect(plain.get_by_role("heading", name="Decided so far")).to_be_visible()


def wait_for(desk: Page, site: Site, reference: str, role: str, name: str) -> None:
    def is_there() -> bool:
        desk.goto(f"{site.url}/desk/{reference}/")
        return desk.get_by_role(role, name=name).count() == 1  # type: ignore[arg-type]

    wait_until(is_there, seconds=WORKED, what=f"“{name}” of {reference}")


def fetch(page: Page) -> bytes:
    """Return every byte of the unpacked bundle."""
    page.get_by_role("link", name="Download").click()
    with page.expect_download() as coming:
        page.get_by_role("button", name="Download the ZIP file").click()
    with zipfile.ZipFile(coming.value.path()) as archive:
        return b"\n".join(archive.read(name) for name in archive.namelist())
