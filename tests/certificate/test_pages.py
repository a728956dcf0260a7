from __future__ import annotations

import io
from dataclasses import replace
from typing import Any

import page
import pytest
from pypdf import PdfReader

from dsar.bundle.signing import Signer
from dsar.certificate.facts import Restoration, RestorationState, SearchState, StoreFacts
from dsar.certificate.issue import Certificate, issue_certificate
from dsar.certificate.pages import certificate_html
from tests.bundle.builders import EVIL
from tests.certificate.cases import (
    NO_ROWS,
    hostile,
    made_of,
    not_complete,
    nothing_held,
    of_collections,
    ordinary,
    searched,
)

MOST_PAGES = 30


def problems(pdf: bytes) -> list[str]:
    return [f"{failure.rule_id}: {failure.message}" for failure in page.validate_pdf_bytes(pdf, profile="ua1").failures]


def text_of(pdf: bytes) -> str:
    return " ".join(" ".join(told.extract_text() for told in PdfReader(io.BytesIO(pdf)).pages).split())


def test_the_pdf_is_accessible_and_signed_pages_are_too(issued: Certificate) -> None:
    assert problems(issued.pdf) == []
    reader = PdfReader(io.BytesIO(issued.pdf))
    assert reader.metadata is not None
    assert reader.metadata.title == "Certificate of erasure REF-2026-0042 · Macrosora"
    assert str(reader.root_object["/Lang"]) == "en"


def test_the_json_is_inside_of_it(issued: Certificate) -> None:
    reader = PdfReader(io.BytesIO(issued.pdf))
    assert reader.attachments == {"erasure-certificate.json": [issued.content]}
    files: Any = reader.root_object["/AF"]
    assert [file.get_object()["/AFRelationship"] for file in files] == ["/Source"]


def test_the_same_facts_make_the_same_pdf(issued: Certificate, signer: Signer) -> None:
    assert issue_certificate(facts=ordinary(), signer=signer) == issued


def test_the_pages_tell_everything(issued: Certificate, signer: Signer) -> None:
    text = text_of(issued.pdf)
    for told in (
        "Reference REF-2026-0042",
        "Erasure of personal data, GDPR",
        "Received 18 November 2026, 17:30 UTC",
        "Approved 19 November 2026, 13:30 UTC, by a reviewer of the privacy team",
        "Erased 20 November 2026, 09:21 UTC, by a worker of this portal",
        "Read again 20 November 2026, 09:25 UTC",
        "Searched by Email, User ID",
        "184,390",
        "Prompt templates 48 0 2 0",
        "Searched, and nothing held: API keys · Invitations",
        "Phone: emptied",
        "Legal duty: German Fiscal Code, section 147 Until: ten years after issue",
        "It belongs to others as well.",
        "4 It names another person. Messages (Customer database)",
        "Devices (Usage records) no device_id is known",
        "Audit trail (Customer database) The data map says not to process it.",
        "Mailworks Ltd by webhook 20 November 2026, 09:26 UTC receipt 8f2c",
        "Formerly Inc no address is known any more Not told",
        "Until 23 November 2026, 09:30 UTC an encrypted copy",
        "its date, its nature and its outcome",
        "19 November 2028, 09:30 UTC",
        "it can be fetched until 20 December 2026, 09:30 UTC",
        issued.sha256,
        signer.key_id,
        "cd" * 32,
        "ab" * 32,
    ):
        assert told in text


def html_of(**more: object) -> str:
    return certificate_html(facts=replace(ordinary(), **more), sha256="0" * 64, key_id="0" * 16)  # type: ignore[arg-type]


def html_with(copy: Restoration) -> str:
    """Return the pages where the whole and every store have this copy."""
    stores = tuple(replace(store, copy=copy) for store in ordinary().stores)
    return html_of(restoration=copy, stores=stores)


def test_what_becomes_of_a_copy_to_undo_an_error_is_told() -> None:
    assert "kept: the person refused it" in html_with(Restoration(RestorationState.REFUSED))
    none = html_with(NO_ROWS)
    assert "No copy of what was removed is kept." in none
    assert "not in every store" not in none
    html = html_of()
    assert html.count("A sealed copy of what was removed here is kept until 23 November 2026") == 2
    assert html.count("<bdi>This kind of store gives no copy of its rows.</bdi>") == 1
    assert "23 November 2026, 09:30 UTC, but not in every store" in html
    assert "No copy is kept of what was in 1 store" in html


def test_somebody_of_whom_nothing_is_held_is_told_so() -> None:
    html = certificate_html(facts=nothing_held(), sha256="0" * 64, key_id="0" * 16)
    assert "holds nothing of them in any place that was searched" in html
    assert "has erased" not in html
    assert "Nothing was removed." in html
    assert "undone" not in html


def test_an_erasure_that_is_not_complete_passes_for_no_certificate() -> None:
    html = certificate_html(facts=not_complete(), sha256="0" * 64, key_id="0" * 16)
    assert "<h1>Erasure not complete</h1>" in html
    assert "certifies" not in html
    assert "Certificate of erasure" not in html
    assert "2 records were still there" in html
    assert "1 collection was not read again" in html
    assert "Could not be read again: <bdi>no answer in 30 seconds</bdi>" in html


def test_the_words_are_english_in_the_variety_that_was_asked_for() -> None:
    for language, expected in (("en-GB", "en-GB"), ("nl", "en"), ("de-CH", "de"), ("pt-PT", "pt-BR")):
        assert f'<html lang="{expected}">' in html_of(request=replace(ordinary().request, language=language))


def test_what_was_masked_inside_of_a_field_is_named_in_the_language_of_the_request() -> None:
    german = replace(ordinary(), request=replace(ordinary().request, language="de"))
    words = {"Wish": "Wunsch", "Text": "Wortlaut"}
    html = certificate_html(facts=german, sha256="0" * 64, key_id="0" * 16, texts=words)
    assert "Wunsch › Wortlaut" in html
    assert "Wish" not in html


@pytest.mark.thorough
def test_hostile_names_are_text(signer: Signer) -> None:
    pdf = issue_certificate(facts=hostile(), signer=signer).pdf
    assert problems(pdf) == []
    reader = PdfReader(io.BytesIO(pdf))
    assert len(reader.pages) < 12
    assert "<script>alert(1)</script>" in reader.pages[0].extract_text()
    for name in (b"/JavaScript", b"/JS", b"/URI", b"/Launch"):
        assert name not in pdf
    assert all("/Annots" not in told for told in reader.pages)
    html = certificate_html(facts=hostile(), sha256="0" * 64, key_id="0" * 16)
    assert "<script" not in html
    assert "\u202e" not in html
    assert EVIL * 4 not in html


def test_no_number_of_collections_makes_it_long() -> None:
    for facts in (of_collections(5000), made_of(*(StoreFacts(f"s{at}", "S", (searched("c"),)) for at in range(5000)))):
        html = certificate_html(facts=facts, sha256="0" * 64, key_id="0" * 16)
        assert html.count("<tr>") < 800
        assert len(html) < 300_000
        assert "the file erasure-certificate.json inside of this PDF tells" in html


def test_a_store_of_which_nothing_is_listed_says_that_something_was_there() -> None:
    """Else it would look as if nothing had been held there."""
    html = certificate_html(facts=of_collections(1000), sha256="0" * 64, key_id="0" * 16)
    last = html[html.index("Store 960") :]
    assert last.index("32 collections are not listed here in which something was") < last.index("Searched, and nothing")


def test_where_rows_are_left_is_told_however_many_collections_there_are() -> None:
    full = of_collections(5000)
    last = full.stores[-1]
    left = replace(last, collections=(*last.collections, searched("the_last", "The last one", left=7)))
    html = certificate_html(facts=replace(full, stores=(*full.stores[:-1], left)), sha256="0" * 64, key_id="0" * 16)
    assert "<bdi>The last one</bdi>" in html


def test_a_store_that_was_not_read_again_is_told_however_many_stores_there_are() -> None:
    stores = [StoreFacts(f"s{at}", f"Store {at}", (searched("c"),)) for at in range(200)]
    unread = (searched("c", verified_at=None),)
    stores += [StoreFacts("t", "Silent", unread, problem="no answer"), StoreFacts("u", "Forgotten", unread)]
    html = certificate_html(facts=made_of(*stores), sha256="0" * 64, key_id="0" * 16)
    assert "<bdi>Silent</bdi>" in html
    assert "<bdi>Forgotten</bdi>" in html
    assert "And 122 more: the file erasure-certificate.json inside of this PDF tells of each." in html


@pytest.mark.thorough
def test_thousands_of_collections_make_a_pdf_that_is_short_and_accessible(signer: Signer) -> None:
    pdf = issue_certificate(facts=of_collections(5000), signer=signer).pdf
    assert len(PdfReader(io.BytesIO(pdf)).pages) <= MOST_PAGES
    assert problems(pdf) == []


def test_nothing_is_told_of_a_store_that_was_not_searched() -> None:
    aside = searched("c", "Somewhere else")
    facts = made_of(StoreFacts("s", "S", (replace(aside, state=SearchState.EXCLUDED, reason="why", verified_at=None),)))
    html = certificate_html(facts=facts, sha256="0" * 64, key_id="0" * 16)
    assert "No store was searched." in html
    assert "Somewhere else (S)" in html
