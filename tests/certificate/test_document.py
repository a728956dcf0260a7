from __future__ import annotations

import subprocess
from base64 import b64decode
from pathlib import Path

import orjson
import pytest

from dsar.bundle.schemas import problems
from dsar.bundle.signing import Signer
from dsar.certificate.document import signed_document
from dsar.certificate.facts import ErasureFacts
from tests.bundle.builders import EVIL
from tests.certificate.cases import CASES, hostile, not_complete, ordinary


@pytest.mark.thorough
@pytest.mark.parametrize("case", CASES)
def test_every_certificate_is_as_its_schema_says(case: str, signer: Signer) -> None:
    assert problems("certificate", signed_document(CASES[case](), signer=signer)) == []


def test_the_same_facts_make_the_same_bytes(signer: Signer) -> None:
    assert signed_document(ordinary(), signer=signer) == signed_document(ordinary(), signer=signer)


def test_it_says_what_was_done_and_what_stays(signer: Signer) -> None:
    document = orjson.loads(signed_document(ordinary(), signer=signer))
    assert document["totals"] == {
        "stores": 3,
        "collections": 12,
        "not_read_again": 0,
        "deleted": 184_390,
        "masked": 3,
        "masked_before": 1,
        "kept": 12,
        "flagged": 2,
        "others": 4,
        "left": 0,
    }
    assert document["proven"] is True
    assert document["moments"]["read_again_at"] == "2026-11-20T09:25:00+00:00"
    assert document["searched_by"] == ["email", "user_id"]
    consents = document["stores"][0]["collections"][4]
    assert [(mask["field"], mask["strategy"]) for mask in consents["masks"]] == [
        ("email", "hmac"),
        ("name", "fixed"),
        ("phone", "null"),
        ("wish.text", "redact"),
    ]
    assert consents["redacted"] == 5
    invoices = document["stores"][0]["collections"][3]
    assert invoices["kept"][0]["duty"] == "German Fiscal Code, section 147"
    assert document["restoration"] == {"state": "kept", "until": "2026-11-23T09:30:00+00:00"}


def test_an_erasure_that_is_not_complete_is_not_proven(signer: Signer) -> None:
    document = orjson.loads(signed_document(not_complete(), signer=signer))
    assert document["proven"] is False
    assert (document["totals"]["left"], document["totals"]["not_read_again"]) == (2, 1)


def test_hostile_text_is_kept_as_it_is(signer: Signer) -> None:
    document = orjson.loads(signed_document(hostile(), signer=signer))
    assert document["tenant"] == EVIL * 40


@pytest.mark.parametrize("facts", [ordinary(), hostile()])
def test_openssl_alone_verifies_it(facts: ErasureFacts, signer: Signer, tmp_path: Path) -> None:
    """As docs/security.md has it: the published key, the file with its signature's value emptied, nothing of ours."""
    content = signed_document(facts, signer=signer)
    (tmp_path / "certificate.json").write_bytes(content)
    key = b64decode("MCowBQYDK2VwAyEA") + signer.public_key
    (tmp_path / "key.der").write_bytes(key)
    assert openssl(tmp_path) == "Signature Verified Successfully"
    (tmp_path / "certificate.json").write_bytes(content.replace(b'"deleted": 1,', b'"deleted": 2,'))
    assert openssl(tmp_path) == "Signature Verification Failure"


def openssl(folder: Path) -> str:
    lines = r"""
    sed 's/"value": "[^"]*"$/"value": ""/' certificate.json > message
    sed -n 's/.*"value": "\([^"]*\)"$/\1/p' certificate.json | base64 -d > signature
    openssl pkeyutl -verify -pubin -keyform DER -inkey key.der -rawin -in message -sigfile signature
    """
    return subprocess.run(["sh", "-c", lines], cwd=folder, capture_output=True, check=False).stdout.decode().strip()
