"""What a person does with their account: second factor, recovery codes, sessions, another address."""

from __future__ import annotations

import re
import time

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from playwright.sync_api import Page, expect

from examples.macrosora import cast
from tests.browser import visitors
from tests.browser.conftest import NewPage
from tests.browser.mails import look_at_mail
from tests.browser.pictures import look_at
from tools.site import Site
from tools.visitor import mailed_code

pytestmark = pytest.mark.browser
SECRET = re.compile(r"^[A-Z2-7]{32}$")
NEW_ADDRESS = "nell.loud@elsewhere.example"


def test_an_account_is_looked_after(site: Site, new_page: NewPage) -> None:
    page, mail = new_page(), new_page()
    visitors.sign_up(page, site, cast.NOBODY.email)
    look_at_mail(mail, site, to=cast.NOBODY.email, subject="Your code to confirm your address")
    look_at(page, "home-signed-in")
    open_account(page, "Where you are signed in")
    look_at(page, "sessions")
    change_address(page, site)
    look_at_mail(mail, site, to=cast.NOBODY.email, subject="The address of your account was changed")
    turn_on_second_factor(page)
    read_recovery_codes(page)


def open_account(page: Page, name: str) -> None:
    page.get_by_role("banner").get_by_text("Account", exact=True).first.click()
    page.get_by_role("banner").get_by_role("link", name=name).click()
    visitors.arrive(page, name)


def change_address(page: Page, site: Site) -> None:
    open_account(page, "Email address")
    look_at(page, "email")
    page.get_by_label("New address").fill(NEW_ADDRESS)
    asked_at = time.time_ns()
    page.get_by_role("button", name="Change the address").click()
    page.get_by_label("Code").fill("WRNG-CODE")
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("alert")).to_be_visible()
    look_at(page, "code-wrong")
    page.get_by_label("Code").fill(mailed_code(site, NEW_ADDRESS, since=asked_at))
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("status")).to_contain_text(NEW_ADDRESS)


def turn_on_second_factor(page: Page) -> None:
    open_account(page, "Passkeys and second factor")
    look_at(page, "second-factor-off")
    page.get_by_role("link", name="Set up").click()
    visitors.arrive(page, "Set up an authenticator app")
    look_at(page, "second-factor-set-up")
    counter = next(iter(yield_hotp_counters_from_time()))
    page.get_by_label("Code").fill(format_hotp_value(hotp_value(page.get_by_text(SECRET).inner_text(), counter)))
    page.get_by_role("button", name="Turn on").click()


def read_recovery_codes(page: Page) -> None:
    visitors.arrive(page, "Recovery codes")
    look_at(page, "recovery-codes")
    open_account(page, "Passkeys and second factor")
    look_at(page, "second-factor-on")
    page.get_by_role("link", name="Make new ones").click()
    visitors.arrive(page, "Make new recovery codes?")
    look_at(page, "recovery-codes-new")
    open_account(page, "Passkeys and second factor")
    page.get_by_role("link", name="Turn off").click()
    visitors.arrive(page, "Turn off the authenticator app?")
    look_at(page, "second-factor-turn-off")
