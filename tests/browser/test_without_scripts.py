"""With scripts switched off, and without an account: a request is filed, confirmed, followed and withdrawn."""

from __future__ import annotations

import time

import pytest
from playwright.sync_api import Page, expect

from examples.macrosora import cast
from tests.browser import visitors
from tests.browser.conftest import NewPage
from tests.browser.mails import look_at_mail
from tests.browser.pictures import look_without_axe
from tools.site import Site
from tools.visitor import mailed_code

pytestmark = pytest.mark.browser


def test_a_request_is_filed_without_scripts_or_account(site: Site, new_page: NewPage) -> None:
    page = new_page(java_script_enabled=False)
    reference = file_and_confirm(page, site)
    page.get_by_role("link", name="Create an account").click()
    visitors.enter_mailed_code(page, site, cast.INVITED.email)
    page.goto(f"{site.url}/requests/{reference}/")
    visitors.arrive(page, "A copy of my data")
    look_without_axe(page, "request-without-scripts")
    page.get_by_text("Withdraw this request").click()
    page.get_by_role("button", name="Withdraw the request").click()
    expect(page.get_by_text("Your request is withdrawn")).to_be_visible()
    look_without_axe(page, "withdrawn")
    look_at_mail(new_page(), site, to=cast.INVITED.email, subject="You withdrew request")


def file_and_confirm(page: Page, site: Site) -> str:
    page.goto(site.url)
    page.get_by_role("link", name="Something else").click()
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("alert")).to_contain_text("Choose what you would like.")
    look_without_axe(page, "form-what-refused")
    page.get_by_role("radio", name="A copy of my data").check()
    page.get_by_role("button", name="Continue").click()
    visitors.arrive(page, "Who are you?")
    look_without_axe(page, "form-who")
    page.get_by_label("Your email address").fill(cast.INVITED.email)
    page.get_by_role("button", name="Continue").click()
    visitors.arrive(page, "Check your answers")
    look_without_axe(page, "form-check-without-account")
    asked_at = time.time_ns()
    page.get_by_role("button", name="Send the request").click()
    visitors.arrive(page, "Is it you?")
    look_without_axe(page, "form-confirm")
    page.get_by_label("Code").fill(mailed_code(site, cast.INVITED.email, since=asked_at))
    page.get_by_role("button", name="Confirm and start").click()
    visitors.arrive(page, "We have your request")
    look_without_axe(page, "form-filed-without-account")
    return visitors.reference_of(page)
