"""Somebody at the portal with a browser that knows forms and cookies and nothing else."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import httpx

from tools import mailbox, processes
from tools.pageforms import forms_of
from tools.site import HOST, Site

if TYPE_CHECKING:
    from examples.macrosora.staff import Member

_HIDDEN = re.compile(r'<input[^>]*type="hidden"[^>]*>')
_ATTRIBUTE = re.compile(r'(name|value)="([^"]*)"')
_REFERENCE = re.compile(r"R-[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{2}")
_FINGERPRINT = re.compile(r'name="fingerprint" value="([0-9a-f]{64})"')
_TAGS = re.compile(r"<[^>]*>")
_STATUS = re.compile(r'data-status="([a-z_]+)"')
_TOKENS = ("csrfmiddlewaretoken", "token")  # other hidden fields belong to other forms of the page
_PROVE_AGAIN = "/accounts/reauthenticate/code/"
_STEP = 30  # seconds that a code of an authenticator app lasts


class UnexpectedPageError(Exception):
    """The portal answered with another page than a person would need to go on."""


class Visitor:
    """One browser session of one address."""

    def __init__(self, site: Site, email: str) -> None:
        self._site, self.email = site, email
        base = f"http://{HOST}:{site.ports['web']}"
        self._browser = httpx.Client(base_url=base, follow_redirects=True, timeout=60)

    def close(self) -> None:
        """Close the browser's connections."""
        self._browser.close()

    @property
    def cookies(self) -> str:
        """The header by which another browser is taken for this one."""
        return "; ".join(f"{name}={value}" for name, value in self._browser.cookies.items())

    @classmethod
    def reviewer(cls, site: Site) -> Visitor:
        """Return the demo's reviewer, signed in with the second factor."""
        from examples.macrosora.staff import TEAM

        visitor = cls(site, TEAM[0].email)
        visitor._sign_in_with_app(TEAM[0])
        return visitor

    def sign_up(self) -> None:
        """Make an account with the mailed code."""
        self._submit("/accounts/signup/", email=self.email)
        self._enter("/accounts/confirm-email/")

    def sign_in(self) -> None:
        """Sign in to an account that is there, with the mailed code."""
        self._submit("/accounts/login/", login=self.email)
        self._enter("/accounts/login/code/confirm/")

    def _enter(self, path: str) -> None:
        page = self._submit(path, code=self._mailed_code())
        if not self._is_signed_in():
            raise UnexpectedPageError(f"not signed in, but at {page.url}")

    def file(self, kind: str, *, question: str = "") -> str:
        """File a request of a type, an enquiry with its question; return its reference."""
        self._submit("/requests/new/", type=kind)
        if question:
            self._submit("/requests/new/question/", question=question)
        return self._send()

    def _send(self) -> str:
        page = self._submit("/requests/new/check/")
        found = _REFERENCE.search(str(page.url))
        if found is None:
            raise UnexpectedPageError(f"the request was not filed, but the page is {page.url}")
        return found.group()

    def stop(self, purpose: str, *, ground: str, words: str) -> str:
        """Ask that a use of the data stops, as signed in; return the request's reference."""
        self._submit("/requests/new/", type="restriction")
        self._submit("/requests/new/restriction/", purposes=purpose, ground=ground, words=words)
        return self._send()

    def grant_stop(self, reference: str) -> None:
        """Grant all that a stop asks for, as a reviewer. Raises StopIteration if nothing can be granted."""
        page = self._browser.get(f"/desk/{reference}/").raise_for_status().text
        form = next(form for form in forms_of(page) if form.action.endswith("/grant/"))
        self._browser.post(form.action, data=form.values).raise_for_status()

    def end_stop(self, reference: str) -> None:
        """End what one had stopped oneself."""
        self._submit(f"/requests/{reference}/take-back/", page=f"/requests/{reference}/")

    def status(self, reference: str) -> str:
        found = _STATUS.search(self._browser.get(f"/requests/{reference}/").raise_for_status().text)
        if found is None:
            raise UnexpectedPageError("the request's page does not say its status")
        return found.group(1)

    def take_back(self, reference: str) -> None:
        self._submit(f"/requests/{reference}/withdraw/", page=f"/requests/{reference}/")

    def release(self, reference: str) -> None:
        """Release a bundle as a reviewer, who hides nothing of what was found in it."""
        redaction = f"/desk/{reference}/redaction/"
        if f"{redaction}rest/" in self._browser.get(redaction).text:
            self._submit(f"{redaction}rest/", page=redaction, reason="known")
        self._submit(f"/desk/{reference}/release/", page=f"/desk/{reference}/")

    def approve_deletion(self, reference: str) -> bool:
        """Approve what the preview shows, as a reviewer; return whether there was one to approve."""
        case = f"/desk/{reference}/"
        found = _FINGERPRINT.search(self._browser.get(case).raise_for_status().text)
        if found is None:
            return False
        self._submit(f"{case}approve/", page=case, fingerprint=found.group(1))
        return True

    def propose(self, reference: str, by_label: Mapping[str, str]) -> bool:
        """Say what is right of what is held, by the fields' labels; return whether it could be said yet."""
        path = f"/requests/{reference}/correct/"
        if self._is_asked_again(path):
            self._submit(_PROVE_AGAIN, action="send")
            self._submit(_PROVE_AGAIN, code=self._mailed_code())
        page = self._browser.get(path)
        if page.url.path != path:
            return False
        form = next(form for form in forms_of(page.text) if form.labels)
        return self._browser.post(path, data=form.filled(by_label)).url.path != path

    def approve_correction(self, reference: str) -> bool:
        """Approve all that can be, as a reviewer; return whether there was anything to approve."""
        page = self._browser.get(f"/desk/{reference}/correction/")
        form = next((form for form in forms_of(page.text) if form.values.get("lines")), None)
        if form is None:
            return False
        return self._browser.post(form.action, data=form.values).status_code == 200

    def read_case(self, reference: str) -> str:
        """Return what a reviewer reads of a case, on one line."""
        return " ".join(_TAGS.sub(" ", self._browser.get(f"/desk/{reference}/").text).split())

    def choose(self, purpose: str, *, given: bool) -> None:
        """Press a button of "My choices"."""
        self._submit("/preferences/", purpose=purpose, given="on" if given else "off")

    def certificate(self, reference: str, secret: str, form: str) -> bytes:
        """Fetch a deletion's certificate, as anybody can who has the secret."""
        answer = self._submit("/certificate/", reference=reference, secret=secret, form=form)
        if "attachment" not in answer.headers.get("content-disposition", ""):
            raise UnexpectedPageError("no certificate came")
        return answer.content

    def download(self, reference: str) -> bytes:
        """Fetch the bundle, proving again who they are where signing in was too long ago."""
        path = f"/requests/{reference}/download/"
        if self._is_asked_again(path):
            self._submit(_PROVE_AGAIN, action="send")
            self._submit(_PROVE_AGAIN, code=self._mailed_code())
        answer = self._submit(path)
        if answer.headers["content-type"] != "application/zip":
            raise UnexpectedPageError(f"no bundle came, but {answer.url}")
        return answer.content

    def _sign_in_with_app(self, member: Member) -> None:
        from examples.macrosora.staff import fresh_code

        self._submit("/accounts/login/", login=self.email)
        self._submit("/accounts/login/code/confirm/", code=self._mailed_code())
        for _ in range(3):
            self._submit("/accounts/2fa/authenticate/", code=fresh_code(member))
            if self._is_signed_in():
                return
            time.sleep(_STEP - time.time() % _STEP)  # a code is good for one sign-in
        raise UnexpectedPageError("the reviewer is not signed in")

    def _is_asked_again(self, path: str) -> bool:
        return self._browser.get(path).url.path == _PROVE_AGAIN

    def _is_signed_in(self) -> bool:
        return "/accounts/" not in str(self._browser.get("/requests/").url)

    def _submit(self, path: str, *, page: str = "", **fields: str) -> httpx.Response:
        """Fetch a page, fill in its form and send it to `path`."""
        form = self._browser.get(page or path).raise_for_status().text
        hidden = [dict(_ATTRIBUTE.findall(tag)) for tag in _HIDDEN.findall(form)]
        values = {field["name"]: field["value"] for field in hidden if field.get("name") in _TOKENS}
        self._asked_at = time.time_ns()
        answer = self._browser.post(path, data={**values, **fields})
        if answer.status_code >= 400 and answer.status_code != 422:
            raise UnexpectedPageError(f"{path} answered {answer.status_code}")
        return answer

    def _mailed_code(self) -> str:
        return mailed_code(self._site, self.email, since=self._asked_at)


def press_unsubscribe(site: Site, path: str) -> None:
    """Unsubscribe by the link of a message as a mail service does: one POST, without a cookie (RFC 8058)."""
    url = f"http://{HOST}:{site.ports['web']}{path}"
    httpx.post(url, data={"List-Unsubscribe": "One-Click"}, timeout=60).raise_for_status()


def mailed_code(site: Site, email: str, *, since: int) -> str:
    """Return the code in the next mail to the address, which may take the worker a moment.

    `since`: nanoseconds of `time.time_ns()`. Raises TimeoutError if none comes.
    """
    found = ""

    def has_come() -> bool:
        nonlocal found
        found = _code_since(site.var / "mail", email, since)
        return bool(found)

    processes.wait_until(has_come, seconds=30, what=f"a mail to {email}")
    return found


def _code_since(folder: Path, email: str, since: int) -> str:
    for file in sorted(folder.glob("*.eml"), reverse=True):
        if int(file.name.split("-")[0]) < since:
            break
        message = mailbox.read(file.read_bytes())
        if message["to"] == email and mailbox.code_of(message):
            return mailbox.code_of(message)
    return ""
