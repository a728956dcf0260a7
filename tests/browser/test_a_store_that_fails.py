"""A store that cannot be read, as the team and the person see it, and the way out of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Page, expect

from examples.macrosora import cast
from tests.browser import visitors
from tests.browser.conftest import NewPage
from tests.browser.pictures import look_at
from tools.processes import wait_until
from tools.site import Site

pytestmark = pytest.mark.browser


@contextmanager
def unreadable_line(site: Site) -> Iterator[None]:
    """Let a file of the usage records end in half a line, as one that was cut off does."""
    file = min((site.var / "macrosora").rglob("*.jsonl"))
    whole = file.read_bytes()
    file.write_bytes(whole + b'{"cut": "of\n')
    try:
        yield
    finally:
        file.write_bytes(whole)


def test_what_failed_is_named_and_tried_again(site: Site, desk: Page, new_page: NewPage) -> None:
    page = new_page()
    visitors.sign_up(page, site, cast.ORDINARY.email)
    with unreadable_line(site):
        reference = visitors.file(page, site, "A copy of my data")
        open_when_failed(desk, site, reference)
        look_at(desk, "case-failed")
        expect(desk.get_by_role("button", name="Release to the person")).to_have_count(0)
        desk.get_by_text("Release without: Usage records").click()
        desk.get_by_role("button", name="Propose the exception").click()
        expect(desk.get_by_role("alert").first).to_be_visible()
        look_at(desk, "case-failed-refused")
        page.goto(f"{site.url}/requests/{reference}/")
        look_at(page, "progress-failed")
    desk.goto(f"{site.url}/desk/{reference}/")
    desk.get_by_role("button", name="Try again").click()
    # A reload while the click's page is still on its way is refused by the browser.
    expect(desk.get_by_text("The failed steps are tried again.")).to_be_visible()
    wait_until(lambda: is_to_release(desk), seconds=60, what=f"the second reading for {reference}")


def open_when_failed(desk: Page, site: Site, reference: str) -> None:
    def has_failed() -> bool:
        desk.goto(f"{site.url}/desk/{reference}/")
        return desk.get_by_text("Release without: Usage records").count() == 1  # all else is collected by then

    wait_until(has_failed, seconds=60, what=f"the failure of {reference}")


def is_to_release(desk: Page) -> bool:
    desk.reload()
    to_release = desk.get_by_role("button", name="Release to the person")
    return to_release.count() + desk.get_by_role("link", name="Look at them and decide").count() == 1
