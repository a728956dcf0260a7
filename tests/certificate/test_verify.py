from __future__ import annotations

import io
import random
import zlib
from base64 import b64encode
from collections.abc import Iterable
from pathlib import Path

import orjson
import pytest
from pypdf import PdfReader, PdfWriter

from dsar.bundle.pdf import Source, render_pdf
from dsar.bundle.signing import Signer
from dsar.certificate.document import signed_document
from dsar.certificate.issue import Certificate
from dsar.certificate.signed_pdf import sign_pdf
from dsar.certificate.verify import CertificateReport, claimed_key_id, verify_certificate
from tests.certificate.cases import NOW, not_complete, ordinary


def check(content: bytes, key: bytes | None = None) -> CertificateReport:
    return verify_certificate(file=io.BytesIO(content), public_key=key)


def told(report: CertificateReport) -> str:
    return " ".join(f"{found.name}: {found.message}" for found in report.failures)


def test_both_forms_are_verified(issued: Certificate, signer: Signer) -> None:
    for content in (issued.content, issued.pdf):
        report = check(content, signer.public_key)
        assert (report.failures, report.trusted, report.key_id) == ((), True, signer.key_id)
        assert report.certified["totals"]["deleted"] == 184_390
        assert claimed_key_id(io.BytesIO(content)) == signer.key_id


def test_without_a_key_all_holds_and_nothing_is_trusted(issued: Certificate) -> None:
    for content in (issued.content, issued.pdf):
        report = check(content)
        assert (report.passed, report.trusted) == (True, False)


def test_another_key_is_named(issued: Certificate) -> None:
    other = Signer.generate()
    for content in (issued.content, issued.pdf):
        report = check(content, other.public_key)
        assert not report.passed
        assert not report.certified
        assert f"made with another key, {report.key_id}, than {other.key_id}" in told(report)


def test_certificates_of_the_first_version_are_verified(signer: Signer) -> None:
    """Issued before stores told of copies, and signed with a key that is in the file alone."""
    old = (Path(__file__).parent / "data" / "version-1.json").read_bytes()
    report = check(old)
    assert (report.failures, report.certified["version"]) == ((), 1)
    assert not check(old.replace(b'"deleted": 48', b'"deleted": 49')).passed
    newer = orjson.loads(signed_document(ordinary(), signer=signer))
    assert newer["version"] == 2
    bare = [{name: value for name, value in store.items() if name != "copy"} for store in newer["stores"]]
    assert "'required'" in told(check(resigned({"stores": bare}, signer)))
    assert "'not'" in told(check(resigned({"version": 1}, signer))), "what the first version does not know"


def test_what_is_said_of_copies_agrees(signer: Signer) -> None:
    document = orjson.loads(signed_document(ordinary(), signer=signer))
    assert [store["copy"]["state"] for store in document["stores"]] == ["kept", "kept", "none"]
    assert "whether a copy is kept" in told(
        check(resigned({"restoration": {"state": "none", "until": None}}, signer), signer.public_key)
    )
    later = document["restoration"] | {"until": "2027-01-01T00:00:00+00:00"}
    assert "another moment than the whole" in told(check(resigned({"restoration": later}, signer), signer.public_key))


def test_any_changed_byte_of_the_json_is_found(issued: Certificate, signer: Signer) -> None:
    chance = random.Random(4)  # noqa: S311 - which bytes are tried, the same in each run
    assert_changes_are_found(issued.content, chance.sample(range(len(issued.content)), 40), signer)
    value = issued.content.index(b'"value": "')
    assert_changes_are_found(issued.content, range(value + 90, len(issued.content)), signer)


@pytest.mark.thorough
def test_any_changed_byte_of_the_pdf_is_found(issued: Certificate, signer: Signer) -> None:
    chance = random.Random(4)  # noqa: S311 - as above
    assert_changes_are_found(issued.pdf, chance.sample(range(len(issued.pdf)), 20), signer)
    line = issued.pdf.index(b"%erasure-certificate-signature")
    assert_changes_are_found(issued.pdf, (line, line + 30, *range(line + 114, len(issued.pdf))), signer)


def assert_changes_are_found(content: bytes, places: Iterable[int], signer: Signer) -> None:
    for at in places:
        for bit in (0, 2, 7):
            changed = bytearray(content)
            changed[at] ^= 1 << bit
            assert not check(bytes(changed), signer.public_key).passed, (at, bit)


@pytest.mark.parametrize("added", [b" ", b"\n", b"%\n", b"1 0 obj\n<<>>\nendobj\nstartxref\n9\n%%EOF\n"])
def test_what_is_added_to_the_pdf_is_found(issued: Certificate, signer: Signer, added: bytes) -> None:
    assert "pages" in told(check(issued.pdf + added, signer.public_key))


def test_a_space_that_is_added_to_the_json_is_found(issued: Certificate, signer: Signer) -> None:
    assert "changed after it was signed" in told(check(issued.content + b" ", signer.public_key))


def test_json_that_was_laid_out_anew_is_told(issued: Certificate) -> None:
    assert "or laid out anew" in told(check(orjson.dumps(orjson.loads(issued.content))))


def test_a_pdf_that_was_saved_anew_is_no_longer_what_was_signed(issued: Certificate, signer: Signer) -> None:
    out = io.BytesIO()
    PdfWriter(clone_from=PdfReader(io.BytesIO(issued.pdf))).write(out)
    report = check(out.getvalue(), signer.public_key)
    assert (report.passed, report.trusted) == (False, False)
    assert check(PdfReader(io.BytesIO(out.getvalue())).attachments["erasure-certificate.json"][0]).passed


def test_other_pages_around_a_genuine_json_are_found(issued: Certificate, signer: Signer) -> None:
    """The forger has a genuine certificate, and draws pages that say something else around what it holds."""
    source = Source("erasure-certificate.json", "", issued.content, NOW)
    pages = render_pdf("<html lang=en><title>t</title><p>All is erased, everywhere.", source=source)
    report = check(sign_pdf(pages, signer=Signer.generate()), signer.public_key)
    assert told(report) == "pages: the certificate inside is whole, but the PDF was changed after it was signed"
    assert not report.trusted
    assert report.certified["reference"] == "REF-2026-0042"
    assert "bear no signature" in told(check(pages, signer.public_key))


def test_an_erasure_that_is_not_complete_may_be_certified_truly(signer: Signer) -> None:
    report = check(signed_document(not_complete(), signer=signer), signer.public_key)
    assert report.trusted
    assert report.certified["proven"] is False


def resigned(change: dict[str, object], signer: Signer) -> bytes:
    """Return a certificate that somebody with the key has changed, and signed anew."""
    document = orjson.loads(signed_document(ordinary(), signer=signer)) | change
    document["signature"]["value"] = ""
    unsigned = orjson.dumps(document, option=orjson.OPT_INDENT_2)
    return unsigned.replace(b'"value": ""', b'"value": "' + b64encode(signer.sign(unsigned)) + b'"')


def test_sums_that_disagree_are_named(signer: Signer) -> None:
    totals = orjson.loads(signed_document(ordinary(), signer=signer))["totals"]
    report = check(resigned({"totals": totals | {"deleted": 5}}, signer), signer.public_key)
    assert told(report) == "sums: deleted: 5 in all, 184390 by collection"
    assert "whether the erasure is proven" in told(check(resigned({"proven": False}, signer)))


def test_a_key_under_a_false_id_is_told(signer: Signer) -> None:
    signature = orjson.loads(signed_document(ordinary(), signer=signer))["signature"]
    report = check(resigned({"signature": signature | {"key_id": "0" * 16}}, signer), signer.public_key)
    assert "does not have the id that the certificate gives it" in told(report)


def test_nothing_may_stand_in_it_that_its_schema_does_not_know(signer: Signer) -> None:
    assert "'additionalProperties'" in told(check(resigned({"note": "x"}, signer)))


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "not JSON"),
        (b"hello", "not JSON"),
        (b"{}", "this is none: certificate.json: $ breaks the rule 'required'"),
        (b"[" * 100_000, "not JSON"),
        (b"\x00" * 100, "not JSON"),
        (b"%PDF-1.7\n%%EOF\n", "this PDF is none: no certificate can be found in it"),
    ],
)
def test_what_is_no_certificate_is_told(content: bytes, says: str) -> None:
    assert says in told(check(content))
    assert claimed_key_id(io.BytesIO(content)) == ""


def embedding(*contents: bytes) -> bytes:
    files = [
        b"<</Type /EmbeddedFile/Filter /FlateDecode/Length %d>>\nstream\n%s\nendstream\n" % (len(packed), packed)
        for packed in map(zlib.compress, contents)
    ]
    return b"%PDF-1.7\n" + b"".join(files) + b"startxref\n0\n%%EOF\n"


@pytest.mark.thorough
def test_what_a_hostile_pdf_holds_does_no_harm(issued: Certificate) -> None:
    bomb = embedding(b"\x00" * (65 << 20))
    assert len(bomb) < 100_000
    assert "cut, or too long" in told(check(bomb))
    assert "more than one file inside" in told(check(embedding(issued.content, issued.content)))
    assert "damaged" in told(check(embedding(issued.content).replace(b"stream\nx\x9c", b"stream\nxx")))
    assert "bear no signature" in told(check(embedding(issued.content)))


def test_a_file_without_end_is_not_read_to_its_end() -> None:
    class Endless(io.RawIOBase):
        def read(self, size: int = -1) -> bytes:
            assert 0 < size < 1 << 27
            return b"{" * size

    report = verify_certificate(file=Endless(), public_key=None)  # type: ignore[arg-type]
    assert "bytes are no certificate" in told(report)
