"""Mails that the site has sent, looked at as a mail program shows them."""

from __future__ import annotations

from email.message import EmailMessage

from playwright.sync_api import Page

from tests.browser.pictures import look_at
from tools import mailbox
from tools.processes import wait_until
from tools.site import Site


def look_at_mail(page: Page, site: Site, *, to: str, subject: str) -> None:
    """Keep a picture of the newest mail to an address whose subject starts with `subject`.

    Raises TimeoutError if none comes, AssertionError if it looks wrong or asks for anything outside itself.
    """
    body = _newest(site, to, subject).get_body(("html",))
    assert body is not None, f"{subject} has no HTML part"
    page.set_content(str(body.get_content()))
    look_at(page, f"mail-{subject.lower().replace(' ', '-')}")


def newest_text(site: Site, *, to: str, subject: str) -> str:
    """Return the plain text of the newest mail to an address whose subject starts so. Raises TimeoutError."""
    return mailbox.text_of(_newest(site, to, subject))


def _newest(site: Site, to: str, subject: str) -> EmailMessage:
    found: list[EmailMessage] = []

    def has_come() -> bool:
        files = sorted((site.var / "mail").glob("*.eml"), reverse=True)
        messages = (mailbox.read(file.read_bytes()) for file in files)
        found.extend(one for one in messages if one["to"] == to and one["subject"].startswith(subject))
        return bool(found)

    wait_until(has_come, seconds=30, what=f"the mail {subject} to {to}")
    return found[0]
