"""Checks a certificate from the outside: the JSON, or the PDF that holds it. Bad ones are reported, never raised."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO

import orjson

from dsar.bundle import signing
from dsar.bundle.schemas import problems
from dsar.bundle.verify import Check, VerificationReport
from dsar.certificate.document import signed_message
from dsar.certificate.signed_pdf import NotSignedError, embedded_document, signed_parts

_MOST_BYTES = 64 << 20
_TOLD = 5  # findings named in one message
_PDF = b"%PDF-"
_KINDS = ("kept", "flagged", "others")


@dataclass(frozen=True, slots=True)
class CertificateReport(VerificationReport):
    """`certified` is what the certificate says, {} where nothing could be read or its signature does not hold."""

    certified: Mapping[str, Any] = field(default_factory=dict)


def verify_certificate(*, file: BinaryIO, public_key: bytes | None) -> CertificateReport:
    """Check a certificate. `public_key` is the raw key that is trusted, None if none is at hand."""
    content = file.read(_MOST_BYTES + 1)
    if len(content) > _MOST_BYTES:
        return CertificateReport(checks=(Check("file", False, f"more than {_MOST_BYTES} bytes are no certificate"),))
    if content.startswith(_PDF):
        return _verify_pdf(content, public_key)
    return _verify_document(content, public_key)


def claimed_key_id(file: BinaryIO) -> str:
    """Return the id of the key that a certificate says it is signed with, "" if it says none: it proves nothing yet."""
    content = file.read(_MOST_BYTES + 1)
    file.seek(0)
    try:
        document = embedded_document(content) if content.startswith(_PDF) else content
    except NotSignedError:
        return ""
    return "" if problems("certificate", document) else str(orjson.loads(document)["signature"]["key_id"])


def _verify_pdf(pdf: bytes, trusted: bytes | None) -> CertificateReport:
    try:
        content = embedded_document(pdf)
    except NotSignedError as error:
        return CertificateReport(checks=(Check("certificate", False, f"this PDF is none: {error}"),))
    report = _verify_document(content, trusted)
    if not report.passed:
        return report
    pages = _pages(pdf, base64.b64decode(report.certified["signature"]["public_key"]))
    # What the pages say is not told on: it may be other than what is certified.
    return CertificateReport(
        checks=(*report.checks, pages),
        reference=report.reference,
        key_id=report.key_id,
        trusted=report.trusted and pages.passed,
        certified=report.certified,
    )


def _pages(pdf: bytes, public_key: bytes) -> Check:
    try:
        signature, message = signed_parts(pdf)
    except NotSignedError as error:
        return Check("pages", False, f"the certificate inside is whole, but not the PDF around it: {error}")
    if not signing.verify(public_key=public_key, signature=signature, message=message):
        return Check("pages", False, "the certificate inside is whole, but the PDF was changed after it was signed")
    return Check("pages", True, "the PDF is what was signed, byte for byte")


def _verify_document(content: bytes, trusted: bytes | None) -> CertificateReport:
    wrong = problems("certificate", content)
    if wrong:
        told = "; ".join(wrong[:_TOLD])
        return CertificateReport(checks=(Check("certificate", False, f"this is none: {told}"),))
    document = orjson.loads(content)
    signature = _signature(document["signature"], content, trusted)
    checks = (
        Check("certificate", True, f"version {document['version']}, every fact in its place"),
        signature,
        _sums(document),
    )
    return CertificateReport(
        checks=checks,
        reference=document["reference"],
        key_id=document["signature"]["key_id"],
        trusted=trusted is not None and signature.passed,
        certified=document if signature.passed else {},
    )


def _signature(said: Mapping[str, str], content: bytes, trusted: bytes | None) -> Check:
    inside, name = base64.b64decode(said["public_key"]), "signature"
    if signing.key_id(inside) != said["key_id"]:
        return Check(name, False, "the key in the certificate does not have the id that the certificate gives it")
    if trusted is not None and trusted != inside:
        return Check(name, False, f"made with another key, {said['key_id']}, than {signing.key_id(trusted)}")
    signature = base64.b64decode(said["value"])
    message = signed_message(content, signature)
    if message is None or not signing.verify(public_key=inside, signature=signature, message=message):
        return Check(name, False, "the certificate was changed after it was signed, or laid out anew")
    if trusted is None:
        return Check(name, True, f"made with the key inside; compare its id with the published one: {said['key_id']}")
    return Check(name, True, f"made with the trusted key {said['key_id']}")


def _sums(document: Mapping[str, Any]) -> Check:
    collections = [item for store in document["stores"] for item in store["collections"]]
    found = {"stores": len(document["stores"]), "collections": len(collections)}
    found |= {name: sum(item[name] for item in collections) for name in ("deleted", "masked", "masked_before", "left")}
    found |= {name: sum(told["rows"] for item in collections for told in item[name]) for name in _KINDS}
    found["not_read_again"] = sum(item["state"] == "searched" and item["verified_at"] is None for item in collections)
    return _check_sums(document, found)


def _check_sums(document: Mapping[str, Any], found: Mapping[str, int]) -> Check:
    wrong = [*_disagreements(document, found), *_copies(document)]
    return Check("sums", not wrong, "; ".join(wrong) or f"{found['collections']} collections, and their sums agree")


def _disagreements(document: Mapping[str, Any], found: Mapping[str, int]) -> Iterator[str]:
    for name, told in document["totals"].items():
        if told != found[name]:
            yield f"{name}: {told} in all, {found[name]} by collection"
    if document["proven"] != (not found["left"] and not found["not_read_again"]):
        yield "it is not said rightly whether the erasure is proven"


def _copies(document: Mapping[str, Any]) -> Iterator[str]:
    """Yield what the stores say of copies otherwise than the whole; the first version says it of the whole alone."""
    whole, told = document["restoration"], [store["copy"] for store in document["stores"] if store.get("copy")]
    if document["version"] > 1 and any(copy["state"] == "kept" for copy in told) != (whole["state"] == "kept"):
        yield "it is not said rightly whether a copy is kept"
    if any(copy["until"] != whole["until"] for copy in told if copy["state"] == "kept"):
        yield "a copy is kept until another moment than the whole"
