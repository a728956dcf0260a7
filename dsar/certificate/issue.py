"""Issues a certificate: the one function that whoever has erased calls."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from dsar.bundle.pdf import Source, render_pdf
from dsar.bundle.signing import Signer
from dsar.certificate.check import check_facts
from dsar.certificate.document import NAME, signed_document
from dsar.certificate.facts import ErasureFacts
from dsar.certificate.pages import certificate_html
from dsar.certificate.signed_pdf import sign_pdf
from dsar.wording.tongue import Texts


@dataclass(frozen=True, slots=True)
class Certificate:
    """A signed certificate in both its forms; the PDF holds the JSON, and is signed as well."""

    content: bytes
    pdf: bytes

    @property
    def sha256(self) -> str:
        """The hash of the JSON in hex, as the PDF shows it."""
        return hashlib.sha256(self.content).hexdigest()


def issue_certificate(*, facts: ErasureFacts, signer: Signer, texts: Texts = {}) -> Certificate:  # noqa: B006
    """Return the certificate; its pages are in the request's language, what is signed of it for programs is not.

    `texts` are the data map's own in that language. Raises FactsError if the facts contradict each other,
    PdfUnavailable without Pango.
    """
    check_facts(facts)
    content = signed_document(facts, signer=signer)
    html = certificate_html(facts=facts, sha256=hashlib.sha256(content).hexdigest(), key_id=signer.key_id, texts=texts)
    source = Source(NAME, "The certificate for programs, signed", content, facts.issued_at)
    return Certificate(content=content, pdf=sign_pdf(render_pdf(html, source=source), signer=signer))
