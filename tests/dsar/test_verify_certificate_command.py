"""manage.py verify_certificate: what it says of good, changed and foreign certificates, and its exit status."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import DatabaseError

from accounts import keyring
from accounts.models import Tenant
from dsar.actions.delivery.signing import tenant_signer
from dsar.certificate.document import signed_document
from dsar.certificate.issue import issue_certificate
from dsar.management import verifying
from tests.certificate.cases import not_complete, nothing_held, ordinary


def check(*arguments: str) -> int:
    try:
        call_command("verify_certificate", *arguments)
    except SystemExit as stop:
        return int(str(stop.code))
    return 0


@pytest.fixture
def certificate(tenant: Tenant, tmp_path: Path) -> Path:
    file = tmp_path / "certificate.json"
    file.write_bytes(signed_document(ordinary(), signer=tenant_signer(tenant)))
    return file


def test_a_genuine_one_is_told_so_with_what_it_says(
    certificate: Path, tenant: Tenant, capsys: pytest.CaptureFixture[str]
) -> None:
    assert check(str(certificate)) == 0
    said = capsys.readouterr().out
    assert "WRONG" not in said
    assert "184390 deleted, 3 masked, 14 stay, 0 left, in 12 collections of 3 stores" in said
    assert "NOT COMPLETE" not in said
    last = said.splitlines()[-1]
    assert last == f"Genuine: request REF-2026-0042, signed with the trusted key {tenant_signer(tenant).key_id}"


@pytest.mark.thorough
@pytest.mark.pdf
def test_a_pdf_is_verified_with_what_is_inside_of_it(
    tenant: Tenant, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pdf = issue_certificate(facts=nothing_held(), signer=tenant_signer(tenant)).pdf
    file = tmp_path / "certificate.pdf"
    file.write_bytes(pdf)
    assert check(str(file)) == 0
    assert "ok     pages: the PDF is what was signed" in capsys.readouterr().out
    file.write_bytes(pdf.replace(b"/Length1", b"/Length2"))
    assert check(str(file)) == 1
    assert "WRONG  pages: the certificate inside is whole, but the PDF was changed" in capsys.readouterr().out


def test_one_changed_digit_is_found(certificate: Path, capsys: pytest.CaptureFixture[str]) -> None:
    certificate.write_bytes(certificate.read_bytes().replace(b'"deleted": 48,', b'"deleted": 49,'))
    assert check(str(certificate)) == 1
    said = capsys.readouterr().out
    assert "WRONG  signature: the certificate was changed after it was signed" in said
    assert "says" not in said, "what is not signed is not told as if it were certified"
    assert said.splitlines()[-1].startswith("NOT GENUINE: 2 of 3")


def test_an_erasure_that_is_not_complete_is_told_as_such(
    tenant: Tenant, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "certificate.json"
    file.write_bytes(signed_document(not_complete(), signer=tenant_signer(tenant)))
    assert check(str(file)) == 0
    assert "says   the erasure is NOT COMPLETE: 2 rows left, 1 collections not read again" in capsys.readouterr().out


def test_a_signer_nobody_knows_is_not_trusted(
    certificate: Path, tenant: Tenant, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    key = base64.b64encode(tenant_signer(tenant).public_key).decode()
    Tenant.objects.filter(pk=tenant.pk).update(slug="gone", sealed_key=keyring.new_tenant_key())
    assert check(str(certificate)) == 1
    assert capsys.readouterr().out.splitlines()[-1].startswith("NOT TRUSTED")
    assert check(str(certificate), "--public-key", key) == 0
    (tmp_path / "key.txt").write_text(key + "\n")
    assert check(str(certificate), "--public-key", str(tmp_path / "key.txt")) == 0
    other = base64.b64encode(bytes(32)).decode()
    assert check(str(certificate), "--public-key", other) == 1
    assert "made with another key" in capsys.readouterr().out


def test_it_works_where_there_is_no_portal(
    certificate: Path, monkeypatch: pytest.MonkeyPatch, tenant: Tenant, capsys: pytest.CaptureFixture[str]
) -> None:
    """An auditor has a clone, the file and the published key: no database, no master key."""

    def no_database() -> None:
        raise DatabaseError

    key = base64.b64encode(tenant_signer(tenant).public_key).decode()
    monkeypatch.setattr(verifying, "published_keys", no_database)
    assert check(str(certificate)) == 1
    assert "keys cannot be read" in capsys.readouterr().err
    assert check(str(certificate), "--public-key", key) == 0


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("absent.pdf",), "cannot be read: No such file"),
        (("docs",), "cannot be read: Is a directory"),
        (("manage.py", "--public-key", "not base64!"), "write the key in base64"),
        (("manage.py", "--public-key", "AAAA"), "has 32 bytes, this has 3"),
    ],
)
def test_bad_input_is_told(
    transactional_db: None, arguments: tuple[str, ...], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert check(*arguments) == 2
    assert says in capsys.readouterr().err


def test_what_is_no_certificate_is_told(transactional_db: None, capsys: pytest.CaptureFixture[str]) -> None:
    assert check("manage.py") == 1
    assert "WRONG  certificate: this is none" in capsys.readouterr().out
