"""Every word of every page comes from a catalogue: in a language that brackets each message, none stands outside."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.utils.translation import trans_real

from accounts.models import Membership, Role, Tenant
from dsar.models import SubjectRequest
from dsar.wording import tongue
from tests.attacks.test_every_view import LADDER, PERSON, TEAM, address
from tests.dsar.conftest import account
from tests.dsar.views.conftest import browser, second_factor
from tests.repo.test_untranslated import READ_ATTRIBUTES, Texts

pytestmark = pytest.mark.thorough

OPEN, CLOSE = "⟦", "⟧"
#: What is put into a message is no word of it: it stands outside, and has to be told by itself.
_PLACE = re.compile(r"%\(\w+\)[sd]|(?<!%)%[sd]|\{\w*\}")
_OUTSIDE = rf"{CLOSE}\g<0>{OPEN}"
#: What is data, and the same in every language.
DATA = re.compile(
    r"\S+@\S*|(acme\.)?example(\.com)?|R(-[0-9A-Z]{2,4}){3}|Acme( Ltd)?|"
    r"English|Deutsch|Français|Español|Italiano|Português|UTC|"
    r"(dataset|kind|stage|how|law_by|law_weighed|type): \w+|"  # facts of the trail, as they are recorded
    r"CSV|JSON( Lines)?|(Jan|Feb|März|Apr|Mai|Juni|Juli|Aug|Sept|Okt|Nov|Dez)\b\.?|\brita\b|"
    r"\d+(\.\d+)?\s?[KMG]?B\b|[0-9a-f]{8,}…?|[\w.-]+\.(zip|json|age|ya?ml)|·|[A-Z2-7]{32}|\bapp\b|shoe_size|^email$|app:\S+|\bAnn\b|Safari|Firefox|Chrome"
)
_LETTERS = re.compile(r"[^\W\d_]{2,}")


class Bracketing:
    """Stands in for a catalogue: each message comes back between brackets."""

    def gettext(self, message: str) -> str:
        return f"{OPEN}{_PLACE.sub(_OUTSIDE, message.rpartition(chr(4))[2])}{CLOSE}"

    def pgettext(self, context: str, message: str) -> str:
        return self.gettext(message)

    def ngettext(self, one: str, many: str, count: int) -> str:
        return self.gettext(one if count == 1 else many)


class Everything(dict[str, str]):
    """A data map's texts, every one of them translated."""

    def get(self, key: str, default: Any = None) -> str:
        return f"{OPEN}{key}{CLOSE}"


@pytest.fixture(autouse=True)
def _bracketed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let German be what brackets everything."""
    made = copy.copy(trans_real.translation("de"))
    for name in ("gettext", "ngettext"):
        monkeypatch.setattr(made, name, getattr(Bracketing(), name))
    monkeypatch.setitem(trans_real._translations, "de", made)  # type: ignore[attr-defined]
    monkeypatch.setattr(tongue, "catalogue", lambda language: Bracketing())
    monkeypatch.setattr(tongue, "_ask_texts", lambda language: Everything())


def _outside(page: str) -> Iterator[str]:
    """Yield the words of a page that stand outside of every bracket, in its texts and in its attributes."""
    body = page[page.index("<body") :]
    reader = Texts()
    reader.feed(body)
    depth = 0
    attributes = [value for value in reader.attributes if OPEN not in value]
    for text in reader.texts:
        for part in re.split(f"([{OPEN}{CLOSE}])", text):
            depth += (part == OPEN) - (part == CLOSE)
            if depth <= 0 and part not in (OPEN, CLOSE):
                attributes.append(part)
    yield from (part.strip() for part in attributes if _LETTERS.search(DATA.sub("", part)))


def of_role(tenant: Tenant, role: Role) -> Client:
    user = account(f"{role}@acme.example")
    Membership.objects.create(user=user, tenant=tenant, role=role)
    return browser(second_factor(user))


PAGES = sorted(name for name, rung in LADDER.items() if "get" in rung.methods)
#: No page: a picture, files. And what names columns and keys as the store and its engineers do (`lang="en"`).
NOT_READ = {"datamap_picture", "gpc", "proof", "bundle_key", "datamap", "datamap_collection", "sample"}


def test_attributes_that_are_read_are_looked_at() -> None:
    assert "aria-label" in READ_ATTRIBUTES


@pytest.mark.parametrize("state", ["released", "waiting"])
def test_no_word_of_a_page_is_in_one_language_alone(
    state: str, request: pytest.FixtureRequest, tenant: Tenant, rita: Client, ann: Client, anonymous: Client
) -> None:
    subject_request: SubjectRequest = request.getfixturevalue(state)
    team = {role: of_role(tenant, role) for role in (Role.ADMINISTRATOR, Role.AUDITOR)} | {Role.REVIEWER: rita}
    found: dict[str, list[str]] = {}
    looked_at = 0
    for name in sorted(set(PAGES) - NOT_READ):
        rung = LADDER[name]
        client = {TEAM: team[rung.role], PERSON: ann}.get(rung.whose, anonymous)
        page = client.get(address(name, subject_request.reference), headers={"accept-language": "de"})
        if page.status_code == 200 and page.headers["Content-Type"].startswith("text/html"):
            looked_at += 1
            if outside := list(_outside(f"<body>{page.content.decode()}")):
                found[name] = outside
    assert looked_at > 12
    assert found == {}, "\n".join(f"{name}: {texts}" for name, texts in found.items())


@pytest.mark.parametrize("path", ["/", "/accounts/login/", "/accounts/signup/", "/accounts/login/code/", "/nothing/"])
def test_no_word_of_an_entrance_is_in_one_language_alone(path: str, anonymous: Client) -> None:
    page = anonymous.get(path, headers={"accept-language": "de"}, follow=True)
    assert list(_outside(page.content.decode())) == []


@pytest.mark.parametrize(
    "path", ["/accounts/email/", "/accounts/2fa/", "/accounts/sessions/", "/accounts/2fa/totp/activate/"]
)
def test_no_word_of_the_account_is_in_one_language_alone(path: str, ann: Client) -> None:
    page = ann.get(path, headers={"accept-language": "de"}, follow=True)
    assert page.status_code == 200
    assert list(_outside(page.content.decode())) == []
