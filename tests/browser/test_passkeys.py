"""A passkey: added, signed in with, and the other window ended. The device is Chromium's own virtual one."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser import visitors
from tests.browser.conftest import NewPage
from tests.browser.pictures import ALL, NARROW, look_at
from tools.site import Site

EMAIL = "pat.keys@elsewhere.example"
pytestmark = pytest.mark.browser
PHONE = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Mobile Safari/537.36"


class Device:
    """A device of a window that keeps keys, and whose owner is at hand (the automation of WebAuthn Level 3)."""

    def __init__(self, page: Page) -> None:
        self._session = page.context.new_cdp_session(page)
        self._session.send("WebAuthn.enable")
        kind = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
        owner = {"isUserVerified": True, "automaticPresenceSimulation": True}
        self.id = self._session.send("WebAuthn.addVirtualAuthenticator", {"options": kind | owner})["authenticatorId"]

    def sync_to(self, other: Device) -> None:
        """Copy the keys, as devices of one owner do."""
        for key in self._session.send("WebAuthn.getCredentials", {"authenticatorId": self.id})["credentials"]:
            other._session.send("WebAuthn.addCredential", {"authenticatorId": other.id, "credential": key})


def test_a_passkey_signs_in_and_ends_the_other_window(site: Site, new_page: NewPage) -> None:
    page = new_page()
    laptop = Device(page)
    page.goto(site.url)
    look_at(page, "welcome", looks=(*ALL, NARROW))
    visitors.sign_up(page, site, EMAIL)
    look_at(page, "home-own", looks=(*ALL, NARROW))
    add_passkey(page, site)
    visitors.sign_out(page)

    page.goto(f"{site.url}/accounts/login/?next=/data/")
    look_at(page, "login-passkey")
    page.get_by_role("button", name="Sign in with a passkey").click()
    visitors.arrive(page, "What we hold about you")
    look_at(page, "held", looks=(*ALL, NARROW))
    page.get_by_role("link", name="IP address").click()
    visitors.arrive(page, "IP address")
    look_at(page, "held-kind")
    page.goto(f"{site.url}/rights/?residence=california")
    look_at(page, "rights")
    expect(page.get_by_text("California Privacy Protection Agency")).to_be_visible()
    end_the_other_window(page, site, laptop, new_page(user_agent=PHONE))


def add_passkey(page: Page, site: Site) -> None:
    page.goto(f"{site.url}/accounts/2fa/")
    look_at(page, "second-factors-none")
    page.get_by_role("link", name="Add a passkey").click()
    visitors.arrive(page, "Add a passkey")
    look_at(page, "passkey-add")
    page.get_by_label("What do you call it?").fill("My laptop")
    page.get_by_role("button", name="Add the passkey").click()
    visitors.arrive(page, "Recovery codes")
    page.goto(f"{site.url}/accounts/2fa/")
    expect(page.get_by_role("heading", name="My laptop")).to_be_visible()
    look_at(page, "second-factors-passkey")


def end_the_other_window(page: Page, site: Site, laptop: Device, phone: Page) -> None:
    laptop.sync_to(Device(phone))
    phone.goto(f"{site.url}/accounts/login/?next=/requests/")
    phone.get_by_role("button", name="Sign in with a passkey").click()
    visitors.arrive(phone, "My requests")
    page.goto(f"{site.url}/accounts/sessions/")
    look_at(page, "sessions-two")
    page.get_by_role("button", name=re.compile("End.*Chrome on Android")).click()
    expect(page.get_by_role("status")).to_contain_text("signed out now")
    phone.reload()
    visitors.arrive(phone, "Sign in")
