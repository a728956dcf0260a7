"""With scripts switched off: a request is filed without an account, followed and withdrawn; another is released."""

from __future__ import annotations

import re
import time
from functools import partial

import pytest
from playwright.sync_api import Page, StorageState, expect

from examples.macrosora import cast
from tests.browser import visitors
from tests.browser.conftest import NewPage
from tests.browser.mails import look_at_mail
from tests.browser.pictures import look_without_axe
from tools.processes import wait_until
from tools.site import Site
from tools.visitor import Visitor, mailed_code

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


def test_a_copy_is_released_without_scripts(site: Site, new_page: NewPage, team_state: StorageState) -> None:
    """From the queue over the case to the release, with nothing but links and forms."""
    desk, person = new_page(storage_state=team_state, java_script_enabled=False), Visitor(site, cast.ANN_TAG.email)
    person.sign_up()
    reference = person.file("access")
    wait_until(partial(is_to_release, desk, site, reference), seconds=90, what=f"the collecting of {reference}")
    look_without_axe(desk, "queue-without-scripts")
    desk.get_by_role("link", name=reference).click()
    visitors.arrive(desk, reference)
    look_without_axe(desk, "case-without-scripts")
    visitors.show_others(desk, reference)
    desk.get_by_role("button", name="Release to the person").click()
    expect(desk.get_by_text("Released. The person has been told by email.")).to_be_visible()
    assert person.download(reference).startswith(b"PK")
    person.close()


def is_to_release(desk: Page, site: Site, reference: str) -> bool:
    """Filter the queue by its form; tell whether the request is there."""
    desk.goto(f"{site.url}/desk/")
    desk.get_by_label("Reference").fill(reference)
    desk.get_by_role("button", name="Show", exact=True).click()
    desk.wait_for_url(re.compile(reference))
    return desk.get_by_role("row").filter(has_text=reference).filter(has_text="To release").count() == 1
