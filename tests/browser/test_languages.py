"""Somebody who reads German switches the language on a phone, asks in it, and is written to in it."""

from __future__ import annotations

import time

import pytest
from playwright.sync_api import expect

from tests.browser import visitors
from tests.browser.conftest import NewPage
from tests.browser.mails import newest_text
from tests.browser.pictures import ALL, NARROW, PHONE, look_at
from tools.site import Site
from tools.visitor import mailed_code

pytestmark = pytest.mark.browser
READER = "jörg.leser@elsewhere.example".replace("ö", "oe")


def test_the_language_is_switched_on_a_phone_and_stays(site: Site, new_page: NewPage) -> None:
    page = new_page(viewport={"width": PHONE.width, "height": PHONE.height})
    page.goto(site.url)
    page.get_by_role("button", name="Deutsch").click()
    expect(page.locator("html")).to_have_attribute("lang", "de")
    visitors.arrive(page, "Sehen Sie, was Macrosora über Sie speichert, und lassen Sie es berichtigen oder löschen")
    look_at(page, "home-de", looks=(*ALL, NARROW))
    page.get_by_role("link", name="Anmelden").click()
    page.get_by_role("link", name="Legen Sie ein Konto an").click()
    page.get_by_label("E-Mail").fill(READER)
    asked_at = time.time_ns()
    page.get_by_role("button", name="Code per E-Mail schicken").click()
    page.get_by_label("Code").fill(mailed_code(site, READER, since=asked_at))
    look_at(page, "code-de", looks=(NARROW, PHONE))
    page.get_by_role("button", name="Weiter").click()
    expect(page.get_by_role("link", name="Meine Anträge")).to_be_visible()
    page.goto(f"{site.url}/requests/new/")
    look_at(page, "form-what-de", looks=(NARROW, PHONE))
    page.get_by_role("radio", name="Eine Frage an das Datenschutzteam").check()
    page.get_by_role("button", name="Weiter").click()
    page.get_by_label("Ihre Frage").fill("Wie lange bewahren Sie meine Rechnungen auf?")
    page.get_by_role("button", name="Weiter").click()
    visitors.arrive(page, "Ihre Angaben prüfen")
    look_at(page, "form-check-de", looks=(NARROW, PHONE))
    page.get_by_role("button", name="Antrag senden").click()
    visitors.arrive(page, "Wir haben Ihren Antrag")
    reference = visitors.reference_of(page)
    page.goto(f"{site.url}/requests/{reference}/")
    look_at(page, "request-de", looks=(*ALL, NARROW))
    told = newest_text(site, to=READER, subject="Wir haben Ihren Antrag")
    assert reference in told
    assert "Das Datenschutzteam von Macrosora" in told
    assert "We " not in told


def test_without_scripts_the_switch_is_a_form(site: Site, new_page: NewPage) -> None:
    page = new_page(java_script_enabled=False)
    page.goto(f"{site.url}/accounts/login/")
    page.get_by_role("button", name="Deutsch").click()
    expect(page).to_have_url(f"{site.url}/accounts/login/")
    expect(page.get_by_role("button", name="Deutsch")).to_have_attribute("aria-current", "true")
    visitors.arrive(page, "Anmelden")
