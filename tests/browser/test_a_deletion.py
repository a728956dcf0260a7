"""A deletion, as the person and the team see it: asked for, looked at, approved, done, certified."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from examples.macrosora import cast
from tests.browser import visitors
from tests.browser.conftest import NewPage
from tests.browser.mails import look_at_mail, newest_text
from tests.browser.pictures import ALL, look_at
from tools.deletion_check import last_secret, manage
from tools.processes import wait_until
from tools.site import Site

pytestmark = pytest.mark.browser

PERSON = cast.COLLEAGUE
RECIPIENT = "datenschutz@hafen-hosting.example"


def test_a_deletion_from_the_wish_to_the_certificate(site: Site, desk: Page, new_page: NewPage) -> None:
    page = new_page()
    visitors.sign_up(page, site, PERSON.email)
    reference = ask(page, site)
    look_at(page, "deletion-waits", looks=ALL)
    approve(desk, site, reference)
    see_it_end(page, site, reference)
    look_at_mail(new_page(), site, to=PERSON.email, subject="Your data is erased")
    fetch_certificate(new_page(), site, reference)
    confirm_receipt(new_page(), site, reference)
    see_who_was_told(desk)
    look_at(desk, "case-deletion-done")


def ask(page: Page, site: Site) -> str:
    """File it with an hour to take it back, look at what it says, and let the hour be over."""
    manage(site, "policy", "macrosora", "--undo-hours", "1")
    page.goto(f"{site.url}/requests/new/")
    page.get_by_role("radio", name="Deletion").check()
    page.get_by_role("button", name="Continue").click()
    visitors.arrive(page, "Check your answers")
    expect(page.get_by_text("You have 1 hour to change your mind")).to_be_visible()
    look_at(page, "deletion-check")
    page.get_by_role("button", name="Send the request").click()
    visitors.arrive(page, "We have your request")
    reference = visitors.reference_of(page)
    page.get_by_role("link", name="Watch it happen").click()
    expect(page.get_by_role("button", name="Keep my data")).to_be_visible()
    return reference


def approve(desk: Page, site: Site, reference: str) -> None:
    def is_there() -> bool:
        desk.goto(f"{site.url}/desk/{reference}/")
        return desk.get_by_role("button", name="Approve this deletion").count() == 1

    wait_until(is_there, seconds=120, what=f"the preview of {reference}", every=0.5)
    look_at(desk, "case-deletion", looks=ALL)
    desk.get_by_role("button", name="Approve this deletion").click()
    expect(desk.get_by_text("Approved.", exact=True)).to_be_visible()
    look_at(desk, "case-deletion-approved")


def see_it_end(page: Page, site: Site, reference: str) -> None:
    page.goto(f"{site.url}/requests/{reference}/")
    expect(page.get_by_text("approved it")).to_be_visible()
    manage(site, "shell", "--command", "from dsar.models import *; " + HOUR_IS_OVER.format(reference=reference))
    last_secret(site, PERSON.email)
    page.goto(f"{site.url}/requests/{reference}/")
    expect(page).to_have_url(re.compile("/accounts/login/"))  # the account is gone


def confirm_receipt(page: Page, site: Site, reference: str) -> None:
    """Do what one of those does whom the data had been passed to."""
    subject = f"Erase what we passed to you: {reference}"
    look_at_mail(page, site, to=RECIPIENT, subject="Erase what we passed to you")
    link = re.search(r"\S+/receipt/\S+", newest_text(site, to=RECIPIENT, subject=subject))
    assert link is not None
    page.goto(link[0])
    look_at(page, "receipt-asked", looks=ALL)
    page.get_by_role("button", name="We were told").click()
    expect(page.get_by_role("heading", name="Thank you, that is noted")).to_be_visible()
    look_at(page, "receipt-confirmed")
    page.goto(link[0])
    expect(page.get_by_role("heading", name="This was confirmed before")).to_be_visible()
    look_at(page, "receipt-confirmed-before")


def see_who_was_told(desk: Page) -> None:
    def both_are_there() -> bool:
        desk.reload()
        return desk.get_by_text("Told, not confirmed yet").count() == 1

    wait_until(both_are_there, seconds=60, what="the other recipient to be told", every=1)
    expect(desk.get_by_text("Done", exact=True).first).to_be_visible()
    expect(desk.get_by_role("row", name="Hafen Hosting").get_by_text("Confirmed")).to_be_visible()


#: Nobody waits an hour in a test; the clock is the portal's own.
HOUR_IS_OVER = (
    "from django.utils.timezone import now; "
    "ErasureOrder.objects.filter(subject_request__reference='{reference}').update(undo_until=now()); "
    "Step.objects.filter(subject_request__reference='{reference}', state='ready').update(not_before=now())"
)


def fetch_certificate(page: Page, site: Site, reference: str) -> None:
    page.goto(f"{site.url}/certificate/?reference={reference}")
    page.get_by_label("Secret").fill("not-the-one")
    page.get_by_role("button", name="As a PDF, to read").click()
    expect(page.get_by_role("alert").first).to_contain_text("No certificate fits")
    look_at(page, "certificate-refused")
    page.get_by_label("Secret").fill(last_secret(site, PERSON.email))
    with page.expect_download() as download:
        page.get_by_role("button", name="As a PDF, to read").click()
    assert download.value.suggested_filename == f"certificate-{reference}.pdf"
    assert download.value.path().read_bytes().startswith(b"%PDF-")
