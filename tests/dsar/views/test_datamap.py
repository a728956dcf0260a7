"""The data map on the desk: who sees it, what it shows, and that it opens while the map has a mistake."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest
from django.conf import settings
from django.test import Client

from accounts.models import Tenant, User


def test_the_ladder(
    tenant: Tenant, reviewer: User, rita: Client, olga: Client, otto: Client, anonymous: Client
) -> None:
    for address in ("/desk/datamap/", "/desk/datamap.svg"):
        assert [client.get(address).status_code for client in (rita, olga, otto)] == [200, 200, 404]
        assert anonymous.get(address).headers["Location"].startswith("/accounts/login/")
        assert rita.post(address).status_code == 405


def test_it_shows_their_collections_and_leaves_the_portals_own_out(tenant: Tenant, rita: Client) -> None:
    page = rita.get("/desk/datamap/").content.decode()
    assert 'href="/desk/datamap/" aria-current="page"' in page
    assert "email at app:letters.email" in page
    assert "app:people.id to app:old_emails.person_id" in page
    assert "accounts_user" not in page
    assert "style=" not in page


def test_the_picture_is_saved_as_a_file(tenant: Tenant, rita: Client) -> None:
    answer = rita.get("/desk/datamap.svg")
    assert answer.headers["Content-Type"] == "image/svg+xml"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="data-map.svg"'
    assert ElementTree.fromstring(answer.content).tag == "{http://www.w3.org/2000/svg}svg"  # noqa: S314  # our own


def test_a_mistake_in_the_map_is_named_on_the_page(tenant: Tenant, rita: Client) -> None:
    file = Path(settings.TENANTS_DIR) / "acme" / "datamap" / "app.yml"
    file.write_text(file.read_text() + "sistem: []\n")
    answer = rita.get("/desk/datamap/")
    assert answer.status_code == 200
    assert "app.yml:" in answer.content.decode()
    assert "unknown key &#x27;sistem&#x27;" in answer.content.decode()
    assert rita.get("/desk/datamap.svg").status_code == 503


def test_names_of_the_map_are_never_markup(tenant: Tenant, rita: Client) -> None:
    file = Path(settings.TENANTS_DIR) / "acme" / "datamap" / "app.yml"
    file.write_text(file.read_text().replace("name: letters", "name: <script>alert(1)</script>"))
    page = rita.get("/desk/datamap/").content.decode()
    assert page.count("&lt;script&gt;alert(1)&lt;/script&gt;") >= 2
    assert "<script>alert" not in page


WORDS = """
translation:
- language: de
  texts:
    App data: Anwendungsdaten
    What you wrote.: Was Sie geschrieben haben.
    tax law: Steuerrecht
    ten years: zehn Jahre
    The law.: Das Gesetz.
"""


@pytest.mark.thorough
def test_what_the_map_says_of_a_collection_is_told_in_the_language_of_the_page(tenant: Tenant, rita: Client) -> None:
    file = Path(settings.TENANTS_DIR) / "acme" / "datamap" / "app.yml"
    before = "  - name: letters\n    meta: {title: Letters, topic: Letters, retention: {kind: account}}\n"
    after = (
        "  - name: letters\n    description: What you wrote.\n    meta: {title: Letters, topic: Letters,\n"
        "      retention: {kind: duty, duty: tax law, until: ten years}, erasure: {action: keep, why: The law.}}\n"
    )
    assert before in file.read_text()
    named = file.read_text().replace("- fides_key: app\n  meta:", "- fides_key: app\n  name: App data\n  meta:")
    file.write_text(named.replace(before, after))
    file.with_name("words.de.yml").write_text(WORDS)
    german = {"accept-language": "de"}
    page = rita.get("/desk/datamap/collection/?dataset=app&name=letters", headers=german).content.decode()
    for text in ("Anwendungsdaten", "Was Sie geschrieben haben.", "Steuerrecht", "zehn Jahre", "Das Gesetz."):
        assert text in page, text
    assert "Anwendungsdaten" in rita.get("/desk/datamap/", headers=german).content.decode().split('id="list"')[1]
