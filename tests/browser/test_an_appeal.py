"""An answer is appealed against in a session that ends midway; an agent asks for somebody else."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from examples.macrosora.staff import NOOR
from tests.browser import visitors
from tests.browser.conftest import NewPage
from tests.browser.mails import look_at_mail, newest_text
from tests.browser.pictures import ALL, NARROW, PHONE_DARK, WIDE, look_at
from tools.site import Site

pytestmark = pytest.mark.browser
ASKER = "amal.appeals@elsewhere.example"
WORDS = "أرسلتم نصف ما طلبته 🙁\nMy invoices of 2024 are missing, and " + "Donaudampfschifffahrt" * 12


def test_an_appeal_outlives_the_session_and_goes_to_somebody_else(site: Site, new_page: NewPage, desk: Page) -> None:
    page = new_page()
    visitors.sign_up(page, site, ASKER)
    reference = visitors.file(page, site, "A question to the privacy team", question="Where are my invoices?")
    refuse(desk, site, reference)
    page.goto(f"{site.url}/requests/{reference}/")
    look_at(page, "request-refused", looks=(WIDE, PHONE_DARK, NARROW))
    page.get_by_role("link", name="Ask for another look").click()
    visitors.arrive(page, "Ask for another look")
    look_at(page, "appeal", looks=ALL)
    appeal = send_twice(page, site)
    look_at_appeal(page, desk, new_page(), site, reference, appeal)
    look_at_mail(new_page(), site, to=ASKER, subject="About your appeal")


def refuse(desk: Page, site: Site, reference: str) -> None:
    desk.goto(f"{site.url}/desk/{reference}/")
    desk.get_by_text("Refuse, with a ground").click()
    desk.get_by_label("Ground").select_option(label="Another reason")
    desk.get_by_label("Explanation").fill("They are in your account, under Billing.")
    desk.get_by_role("button", name="Refuse the request").click()
    expect(desk.get_by_role("status").first).to_contain_text("Refused.")


def send_twice(page: Page, site: Site) -> str:
    """Send the appeal when the session is over, sign in again, find it as it was, and send it."""
    page.get_by_label("What is wrong, or missing?").fill(WORDS)
    page.context.clear_cookies(name="sessionid")
    page.get_by_role("button", name="Send the appeal").click()
    visitors.arrive(page, "Sign in")
    visitors.enter_mailed_code(page, site, ASKER)
    visitors.arrive(page, "Ask for another look")
    expect(page.get_by_role("heading", name="What you typed is still here")).to_be_visible()
    expect(page.get_by_label("What is wrong, or missing?")).to_have_value(WORDS)
    look_at(page, "appeal-typed", looks=(WIDE, PHONE_DARK, NARROW))
    page.get_by_role("button", name="Send the appeal").click()
    visitors.arrive(page, "We have your request")
    return visitors.reference_of(page)


def look_at_appeal(page: Page, desk: Page, other: Page, site: Site, reference: str, appeal: str) -> None:
    desk.goto(f"{site.url}/desk/{appeal}/")
    expect(desk.get_by_role("heading", name="Somebody else decides this")).to_be_visible()
    expect(desk.get_by_role("button", name="Send and close")).to_have_count(0)
    look_at(desk, "case-appeal-own", looks=(WIDE, PHONE_DARK))
    visitors.sign_in_with_app(other, site, NOOR)
    other.goto(f"{site.url}/desk/{appeal}/")
    other.get_by_label("What becomes of it").select_option(label="The appeal was granted")
    other.get_by_label("Why").fill("Two of them are in the archive only. We look again.")
    look_at(other, "case-appeal", looks=(WIDE, PHONE_DARK))
    other.get_by_role("button", name="Send and close").click()
    expect(other.get_by_role("status").first).to_contain_text("Decided.")
    look_at(other, "case-appeal-closed", looks=(WIDE,))
    page.goto(f"{site.url}/requests/{appeal}/")
    expect(page.get_by_role("heading", name="Your appeal was granted")).to_be_visible()
    look_at(page, "appeal-granted", looks=(WIDE, PHONE_DARK, NARROW))
    page.goto(f"{site.url}/requests/{reference}/appeal/")
    expect(page.get_by_text("You have asked once already")).to_be_visible()
    look_at(page, "appeal-again", looks=(PHONE_DARK,))


def test_somebody_asks_for_somebody_else(site: Site, new_page: NewPage, desk: Page) -> None:
    page, person = new_page(), "pia.principal@elsewhere.example"
    page.goto(f"{site.url}/requests/new/")
    look_at(page, "form-what-visitor", looks=(WIDE, PHONE_DARK, NARROW))
    page.get_by_role("link", name="Ask for somebody else").click()
    visitors.arrive(page, "Ask for somebody else")
    page.get_by_role("button", name="Send the request").click()
    expect(page.get_by_role("alert")).to_contain_text("Choose what you ask for.")
    look_at(page, "agent-form", looks=(*ALL, NARROW))
    page.get_by_role("radio", name="A copy of their data").check()
    page.get_by_label("The person's email address").fill(person)
    page.get_by_label("Your name").fill("Abe Agent")
    page.get_by_label("Your organisation").fill("Rights Help")
    page.get_by_label("Your own email address").fill("abe@help.example")
    page.get_by_role("radio", name="Ask the person by email").check()
    page.get_by_role("button", name="Send the request").click()
    visitors.arrive(page, "We have your request")
    look_at(page, "agent-filed")
    reference = visitors.reference_of(page)
    desk.goto(f"{site.url}/desk/{reference}/")
    look_at(desk, "case-agent")
    look_at_mail(new_page(), site, to=person, subject="Somebody asks in your name")
    found = re.search(r"/requests/agent/\S+", newest_text(site, to=person, subject="Somebody asks in your name"))
    assert found
    theirs = new_page()
    theirs.goto(f"{site.url}{found[0]}")
    visitors.arrive(theirs, "Somebody asks in your name")
    look_at(theirs, "agent-asks", looks=(*ALL, NARROW))
    theirs.get_by_role("button", name="No, stop it").click()
    expect(theirs.get_by_text("It is stopped.")).to_be_visible()
    look_at(theirs, "agent-stopped", looks=(PHONE_DARK,))
