"""A person has a computer's decision looked at again, and reads what became of it."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser import visitors
from tests.browser.conftest import NewPage
from tests.browser.mails import look_at_mail
from tests.browser.pictures import ALL, look_at
from tools.site import Site

pytestmark = pytest.mark.browser
ASKER = "petra.locked@elsewhere.example"


def test_a_decision_is_looked_at_again(site: Site, new_page: NewPage, desk: Page) -> None:
    page = new_page()
    visitors.sign_up(page, site, ASKER)
    reference = dispute(page, site)
    page.get_by_role("link", name="Watch it happen").click()
    visitors.arrive(page, "A human look at an automated decision")
    look_at(page, "decision-waits")

    conclude(desk, site, reference)

    look_at_mail(new_page(), site, to=ASKER, subject="A person has looked at the decision")
    page.reload()
    expect(page.get_by_role("heading", name="The decision stands")).to_be_visible()
    look_at(page, "decision-stands", looks=ALL)


def dispute(page: Page, site: Site) -> str:
    page.goto(f"{site.url}/requests/new/")
    page.get_by_role("radio", name="A human look").check()
    page.get_by_role("button", name="Continue").click()
    visitors.arrive(page, "What did a computer decide?")
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("alert")).to_contain_text("Say which decision it is about.")
    look_at(page, "form-decision", looks=ALL)
    page.get_by_label("Which decision is it?").fill("My API keys were locked for “unusual use”.")
    page.get_by_label("When was it made?").fill("On the night of 3 March")
    page.get_by_label("What is wrong with it?").fill("The calls were a load test that your support had agreed to.")
    page.get_by_label("What should happen instead?").fill("Unlock the keys, and take the mark off my account.")
    page.get_by_role("button", name="Continue").click()
    visitors.arrive(page, "Check your answers")
    look_at(page, "form-check-decision")
    page.get_by_role("button", name="Send the request").click()
    visitors.arrive(page, "We have your request")
    return visitors.reference_of(page)


def conclude(desk: Page, site: Site, reference: str) -> None:
    desk.goto(f"{site.url}/desk/{reference}/")
    visitors.arrive(desk, reference)
    look_at(desk, "case-decision")
    desk.get_by_role("button", name="Send and close").click()
    expect(desk.get_by_role("alert")).to_contain_text("Choose what became of the decision.")
    look_at(desk, "case-decision-refused")
    desk.get_by_label("What became of the decision").select_option(label="The decision stands")
    desk.get_by_label("Why").fill("I read the logs of that night: the calls went on for two days after the test.")
    desk.get_by_role("button", name="Send and close").click()
    expect(desk.get_by_role("heading", name="The decision stands")).to_be_visible()
    look_at(desk, "case-decision-closed")
