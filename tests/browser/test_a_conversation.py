"""A reviewer asks the person something, the clock stands still, and goes on with the answer and its paper."""

from __future__ import annotations

import pytest
from playwright.sync_api import FilePayload, Page, expect

from tests.browser import visitors
from tests.browser.conftest import NewPage
from tests.browser.mails import look_at_mail
from tests.browser.pictures import ALL, NARROW, TWO, look_at
from tests.browser.test_a_correction import wait_for
from tools.site import Site

pytestmark = pytest.mark.browser
PERSON = "tess.talks@elsewhere.example"
PAPER = FilePayload(name="Passport of Tess.png", mimeType="image/png", buffer=b"\x89PNG\r\n\x1a\n" + b"x" * 70_000)
ANSWER = "The one that ended in May.\nמצורף מסמך 🙂 <b>thank you</b>"


def test_a_question_is_asked_and_answered(site: Site, new_page: NewPage, desk: Page) -> None:
    page = new_page()
    visitors.sign_up(page, site, PERSON)
    reference = visitors.file(page, site, "A copy of my data")
    ask(desk, site, reference)
    look_at_mail(new_page(), site, to=PERSON, subject="We need an answer from you")
    answer(page, site, reference)
    read_and_extend(desk, reference)
    page.reload()
    expect(page.get_by_role("heading", name="The law gives us more time for this")).to_be_visible()
    expect(page.get_by_text("Seen by the privacy team")).to_be_visible()
    look_at(page, "talk-extended")


def ask(desk: Page, site: Site, reference: str) -> None:
    desk.goto(f"{site.url}/desk/{reference}/")
    wait_for(desk, desk.get_by_role("button", name="Release to the person"))
    look_at(desk, "case")
    desk.get_by_label("Message to the person").fill("Hello Tess,")
    desk.get_by_label("Text to begin with").select_option(label="Which data is meant")
    desk.get_by_role("button", name="Put it in").click()
    assert desk.get_by_label("Message to the person").input_value().startswith("Hello Tess,\n\nHello,")
    desk.get_by_label("Message to the person").fill("Hello Tess, which of your two subscriptions do you mean?")
    desk.get_by_label("I need a reply to go on").check()
    desk.get_by_role("button", name="Send", exact=True).click()
    expect(desk.get_by_text("Waits for an answer")).to_be_visible()
    expect(desk.get_by_role("button", name="Release to the person")).to_have_count(0)
    expect(desk.get_by_text("paused").first).to_be_visible()
    look_at(desk, "case-asked", looks=(NARROW, *TWO))


def answer(page: Page, site: Site, reference: str) -> None:
    page.goto(f"{site.url}/requests/{reference}/")
    expect(page.get_by_text("which of your two subscriptions")).to_have_count(1)
    expect(page.get_by_text("paused").first).to_be_visible()
    look_at(page, "talk-asked", looks=(NARROW, *TWO))
    page.get_by_role("button", name="Send the answer").click()
    expect(page.get_by_role("alert")).to_contain_text("Write something")
    page.get_by_label("Your message").fill(ANSWER)
    page.get_by_label("Files (optional)").set_input_files([PAPER, PAPER])
    page.get_by_role("button", name="Send the answer").click()
    expect(page.get_by_text("Thank you. We go on with your request")).to_be_visible()
    look_at(page, "talk-answered")


def read_and_extend(desk: Page, reference: str) -> None:
    desk.reload()
    expect(desk.get_by_text("מצורף")).to_be_visible()
    with desk.expect_download() as coming:
        desk.get_by_role("link", name="File 1 (PNG").click()
    assert coming.value.suggested_filename.startswith(reference)
    desk.get_by_label("Note", exact=True).fill("@amir both papers are the same. Enough for you?")
    desk.get_by_role("button", name="Add the note").click()
    expect(desk.get_by_text("Noted.")).to_be_visible()
    desk.get_by_text("Extend the law’s term").click()
    desk.get_by_label("The reason it takes longer").fill("Your account spans three archives that are read by hand.")
    desk.get_by_role("button", name="Extend and tell the person").click()
    expect(desk.get_by_text("Extended. The person has been told why.")).to_be_visible()
    expect(desk.get_by_role("button", name="Release to the person")).to_be_visible()
    look_at(desk, "case-answered-by-person", looks=(*ALL, NARROW))
    desk.goto(desk.url.split("/desk/")[0] + "/desk/templates/")
    visitors.arrive(desk, "Texts of the team")
    look_at(desk, "templates")
