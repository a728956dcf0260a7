"""A bundle's pages are in the person's language; what is signed and what programs read is not."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace

import orjson
import pytest

from dsar.bundle.signing import Signer
from dsar.bundle.verify import verify_bundle
from dsar.bundle.write import write_bundle
from tests.bundle.builders import example


def written(language: str, *, report: bool = False) -> tuple[zipfile.ZipFile, Signer, io.BytesIO]:
    out, signer, contents = io.BytesIO(), Signer.generate(), example(number=1200, language=language)
    texts = {"Customer database": "Kundendatenbank", "Home town": "Wohnort"}
    translated = replace(contents.data_map, translations={"de": texts})
    write_bundle(out=out, contents=replace(contents, data_map=translated), signer=signer, report=report)
    return zipfile.ZipFile(out), signer, out


def test_pages_are_german_and_data_is_as_the_map_writes_it() -> None:
    archive, signer, out = written("de")
    index, readme = (archive.read(name).decode() for name in ("index.html", "README.txt"))
    assert '<html lang="de">' in index
    assert "<h1>Ihre Daten</h1>" in index
    assert "1.201" in index
    assert "20. November 2026" in index
    assert "Kundendatenbank" in index
    assert "HIER ANFANGEN" in readme
    manifest = orjson.loads(archive.read("manifest.json"))
    assert manifest["language"] == "de"
    assert [store["title"] for store in manifest["stores"]] == ["Customer database", "Usage records", "Cache"]
    out.seek(0)
    assert verify_bundle(file=out, public_key=signer.public_key).passed


def test_one_bundle_leaves_no_language_behind_for_the_next() -> None:
    written("de")
    assert "<h1>Your data</h1>" in written("nl")[0].read("index.html").decode()


@pytest.mark.pdf
@pytest.mark.thorough
def test_the_report_is_tagged_with_its_language() -> None:
    from pypdf import PdfReader

    reader = PdfReader(io.BytesIO(written("de", report=True)[0].read("report.pdf")))
    text = "".join(page.extract_text() for page in reader.pages)
    assert str(reader.root_object["/Lang"]) == "de"
    assert "Ihre Daten, kurz gefasst" in text
    assert "□" not in text
