"""What people do in a browser, told by the words that they read."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from playwright.sync_api import Page, expect

from tools.site import Site
from tools.visitor import mailed_code

if TYPE_CHECKING:
    from examples.macrosora.staff import Member

REFERENCE = re.compile(r"R-[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{2}")
Looking = Callable[[Page, str], None]


def no_look(page: Page, name: str) -> None:
    """Walk on without a picture."""


def arrive(page: Page, heading: str) -> None:
    """Wait for the page under a heading: a click does not wait for the page that it leads to."""
    expect(page.get_by_role("heading", name=heading, level=1)).to_be_visible()


def sign_up(page: Page, site: Site, email: str, *, look: Looking = no_look) -> None:
    """Make an account from the home page with the mailed code."""
    page.goto(site.url)
    look(page, "home")
    page.get_by_role("link", name="Sign in").click()
    arrive(page, "Sign in")
    look(page, "login")
    page.get_by_role("link", name="Create an account").click()
    arrive(page, "Create an account")
    look(page, "signup")
    enter_mailed_code(page, site, email, look=look)
    expect(page.get_by_role("link", name="My requests")).to_be_visible()


def sign_in(page: Page, site: Site, email: str, *, look: Looking = no_look) -> None:
    """Sign in to an account that is there, with the mailed code."""
    _ask_for_sign_in(page, site, email, look)
    expect(page.get_by_role("link", name="My requests")).to_be_visible()


def sign_in_with_app(page: Page, site: Site, member: Member, *, look: Looking = no_look) -> None:
    """Sign in with the mailed code and the one of the authenticator app."""
    from examples.macrosora.staff import fresh_code

    _ask_for_sign_in(page, site, member.email, no_look)
    arrive(page, "Your second factor")
    look(page, "second-factor")
    page.get_by_label("Code").fill(fresh_code(member))
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("link", name="Desk", exact=True)).to_be_visible()


def _ask_for_sign_in(page: Page, site: Site, email: str, look: Looking) -> None:
    page.goto(f"{site.url}/accounts/login/")
    enter_mailed_code(page, site, email, look=look)


def enter_mailed_code(page: Page, site: Site, email: str, *, look: Looking = no_look) -> None:
    """Have a code mailed from the page of sign-in or sign-up, and enter it."""
    page.get_by_label("Email").fill(email)
    asked_at = time.time_ns()
    page.get_by_role("button", name="Email me a code").click()
    page.get_by_label("Code").fill(mailed_code(site, email, since=asked_at))
    look(page, "code")
    page.get_by_role("button", name="Continue").click()


def sign_out(page: Page) -> None:
    page.get_by_text("Account", exact=True).first.click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("link", name="Sign in")).to_be_visible()


def file(page: Page, site: Site, title: str, *, question: str = "", look: Looking = no_look) -> str:
    """Answer the form for a right by its title, signed in; return the reference."""
    page.goto(f"{site.url}/requests/new/")
    look(page, "form-what")
    page.get_by_role("radio", name=title).check()
    page.get_by_role("button", name="Continue").click()
    if question:
        page.get_by_label("Your question").fill(question)
        look(page, "form-question")
        page.get_by_role("button", name="Continue").click()
    arrive(page, "Check your answers")
    look(page, "form-check")
    page.get_by_role("button", name="Send the request").click()
    arrive(page, "We have your request")
    look(page, "form-filed")
    return reference_of(page)


def reference_of(page: Page) -> str:
    found = REFERENCE.search(page.url)
    assert found, f"no reference in {page.url}"
    return found.group()


def show_others(desk: Page, reference: str) -> None:
    """Hide nothing of other people in a bundle, where something of them was found; ends at the case."""
    if desk.get_by_role("link", name="Look at them and decide").count():
        desk.get_by_role("link", name="Look at them and decide").click()
        arrive(desk, "Other people in this bundle")
        desk.get_by_label("Why none of these").select_option(index=1)
        desk.get_by_role("button", name="Show all of these").click()
        expect(desk.get_by_text("None of the rest is hidden.")).to_be_visible()
        desk.get_by_role("link", name=reference).click()
        arrive(desk, reference)
