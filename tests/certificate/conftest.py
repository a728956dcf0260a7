from __future__ import annotations

import pytest

from dsar.bundle.signing import Signer
from dsar.certificate.issue import Certificate, issue_certificate
from tests.certificate.cases import ordinary


@pytest.fixture(scope="session")
def signer() -> Signer:
    return Signer.generate()


@pytest.fixture(scope="session")
def issued(signer: Signer) -> Certificate:
    """Return a certificate for tests that only read it: a PDF takes a second, so it is made once."""
    return issue_certificate(facts=ordinary(), signer=signer)
