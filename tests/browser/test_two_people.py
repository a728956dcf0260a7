"""A deletion that takes two people: proposed by one, confirmed by another."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Page, expect

from examples.macrosora import cast
from examples.macrosora.staff import AMIR, RITA
from tests.browser import visitors
from tests.browser.conftest import NewPage
from tests.browser.mails import look_at_mail
from tests.browser.pictures import ALL, NARROW, look_at
from tools.deletion_check import manage
from tools.processes import wait_until
from tools.site import Site

pytestmark = pytest.mark.browser


@contextmanager
def two_from(site: Site, rows: int) -> Iterator[None]:
    """Have so many rows count as much."""
    manage(site, "policy", "macrosora", "--undo-hours", "24", "--two-from-rows", str(rows))
    try:
        yield
    finally:
        manage(site, "policy", "macrosora", "--two-from-rows", "1000")


def test_a_deletion_of_much_is_confirmed_by_a_second_person(site: Site, desk: Page, new_page: NewPage) -> None:
    person, approver = new_page(), new_page()
    visitors.sign_up(person, site, cast.ZERO.email)
    reference = visitors.file(person, site, "Deletion")
    with two_from(site, 1):
        propose(desk, site, reference)
        expect_nothing_said(person, site, reference)
        look_at_mail(new_page(), site, to=AMIR.email, subject=f"To confirm: {reference}")
        visitors.sign_in_with_app(approver, site, AMIR)
        confirm(approver, site, reference)
    look_at_mail(new_page(), site, to=RITA.email, subject=f"Confirmed: {reference}")
    person.goto(f"{site.url}/requests/{reference}/")
    expect(person.get_by_text("approved it")).to_be_visible()


def propose(desk: Page, site: Site, reference: str) -> None:
    def is_there() -> bool:
        desk.goto(f"{site.url}/desk/{reference}/")
        return desk.get_by_role("button", name="Propose this deletion").count() == 1

    wait_until(is_there, seconds=120, what=f"the preview of {reference}", every=0.5)
    look_at(desk, "case-two-people")
    desk.get_by_role("button", name="Propose this deletion").click()
    expect(desk.get_by_text("A second person has been asked")).to_be_visible()
    expect(desk.get_by_role("button", name="Confirm this deletion")).to_have_count(0)
    look_at(desk, "case-proposed")


def expect_nothing_said(person: Page, site: Site, reference: str) -> None:
    person.goto(f"{site.url}/requests/{reference}/")
    expect(person.get_by_text("With the privacy team", exact=True)).to_be_visible()
    expect(person.get_by_text("second person")).to_have_count(0)


def confirm(approver: Page, site: Site, reference: str) -> None:
    approver.goto(f"{site.url}/desk/{reference}/")
    approver.get_by_text("Do not confirm it").click()
    look_at(approver, "case-to-confirm", looks=(*ALL, NARROW))
    approver.get_by_role("button", name="Confirm this deletion").click()
    expect(approver.get_by_text("Confirmed. It is done.")).to_be_visible()
    expect(approver.get_by_text(f"confirmed by {AMIR.email}")).to_be_visible()
    look_at(approver, "case-confirmed")
