"""What a person reads of what is held, of how things stand, and of their rights."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from accounts.models import Tenant, User
from dsar.deadlines import REGIMES
from dsar.deadlines.articles import ARTICLES
from dsar.models import RequestType, SubjectRequest
from tests.dsar.views.test_query_counts import fill, queries


def read(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return unescape(answer.content.decode())


def broken(tenant: Tenant) -> None:
    folder = Path(settings.TENANTS_DIR) / tenant.slug / "datamap"
    (folder / "zz.yml").write_text("dataset: [")


def test_a_stranger_reads_what_this_place_is_and_how_to_ask(anonymous: Client) -> None:
    page = read(anonymous, "/")
    for words in ("See what", "Ask for your data", "Have it deleted", "Follow a request", "within 48 hours"):
        assert words in page
    assert "/requests/new/?type=erasure" in page
    assert "What we hold about you" not in page


def test_home_shows_ones_own_requests_and_what_is_held(ann: Client, released: SubjectRequest) -> None:
    page = read(ann, "/")
    assert released.reference in page
    assert "What we hold about you" in page
    assert "What goes where" in page
    assert "All of them are off" in page
    assert "Off: a mailed code alone lets you in" in page


def test_home_asks_no_more_where_there_is_more(ann: Client, reviewer: User, released: SubjectRequest) -> None:
    few = queries(ann, "/")
    fill(released, reviewer)
    assert queries(ann, "/") == few
    assert len(few) < 25


def test_home_shows_nothing_of_anybody_else(otto: Client, released: SubjectRequest) -> None:
    page = read(otto, "/")
    assert released.reference not in page
    assert "None yet" in page


def test_every_kind_of_the_map_has_a_page_that_says_all_of_it(ann: Client) -> None:
    page = read(ann, "/data/")
    kinds = re.findall(r'href="(/data/[^"]+/)"', page)
    assert "/data/privacy-portal/" in kinds
    for address in kinds:
        kind = read(ann, address)
        for words in ("how long it is kept", "on what basis", "Who receives it", "What you can do"):
            assert words in kind, address
    portal = read(ann, "/data/privacy-portal/")
    assert "The company has to, whether you agree or not." in portal, "a legal basis in plain words"
    assert "Nobody outside" in portal


def test_what_is_no_kind_is_not_found(ann: Client) -> None:
    assert ann.get("/data/nothing-such/").status_code == 404


def test_a_map_that_cannot_be_read_takes_no_page_away(ann: Client, tenant: Tenant, released: SubjectRequest) -> None:
    broken(tenant)
    home = read(ann, "/")
    assert released.reference in home
    assert "cannot be shown just now" in home
    for address in ("/data/", "/data/privacy-portal/"):
        assert ann.get(address).status_code == 503


@pytest.mark.parametrize(
    ("residence", "law", "source"),
    [
        ("eu", "GDPR", "GDPR Article 17"),
        ("uk", "UK GDPR", "UK GDPR Article 17"),
        ("california", "CCPA/CPRA", "§1798.105"),
        ("brazil", "LGPD", "LGPD Article 18, IV and VI"),
        ("canada", "PIPEDA", "clauses 4.5.3"),
    ],
)
def test_the_rights_are_told_by_the_law_of_the_place(anonymous: Client, residence: str, law: str, source: str) -> None:
    page = read(anonymous, f"/rights/?residence={residence}")
    assert f"Below by {law}, the law of that place." in page
    assert source in page
    assert next(regime.complaint.text for regime in REGIMES.values() if regime.label == law) in page


def test_whoever_says_nothing_reads_the_companys_law(anonymous: Client) -> None:
    for address in ("/rights/", "/rights/?residence=mars", "/rights/?residence=elsewhere"):
        page = read(anonymous, address)
        assert "under which the company answers" in page
        assert "GDPR Article 15" in page


def test_a_right_that_a_law_does_not_name_is_offered_all_the_same(anonymous: Client) -> None:
    page = read(anonymous, "/rights/?residence=california")
    assert page.count("does not name it") == 2


def test_every_law_has_a_word_on_every_right() -> None:
    assert set(ARTICLES) == set(REGIMES)
    for articles in ARTICLES.values():
        assert set(articles) == {kind.value for kind in RequestType if kind != RequestType.APPEAL}
