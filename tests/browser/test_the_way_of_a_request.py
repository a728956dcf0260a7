"""From sign-up to the unpacked bundle, as a person and a reviewer walk it."""

from __future__ import annotations

import re
import zipfile
from itertools import cycle
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from examples.macrosora import cast
from tests.browser import crowd, visitors
from tests.browser.conftest import NewPage
from tests.browser.mails import look_at_mail
from tests.browser.pictures import ALL, PHONE_DARK, WIDE, look_at
from tools.site import Site

pytestmark = pytest.mark.browser
# All rows of a table are built alike, and axe takes twelve seconds for a thousand.
_FEWER_ROWS = "for (const row of document.querySelectorAll('tbody tr:nth-child(n+30)')) row.remove()"
WORKED = 60_000  # milliseconds that the worker may take for the heavy user on a busy machine


def test_a_person_asks_and_gets_their_data(site: Site, new_page: NewPage, desk: Page, tmp_path: Path) -> None:
    page = new_page()
    visitors.sign_up(page, site, cast.HEAVY.email, look=look_at)
    reference = visitors.file(page, site, "A copy of my data", look=look_at)
    watch_it_happen(page)

    release(desk, reference)

    look_at_mail(new_page(), site, to=cast.HEAVY.email, subject="Your data is ready")
    page.reload()
    expect(page.get_by_text("Your data is ready")).to_be_visible()
    visitors.sign_out(page)
    visitors.sign_in(page, site, cast.HEAVY.email)
    folder = download(page, reference, tmp_path)
    read_offline(new_page(), folder)
    seal(page)
    crowd.expire(site, reference)
    page.reload()
    visitors.arrive(page, "The bundle is deleted")
    look_at(page, "error-410")


def watch_it_happen(page: Page) -> None:
    """See the bars move and the status change, without a hand on the page."""
    page.get_by_role("link", name="Watch it happen").click()
    expect(page.get_by_role("heading", name="Where we are looking")).to_be_visible()
    usage = page.get_by_role("listitem").filter(has_text="Usage records")
    expect(usage).to_contain_text(re.compile(r"\d,\d{3} entries"), timeout=WORKED)
    look_at(page, "progress", looks=ALL)
    expect(page.get_by_text("Everything is collected")).to_be_visible(timeout=WORKED)
    look_at(page, "collected")


def release(desk: Page, reference: str) -> None:
    desk.reload()
    desk.get_by_role("link", name=reference).click()
    visitors.arrive(desk, reference)
    look_at(desk, "case")
    visitors.show_others(desk, reference)
    desk.get_by_role("button", name="Release to the person").click()
    expect(desk.get_by_role("heading", name="Decided so far")).to_be_visible()
    look_at(desk, "case-released")


def download(page: Page, reference: str, folder: Path) -> Path:
    """Fetch the ZIP file and unpack it; return where."""
    page.get_by_role("link", name="My requests").click()
    page.get_by_role("link", name="A copy of my data").click()
    visitors.arrive(page, "A copy of my data")
    look_at(page, "ready")
    page.get_by_role("link", name="Download").click()
    visitors.arrive(page, "Download your data")
    look_at(page, "download")
    look_into_it(page)
    with page.expect_download() as coming:
        page.get_by_role("button", name="Download the ZIP file").click()
    assert reference in coming.value.suggested_filename
    with zipfile.ZipFile(coming.value.path()) as archive:
        archive.extractall(folder)
    return folder


def look_into_it(page: Page) -> None:
    """Find entries in the browser before anything is fetched."""
    page.get_by_role("link", name="Look into it here first").click()
    visitors.arrive(page, "What is in your bundle")
    look_at(page, "preview")
    page.get_by_role("link", name="API calls", exact=True).click()
    visitors.arrive(page, "API calls")
    wanted = page.get_by_role("row").nth(5).get_by_role("cell").nth(1).inner_text()
    page.get_by_role("textbox", name="Search").fill(wanted)
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_role("link", name="Clear")).to_be_visible()
    expect(page.get_by_role("row").nth(1)).to_contain_text(wanted)
    look_at(page, "preview-entries")
    page.get_by_role("link", name=re.compile("^Entry .*, whole")).first.click()
    look_at(page, "preview-entry")
    page.get_by_role("link", name="API calls").click()
    page.get_by_role("link", name="What is in your bundle").click()
    page.get_by_role("link", name="Download").first.click()
    visitors.arrive(page, "Download your data")


def seal(page: Page) -> None:
    """Have the bundle sealed by a passphrase, and fetch what only that opens."""
    page.get_by_role("link", name="Have it sealed so that only you can open it").click()
    visitors.arrive(page, "Only I can open it")
    look_at(page, "seal")
    words = "four words in no order"
    page.get_by_label("Or a passphrase").fill(words)
    page.get_by_label("The passphrase again").fill(words)
    page.get_by_role("button", name="Seal it").click()
    visitors.arrive(page, "Download your data")
    look_at(page, "download-sealed")
    with page.expect_download() as coming:
        page.get_by_role("button", name="Download the sealed file").click()
    assert Path(coming.value.path()).read_bytes().startswith(b"age-encryption.org/v1\n-> scrypt ")


def read_offline(page: Page, folder: Path) -> None:
    """Open the bundle from disk and follow every link of its first page that leads to another."""
    index = next(folder.rglob("index.html")).as_uri()
    page.goto(index)
    look_at(page, "bundle-index", looks=ALL)
    links = page.get_by_role("link").evaluate_all("all => all.map(one => one.href)")
    pages = sorted({link.split("#")[0] for link in links if ".html" in link} - {index})
    assert pages
    for link, look in zip(pages, cycle((WIDE, PHONE_DARK)), strict=False):  # built alike, so one look each
        page.goto(link)
        page.evaluate(_FEWER_ROWS)
        look_at(page, f"bundle-{Path(link).stem}", looks=(look,))
