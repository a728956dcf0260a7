from __future__ import annotations

import io
import socket
import sys
from dataclasses import replace
from datetime import timedelta
from typing import Any

import page
import pytest
from pypdf import PdfReader

from dsar.bundle.article15 import article15
from dsar.bundle.contents import BundleContents, Dispute, DisputedValue, UsedIdentity
from dsar.bundle.fonts import drawable
from dsar.bundle.pdf import PdfUnavailable, render_pdf, require_pdf
from dsar.bundle.report import SAMPLE_ROWS, Digest, report_html
from dsar.bundle.topics import topics
from tests.bundle.builders import (
    EVIL,
    NOW,
    collection,
    contents,
    data_map,
    dataset,
    declaration,
    delivered,
    field,
    store,
    surveyed,
    system,
)
from tests.bundle.conftest import Packed

MOST_PAGES = 24


def report(given: BundleContents) -> bytes:
    items = [item for told in given.stores for item in told.collections if item.rows]
    digests = {item.collection.key: Digest.of(surveyed(item, keep=SAMPLE_ROWS)) for item in items}
    facts = article15(given.data_map)
    return render_pdf(report_html(contents=given, topics=topics(given), digests=digests, facts=facts, key_id="00"))


def crowded() -> BundleContents:
    """Return more of everything than a summary can tell."""
    made, told, systems = [], [], []
    for number in range(45):
        key = f"d{number}"
        fields = (field("at"), *(field(f"{EVIL}{index}") for index in range(110)))
        of = collection(
            key, "c", *fields, time="at", title=f"{number} {EVIL}", topic=f"{number} {EVIL}", description="x " * 900
        )
        rows = [{"at": NOW - timedelta(days=day), **{item.name: EVIL for item in fields[1:]}} for day in range(5)]
        rows[0][fields[1].name] = "w" * 1_000_000
        made.append(dataset(key, of, name=EVIL))
        told.append(store(delivered(of, rows, withheld=1, undeclared=("u" * 300,)), undeclared=("z" * 300,)))
        long: Any = {"legal_basis": "l " * 500, "retention_period": "p " * 500, "recipients": ("r " * 90,) * 30}
        purposes = (
            declaration(datasets=(key,), name=EVIL * 3, data_categories=("user.contact",) * 40, **long)
            for _ in range(3)
        )
        texts: Any = {"description": "s " * 500, "automated_decisions": "a " * 500, "source_of_data": "o " * 500}
        systems.append(system(*purposes, name=EVIL, transfers=("t " * 300,), **texts))
    return contents(
        data_map(*made, systems=tuple(systems)),
        *told,
        tenant_name=EVIL * 9,
        tenant_contact=EVIL * 9,
        reference="R" * 400,
        exceptions=("e " * 500,) * 60,
        disputes=(Dispute("d " * 2500, (DisputedValue("a", "b", EVIL, EVIL * 9, EVIL * 9),) * 30, NOW),) * 20,
        identities=(UsedIdentity("email", EVIL * 9, EVIL * 9),) * 80,
    )


@pytest.fixture(scope="module")
def full() -> bytes:
    return report(crowded())


def problems(pdf: bytes) -> list[str]:
    return [f"{failure.rule_id}: {failure.message}" for failure in page.validate_pdf_bytes(pdf, profile="ua1").failures]


def test_the_report_is_accessible(packed: Packed) -> None:
    pdf = packed.read("report.pdf")
    assert problems(pdf) == []
    reader = PdfReader(io.BytesIO(pdf))
    assert str(reader.root_object["/Lang"]) == "en"
    assert reader.metadata is not None
    assert reader.metadata.title == "Copy of your data REF-2026-0001 · Macrosora"


@pytest.mark.thorough
def test_a_report_of_far_too_much_stays_short_and_accessible(full: bytes) -> None:
    assert len(PdfReader(io.BytesIO(full)).pages) <= MOST_PAGES
    assert problems(full) == []


def test_hostile_text_is_text_in_the_report_too(full: bytes) -> None:
    reader = PdfReader(io.BytesIO(full))
    assert "<script>alert(1)</script>" in reader.pages[0].extract_text()
    for name in (b"/JavaScript", b"/JS", b"/URI", b"/Launch", b"/EmbeddedFile", b"evil.example/x"):
        assert name not in full
    assert all("/Annots" not in told for told in reader.pages)


def test_the_report_tells_what_the_law_wants_told(packed: Packed) -> None:
    pages = PdfReader(io.BytesIO(packed.read("report.pdf"))).pages
    text = " ".join(" ".join(told.extract_text() for told in pages).split())
    for told in (
        "Reference REF-2026-0001",
        "Provide the service",
        "Legal basis Contract",
        "Kept As long as the account exists",
        "Who receives it Nobody outside Macrosora",
        "You gave it: Your profile",
        "data protection supervisory authority",
        "no decision about you that is made by automated means",
        "no transfer of your data",
        "Live sessions (Cache): could not be read: no answer in 30 seconds.",
        "168 in the busiest week",
        packed.signer.key_id,
    ):
        assert told in text


def test_nothing_at_all_makes_a_report_as_well() -> None:
    of = collection("app", "people", field("id"), topic="Account")
    given = contents(data_map(dataset("app", of)), store(delivered(of, [])), identities=())
    text = PdfReader(io.BytesIO(report(given))).pages[1].extract_text()
    assert "Nothing about you was found" in text


def test_no_address_is_ever_fetched() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        address = f"http://127.0.0.1:{server.getsockname()[1]}"
        secret = "file:///etc/hostname"
        markup = (
            f"<html lang=en><head><title>t</title><style>@import '{address}/a.css'; "
            f"body {{background: url({address}/b.png)}} "
            f"@font-face {{font-family: x; src: url({secret})}} p {{font-family: x}}</style>"
            f"<link rel=stylesheet href='{address}/c.css'><link rel=attachment href='{secret}'></head>"
            f"<body><p>shown<img alt=x src='{address}/d.png'><object data='{address}/e'></object>"
            f"<svg xmlns='http://www.w3.org/2000/svg'><title>t</title><image href='{secret}'/>"
            f"<use href='{address}/f.svg#x'/></svg>"
        )
        pdf = render_pdf(markup)
        with pytest.raises(BlockingIOError):
            server.accept()
    reader = PdfReader(io.BytesIO(pdf))
    assert "shown" in reader.pages[0].extract_text()
    assert not reader.attachments


def test_characters_without_a_glyph_are_shown_as_boxes() -> None:
    assert drawable("Amélie — أميرة …") == "Amélie — أميرة …"
    assert drawable("a\U0010fffdb") == "a□b"


@pytest.mark.thorough
def test_a_machine_without_pango_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    require_pdf.cache_clear()
    with pytest.raises(PdfUnavailable, match=r"apt-get install .*libpango"):
        render_pdf("<p>x")
    monkeypatch.undo()
    require_pdf()


def test_the_words_are_english_in_the_variety_that_was_asked_for(packed: Packed) -> None:
    given = contents(data_map(), language="de")
    for language, expected in (("en-GB", "en-GB"), ("nl", "en"), ("de-CH", "de"), ("pt-PT", "pt-BR"), ("en", "en")):
        facts = article15(given.data_map)
        html = report_html(
            contents=replace(given, language=language), topics=(), digests={}, facts=facts, key_id=packed.signer.key_id
        )
        assert f'<html lang="{expected}">' in html
