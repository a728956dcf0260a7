"""The signature over a certificate's pages: a comment in the PDF before its last lines, over every other byte.

Readers skip comments (ISO 32000-1, 7.2.4), and nothing in a PDF counts from its end. A signature of PDF's own (PAdES)
would want an X.509 certificate, and tenants publish a bare key.
"""

from __future__ import annotations

import base64
import re
import zlib

from dsar.bundle.signing import Signer

_TAIL = b"startxref\n"
_LINE = re.compile(rb"%erasure-certificate-signature ([A-Za-z0-9+/]{86}==)\n\Z")
_EMBEDDED = re.compile(rb"<</Type /EmbeddedFile\b[^\n]{0,400}/Filter /FlateDecode/Length ([0-9]{1,9})>>\nstream\n")
_MOST_BYTES = 64 << 20


class NotSignedError(Exception):
    """The PDF does not have, or hides, what a certificate's must have; the message says what."""


def sign_pdf(pdf: bytes, *, signer: Signer) -> bytes:
    """Return the PDF with the signature over it."""
    head, tail = _split(pdf)
    return head + _line(signer.sign(pdf)) + tail


def signed_parts(pdf: bytes) -> tuple[bytes, bytes]:
    """Return the signature of a PDF's pages and the bytes that it is over. Raises NotSignedError."""
    head, tail = _split(pdf)
    found = _LINE.search(head[-200:])
    signature = base64.b64decode(found.group(1)) if found else b""
    # Spelt anew, since base64 has several spellings of the same bytes.
    if found is None or found.group() != _line(signature):
        raise NotSignedError("its pages bear no signature, or something was added after it")
    return signature, head[: len(head) - len(found.group())] + tail


def embedded_document(pdf: bytes) -> bytes:
    """Return the JSON certificate inside of a PDF. Raises NotSignedError."""
    found = list(_EMBEDDED.finditer(pdf))
    if len(found) != 1:
        raise NotSignedError("no certificate can be found in it" if not found else "it has more than one file inside")
    start = found[0].end()
    unpacking = zlib.decompressobj()
    try:
        content = unpacking.decompress(pdf[start : start + int(found[0].group(1))], _MOST_BYTES)
    except zlib.error as error:
        raise NotSignedError("the file inside of it is damaged") from error
    if not unpacking.eof:
        raise NotSignedError("the file inside of it is cut, or too long")
    return content


def _line(signature: bytes) -> bytes:
    return b"%erasure-certificate-signature " + base64.b64encode(signature) + b"\n"


def _split(pdf: bytes) -> tuple[bytes, bytes]:
    at = pdf.rfind(_TAIL)
    if at < 0:
        raise NotSignedError("it has no end, as a PDF must: it was cut")
    return pdf[:at], pdf[at:]
