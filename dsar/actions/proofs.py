"""Files that people send with a request: a paper that they have photographed, or a document.

They are encrypted with the request's own key and lie in its folder, so that they are gone with it: once the request is
closed (dsar.actions.expiry), and never before while somebody has set a legal hold. Nothing here opens what is in them.
"""

from __future__ import annotations

import hashlib
import io
import secrets
from dataclasses import dataclass

from django.utils.translation import gettext

from dsar import payloads
from dsar.actions.fulfilment import keyfiles
from dsar.models import SubjectRequest

MOST_PROOF_BYTES = 5_000_000
#: How such files begin (PDF 1.7 section 7.5.2; PNG section 5.2; JPEG: ITU-T T.81 annex B). Nothing here opens them.
_BEGINNINGS = {b"%PDF-": "pdf", b"\x89PNG\r\n\x1a\n": "png", b"\xff\xd8\xff": "jpg"}


class ProofRefusedError(Exception):
    """The file is none of those that are taken; the message says which are."""


class ProofChangedError(Exception):
    """What lies in storage is not what was written."""


@dataclass(frozen=True, slots=True)
class Proof:
    """A file that was sent: its kind (pdf, png, jpg), where it lies, and its sha256 (hex)."""

    kind: str
    path: str
    sha256: str


def kind_of(content: bytes) -> str:
    """Return a file's kind: pdf, png or jpg. Raises ProofRefusedError."""
    kind = next((kind for beginning, kind in _BEGINNINGS.items() if content.startswith(beginning)), None)
    if kind is None or len(content) > MOST_PROOF_BYTES:
        raise ProofRefusedError(gettext("Send a PDF, PNG or JPEG file of at most 5 MB."))
    return kind


def write(subject_request: SubjectRequest, content: bytes) -> Proof:
    """Keep a file. Raises ProofRefusedError, nothing written; PayloadGoneError without a key of the request."""
    kind, path = kind_of(content), f"requests/{subject_request.reference}/proof-{secrets.token_hex(8)}.age"
    stored = payloads.put(path, io.BytesIO(content), key=keyfiles.key_of(subject_request))
    return Proof(kind, path, stored.sha256)


def read(subject_request: SubjectRequest, proof: Proof) -> bytes:
    """Return a file that was kept. Raises PayloadGoneError, SealError, ProofChangedError."""
    content = payloads.read(proof.path, key=keyfiles.key_of(subject_request))
    if hashlib.sha256(content).hexdigest() != proof.sha256:
        raise ProofChangedError(f"a file of {subject_request.reference} does not have the recorded sha256")
    return content
