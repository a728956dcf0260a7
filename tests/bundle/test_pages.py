"""The pages are for any browser, offline: bounded, harmless whatever they tell, and every link arrives."""

from __future__ import annotations

import base64
import hashlib
import io
import posixpath
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from html.parser import HTMLParser
from types import SimpleNamespace
from typing import Any

import pytest

from dsar.bundle.archive import Archive
from dsar.bundle.article15 import article15
from dsar.bundle.check import check_complete
from dsar.bundle.contents import (
    BundleContents,
    CollectionContents,
    CollectionState,
    Dispute,
    DisputedValue,
    UsedIdentity,
)
from dsar.bundle.display import category, clip, label, shown
from dsar.bundle.names import data_files
from dsar.bundle.pages import Pages
from dsar.bundle.rows import write_rows
from dsar.bundle.topics import shares, topics
from dsar.values import to_json
from dsar.wording import label_inside, speaking
from tests.bundle.builders import (
    CALLS,
    EVIL,
    NOW,
    PEOPLE,
    calls,
    collection,
    contents,
    data_map,
    dataset,
    declaration,
    delivered,
    field,
    person,
    store,
    surveyed,
    system,
)
from tests.bundle.conftest import Packed
from tests.bundle.memory import traced

# What a page may be made of: nothing that runs, loads, or leads out.
ALLOWED = frozenset(
    """html head meta title style body a div header strong bdi main footer span h1 h2 h3 h4 p b i em ul li dl dt dd
    section nav table thead tbody tr th td svg rect figure figcaption details summary code""".split()  # noqa: SIM905
)


class Page(HTMLParser):
    """Collects what a browser would act on."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.links: list[str] = []
        self.anchors: set[str] = set()
        self.policy = self.style = ""
        self.rows = 0
        self._inside = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.tags.add(tag)
        self.attributes |= given.keys()
        self._inside = tag
        self.rows += tag == "tr"
        if "href" in given:
            self.links.append(given["href"])
        if "id" in given:
            self.anchors.add(given["id"])
        if given.get("http-equiv") == "Content-Security-Policy":
            self.policy = given["content"]

    def handle_data(self, data: str) -> None:
        if self._inside == "style":
            self.style += data

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""


def pages_of(given: BundleContents) -> dict[str, str]:
    """Return the pages alone, without the seconds that a PDF takes."""
    out = io.BytesIO()
    with Archive(out=out, modified_at=NOW) as archive:
        written = topics(given)
        pages = Pages(archive=archive, contents=given, topics=written, key_id="00")
        pages.write_index()
        pages.write_readme()
        pages.write_use(article15(given.data_map))
        files = data_files(given.data_map)
        for topic in written:
            pairs = zip(topic.collections, shares(topic.collections), strict=True)
            found = {item.collection.key: surveyed(item, keep=keep) for item, keep in pairs if item.rows}
            pages.write_topic(topic, found, files)
    read = zipfile.ZipFile(out)
    return {name: read.read(name).decode() for name in read.namelist()}


def hostile() -> BundleContents:
    """Return contents with hostile text wherever a map, a store, a person or a reviewer can put it."""
    of = collection(
        EVIL,
        EVIL,
        *(field(f"{EVIL}{number}", EVIL, description=EVIL) for number in range(3)),
        title=EVIL,
        topic=EVIL,
        description=EVIL,
    )
    row = {f"{EVIL}{number}": value for number, value in enumerate((EVIL, {EVIL: [EVIL]}, [EVIL]))}
    item = delivered(of, [row] * 5, excluded_fields={EVIL: EVIL}, undeclared=(EVIL,), reason=EVIL, withheld=1)
    facts = declaration(datasets=(EVIL,), name=EVIL, legal_basis=EVIL, retention_period=EVIL, recipients=(EVIL, EVIL))
    told = system(facts, name=EVIL, description=EVIL, automated_decisions=EVIL, source_of_data=EVIL, transfers=(EVIL,))
    return contents(
        data_map(dataset(EVIL, of, name=EVIL), systems=(told,)),
        store(item, undeclared=(EVIL,)),
        reference=EVIL,
        request_type_label=EVIL,
        tenant_name=EVIL,
        tenant_contact=EVIL,
        exceptions=(EVIL,),
        disputes=(Dispute(EVIL, (DisputedValue(EVIL, EVIL, EVIL, EVIL, EVIL),), NOW),),
        identities=(UsedIdentity(EVIL, EVIL, EVIL),),
        unproven_identities=(UsedIdentity(EVIL, EVIL, EVIL),),
    )


def html(pages: dict[str, str]) -> dict[str, Page]:
    return {name: Page(text) for name, text in pages.items() if name.endswith(".html")}


def test_hostile_text_stays_text() -> None:
    pages = pages_of(hostile())
    for page in html(pages).values():
        assert page.tags <= ALLOWED
        assert not {name for name in page.attributes if name.startswith("on") or name in {"style", "src", "srcdoc"}}
        assert all(re.fullmatch(r"(\.\./)?[a-z0-9_./-]*(#[a-z0-9_-]+)?", link) for link in page.links)
    everything = "".join(pages.values())
    assert "&lt;script&gt;" in everything
    assert "{{7*7}}" in everything
    assert "\u202e" not in everything
    assert "\x00" not in everything


def test_each_page_allows_itself_one_style_and_nothing_else(packed: Packed) -> None:
    for name in packed.archive.namelist():
        if name.endswith(".html"):
            page = Page(packed.read(name).decode())
            digest = base64.b64encode(hashlib.sha256(page.style.encode()).digest()).decode()
            expected = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
            assert page.policy == expected
            assert "url(" not in page.style
            assert "@import" not in page.style


def test_every_link_arrives(packed: Packed) -> None:
    pages = {name: Page(packed.read(name).decode()) for name in packed.archive.namelist() if name.endswith(".html")}
    for name, page in pages.items():
        assert page.links
        for link in page.links:
            path, _, anchor = link.partition("#")
            target = posixpath.normpath(posixpath.join(posixpath.dirname(name), path)) if path else name
            assert target in packed.archive.namelist()
            assert not anchor or anchor in pages[target].anchors


def test_a_page_shows_the_newest_thousand_and_points_to_the_rest(packed: Packed) -> None:
    text = packed.read("pages/api-usage.html").decode()
    assert Page(text).rows == 1001
    assert "The newest 1,000, by “At”, of 1,200. All of them are in the files." in text
    assert "/v1/999<" in text
    assert "/v1/1000<" not in text
    assert text.index("/v1/0<") < text.index("/v1/1<")


def test_the_index_says_what_is_missing(packed: Packed) -> None:
    text = packed.read("index.html").decode()
    for told in (
        "Live sessions (Cache): could not be read: no answer in 30 seconds.",
        "Logs (Cache): left out: nothing personal in it.",
        "Your profile (Customer database): 2 records of other people withheld.",
        "Customer database: parts that are not described yet and were not searched: tmp_table.",
        "Live sessions could not be read; they expire within a day.",
        "old@example.org",
        "<li>Home town: we hold <bdi>Rome</bdi>; you say that it should be empty</li>",
    ):
        assert told in text


def test_what_was_read_before_a_failure_is_delivered_and_called_incomplete() -> None:
    item = delivered(CALLS, calls(3), state=CollectionState.FAILED, reason="the second stage timed out")
    given = contents(data_map(dataset("usage", CALLS)), store(item))
    check_complete(given)
    pages = pages_of(given)
    assert "API calls (usage): could not be read completely: the second stage timed out." in pages["index.html"]
    assert "3 records, and more that could not be read: the second stage timed out" in pages["pages/api-usage.html"]


def test_secrets_are_named_with_their_records_and_not_as_gaps() -> None:
    item = delivered(PEOPLE, [person()], excluded_fields={"password_hash": "secret: never"})
    pages = pages_of(contents(data_map(dataset("app", PEOPLE)), store(item)))
    assert "Password hash" not in pages["index.html"]
    assert "Password hash: secret: never" in pages["pages/account.html"]


def test_the_readme_tells_what_is_what(packed: Packed) -> None:
    text = packed.read("README.txt").decode()
    assert "\r\n  Account: 1 record\r\n" in text
    assert packed.signer.key_id in text
    assert "\n" not in text.replace("\r\n", "")


@pytest.mark.parametrize("width", [1, 9, 10, 150])
def test_any_number_of_columns_is_shown_or_counted(width: int) -> None:
    of = collection("app", "wide", *(field(f"c{number}") for number in range(width)), topic="Wide")
    rows = [{f"c{number}": f"v{number}" for number in range(width)}] * 300
    text = pages_of(contents(data_map(dataset("app", of)), store(delivered(of, rows))))["pages/wide.html"]
    assert ("And 110 more fields in each record" in text) == (width == 150)
    assert len(text) < 2_000_000
    assert ">v0<" in text


@pytest.mark.thorough
def test_a_giant_value_is_cut_on_the_page_and_whole_in_the_file() -> None:
    of = collection("app", "big", field("text"), field("nested"), topic="Big")
    giant = "ع" * 5_000_000
    item = delivered(of, [{"text": giant, "nested": [giant]}])
    page = pages_of(contents(data_map(dataset("app", of)), store(item)))["pages/big.html"]
    assert len(page) < 40_000
    assert f"{'ع' * 239}…" in page


def test_small_collections_are_whole_before_large_ones_share_the_rest() -> None:
    items: Any = [SimpleNamespace(rows=rows) for rows in (5000, 10, 300, 700)]
    assert shares(items) == [345, 10, 300, 345]
    assert shares([]) == []


def many(number: int) -> CollectionContents:
    """Return a collection whose rows are made while they are read."""
    lines = [to_json({"at": f"20{year}-01-01T00:00:00+00:00", "path": "x" * 250}) for year in range(10, 100)]

    @contextmanager
    def opened() -> Iterator[Iterator[bytes]]:
        block = b"".join(line + b"\n" for line in lines)
        assert number % len(lines) == 0
        yield (block for _ in range(number // len(lines)))

    types = {"at": frozenset({"datetime"}), "path": frozenset({"string"})}
    return replace(delivered(CALLS, []), state=CollectionState.DELIVERED, rows=number, types=types, open_blocks=opened)


@pytest.mark.thorough
def test_fifty_thousand_rows_pass_in_flat_memory() -> None:
    item = many(49_500)
    given = contents(data_map(dataset("usage", CALLS)), store(item))
    files = data_files(given.data_map)
    (topic,) = topics(given)
    with traced() as peak, io.BytesIO() as out, Archive(out=out, modified_at=NOW) as archive:
        found = write_rows(archive=archive, contents=item, keep=1000, files=files[CALLS.key])
        Pages(archive=archive, contents=given, topics=(topic,), key_id="").write_topic(topic, {CALLS.key: found}, files)
        assert found.size > 14_000_000
        assert peak() < 6_000_000


def test_names_read_as_words() -> None:
    told = {
        "ip_address": "IP address",
        "userID": "User ID",
        "createdAt": "Created at",
        "API_key": "API key",
        "csrf_token": "CSRF token",
        "sha256": "SHA-256",
        "": "",
    }
    assert {name: label(name) for name in told} == told
    assert category("user.device.ip_address") == "Device: IP address"
    assert category("system.operations") == "System: operations"


def test_a_name_is_told_by_the_map_or_as_most_maps_mean_it_and_by_no_word_of_a_page() -> None:
    with speaking("de", {"Receipt": "Kassenzettel"}):
        assert [label(name) for name in ("reason", "receipt", "no", "yes")] == ["Grund", "Kassenzettel", "No", "Yes"]
        assert label("no.reason") == "No › Grund"
        assert label_inside("no") == "No"


@pytest.mark.parametrize(
    ("value", "types", "text"),
    [
        (None, set(), None),
        ("", {"string"}, "(empty text)"),
        (0, {"integer"}, "0"),
        (False, {"boolean"}, "No"),
        ([], {"array"}, "(empty list)"),
        ({"a_b": [1, None, {"c": True}]}, {"object"}, "A b: (1, —, (C: Yes))"),
        ("2026-11-20T10:30:00+01:00", {"datetime"}, "2026-11-20 09:30:00 UTC"),
        ("2026-11-20T10:30:00", {"datetime"}, "2026-11-20 10:30:00"),
        ("2026-11-20T10:30:00+01:00", {"string"}, "2026-11-20T10:30:00+01:00"),
        ("soon", {"datetime"}, "soon"),
    ],
)
def test_values_read_as_they_are(value: Any, types: set[str], text: str | None) -> None:
    assert shown(value, types=frozenset(types), limit=60) == text


def test_names_inside_of_a_value_are_told_as_the_map_tells_them_or_as_is_common() -> None:
    value = {"own": {"theme": True}, "kind": "draft", "no": 5}
    with speaking("de", {"Theme": "Farbschema"}):
        # What a page says elsewhere is no name: this is a number.
        assert shown(value, types=frozenset({"object"}), limit=60) == "Own: (Farbschema: Ja); Art: draft; No: 5"


def test_a_cut_says_so() -> None:
    assert clip("abcdef", 6) == "abcdef"
    assert clip("abcdefg", 6) == "abcde…"


def test_calls_are_told_by_week_when_they_spread(packed: Packed) -> None:
    assert len(calls(1200)) == 1200
    assert (
        "1,200 records by week from 28 September 2026 to 16 November 2026; most, 168, in the week of"
        in packed.read("pages/api-usage.html").decode()
    )
