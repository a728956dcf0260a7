"""A file that shows what is right: a paper that the person has photographed, or a document."""

from __future__ import annotations

MOST_PROOF_BYTES = 5_000_000
#: How such files begin (PDF 1.7 section 7.5.2; PNG section 5.2; JPEG: ITU-T T.81 annex B). Nothing here opens them.
_BEGINNINGS = {b"%PDF-": "pdf", b"\x89PNG\r\n\x1a\n": "png", b"\xff\xd8\xff": "jpg"}


class ProofRefusedError(Exception):
    """The file is none of those that are taken; the message says which are."""


def kind_of(content: bytes) -> str:
    """Return a file's kind: pdf, png or jpg. Raises ProofRefusedError."""
    kind = next((kind for beginning, kind in _BEGINNINGS.items() if content.startswith(beginning)), None)
    if kind is None or len(content) > MOST_PROOF_BYTES:
        raise ProofRefusedError("Send a PDF, PNG or JPEG file of at most 5 MB.")
    return kind
