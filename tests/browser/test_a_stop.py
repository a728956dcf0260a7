"""Somebody objects to a use of their data, has everything stopped, and takes it back; the team decides in between."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser import visitors
from tests.browser.conftest import NewPage
from tests.browser.mails import look_at_mail
from tests.browser.pictures import ALL, look_at
from tools.site import Site

pytestmark = pytest.mark.browser
ASKER = "olive.objects@elsewhere.example"


def test_uses_are_stopped(site: Site, new_page: NewPage, desk: Page) -> None:
    page = new_page()
    visitors.sign_up(page, site, ASKER)
    object_to_messages(page, site)
    reference = ask_for_a_stop(page, site)
    page.get_by_role("link", name="Watch it happen").click()
    visitors.arrive(page, "A stop of processing")
    look_at(page, "stop-waits")

    grant(desk, site, reference)
    look_at_mail(new_page(), site, to=ASKER, subject="Your data is kept and not used")
    page.reload()
    expect(page.get_by_text("Stopped since")).to_be_visible()
    look_at(page, "stop-granted", looks=ALL)
    page.goto(f"{site.url}/preferences/")
    expect(page.get_by_role("region", name="What you had stopped")).to_contain_text("Every use of your data")
    look_at(page, "choices-stopped", looks=ALL)

    lift(desk)
    look_at_mail(new_page(), site, to=ASKER, subject="Your data will be used again")
    page.goto(f"{site.url}/requests/{reference}/")
    expect(page.get_by_text("Stopped; ends")).to_be_visible()
    look_at(page, "stop-ends")
    page.get_by_text("End it now").click()
    page.get_by_role("button", name="End the stop").click()
    expect(page.get_by_role("status")).to_contain_text("The stop has ended")


def object_to_messages(page: Page, site: Site) -> None:
    page.goto(f"{site.url}/preferences/")
    page.get_by_role("link", name="Object to a use").click()
    visitors.arrive(page, "What would you like?")
    page.get_by_role("button", name="Continue").click()
    visitors.arrive(page, "What do you object to?")
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("alert")).to_contain_text("Choose what you want to stop.")
    look_at(page, "form-objection", looks=ALL)
    page.get_by_role("checkbox", name="Tips").check()
    page.get_by_role("button", name="Continue").click()
    visitors.arrive(page, "Check your answers")
    look_at(page, "form-check-objection")
    page.get_by_role("button", name="Send the request").click()
    visitors.arrive(page, "We have your request")
    expect(page.get_by_text("Switched off at once: Tips.")).to_be_visible()
    look_at(page, "objection-done")


def ask_for_a_stop(page: Page, site: Site) -> str:
    page.goto(f"{site.url}/requests/new/?type=restriction")
    page.get_by_role("button", name="Continue").click()
    visitors.arrive(page, "What should stop?")
    page.get_by_role("checkbox", name="Every use of my data").check()
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("alert")).to_contain_text("Choose the reason.")
    expect(page.get_by_role("checkbox", name="Every use of my data")).to_be_checked()
    look_at(page, "form-stop", looks=ALL)
    page.get_by_role("radio", name="I say that the data is wrong").check()
    page.get_by_label("In your own words").fill("My company has merged. What you show of it is the old one.")
    page.get_by_role("button", name="Continue").click()
    visitors.arrive(page, "Check your answers")
    look_at(page, "form-check-stop")
    page.get_by_role("button", name="Send the request").click()
    visitors.arrive(page, "We have your request")
    return visitors.reference_of(page)


def grant(desk: Page, site: Site, reference: str) -> None:
    desk.goto(f"{site.url}/desk/{reference}/")
    visitors.arrive(desk, reference)
    look_at(desk, "case-stop", looks=ALL)
    desk.get_by_role("button", name="Stop what is ticked").click()
    expect(desk.get_by_role("status").filter(has_text="Granted.")).to_be_visible()
    look_at(desk, "case-stop-granted")


def lift(desk: Page) -> None:
    desk.get_by_text("Lift the stop").click()
    desk.get_by_label("Why it ends").fill("The new name stands wherever it is held.")
    desk.get_by_role("button", name="Tell the person and lift it").click()
    expect(desk.get_by_text("Stopped; ends")).to_be_visible()
    look_at(desk, "case-stop-ends")
