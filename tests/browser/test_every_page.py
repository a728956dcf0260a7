"""Every page that links lead to, for everybody who may open it: nothing is too wide, and axe finds nothing.

Runs last, when the walks of the other modules have filled the site; what they looked at is opened and not looked at
again, unless every page is wanted as a picture.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest
from playwright.sync_api import Page

from examples.macrosora import cast
from examples.macrosora.staff import ADA, AMIR, OLGA, Member
from tests.browser import visitors
from tests.browser.conftest import NewPage
from tests.browser.crawling import Kind, kinds_of_pages
from tests.browser.pictures import LOOKED_AT, TAKES_ALL, look_at
from tools.site import Site

pytestmark = pytest.mark.browser


#: Who walks through other modules and comes to have requests of every kind; one of them has an account in any case.
PEOPLE = (cast.HEAVY, cast.COLLABORATOR, cast.TWO_ORGANISATIONS)


def crawl(page: Page, site: Site, who: str, *starts: str, kinds: set[Kind], below: str = "/") -> set[str]:
    """Look at each kind of page that is not in `kinds`; return their routes."""
    seen: dict[str, int] = {}
    for route in kinds_of_pages(page, site.url, starts, kinds, below=below):
        seen[route] = seen.get(route, 0) + 1
        if route in LOOKED_AT and not TAKES_ALL:
            continue
        look_at(page, f"every-{who}-{route.replace(':', '-') or 'none'}-{seen[route]}")
    return set(seen)


def test_every_page_of_somebody_who_has_not_signed_in(site: Site, new_page: NewPage) -> None:
    seen = crawl(new_page(), site, "anybody", "/", kinds=set())
    assert seen >= {"home", "account_login", "account_signup", "dsar:start"}


def test_every_page_of_a_person(site: Site, new_page: NewPage) -> None:
    kinds: set[Kind] = set()
    seen: set[str] = set()
    for number, person in enumerate(PEOPLE):
        page = new_page()
        enter = visitors.sign_in if has_account(site, person.email) else visitors.sign_up
        enter(page, site, person.email)
        seen |= crawl(page, site, f"person{number}", "/", "/requests/", kinds=kinds)
    assert seen >= {"home", "dsar:requests", "dsar:preferences", "account_email", "mfa_index"}


def test_every_page_of_the_desk(site: Site, desk: Page) -> None:
    """Their own data and requests look as everybody's do."""
    assert crawl(desk, site, "reviewer", "/desk/", kinds=set(), below="/desk/") >= {
        "dsar:queue",
        "dsar:datamap",
        "dsar:holds",
    }


@pytest.mark.parametrize("member", [AMIR, OLGA, ADA], ids=lambda member: member.role)
def test_every_page_of_the_rest_of_the_team(site: Site, new_page: NewPage, member: Member) -> None:
    page = new_page()
    visitors.sign_in_with_app(page, site, member)
    page.get_by_role("link", name="Desk", exact=True).click()
    assert crawl(page, site, member.role, page.url, kinds=set(), below="/desk/")


def has_account(site: Site, email: str) -> bool:
    with closing(sqlite3.connect(site.var / "portal.sqlite3", timeout=20)) as connection:
        return bool(connection.execute("SELECT 1 FROM accounts_user WHERE email = ?", [email]).fetchone())
