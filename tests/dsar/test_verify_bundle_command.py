"""manage.py verify_bundle: what it says of good, bad and foreign archives, and its exit status."""

from __future__ import annotations

import base64
import io
import zipfile
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import Client

from accounts import keyring
from accounts.models import Tenant, User
from dsar.actions.delivery.fetching import fetch
from dsar.actions.delivery.releasing import release
from dsar.actions.delivery.signing import tenant_signer
from tests.dsar.conftest import StepClock
from tests.dsar.test_the_way_of_a_request import file_access, work


def check(*arguments: str) -> int:
    try:
        call_command("verify_bundle", *arguments)
    except SystemExit as stop:
        return int(str(stop.code))
    return 0


@pytest.fixture
def bundle(tenant: Tenant, subject: User, reviewer: User, clock: StepClock, tmp_path: Path) -> Path:
    subject_request = file_access(tenant, subject, clock())
    work(clock)
    subject_request.refresh_from_db()
    release(subject_request, by=reviewer, now=clock())
    file = tmp_path / "bundle.zip"
    _, stream = fetch(subject_request, account=subject, clock=clock)
    file.write_bytes(b"".join(stream))
    return file


def changed(bundle: Path, name: str, old: bytes, new: bytes) -> Path:
    with zipfile.ZipFile(bundle) as archive:
        files = {item: archive.read(item) for item in archive.namelist()}
    assert old in files[name]
    files[name] = files[name].replace(old, new)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for item, content in files.items():
            archive.writestr(item, content)
    bundle.write_bytes(out.getvalue())
    return bundle


def test_a_whole_bundle_is_told_so(bundle: Path, tenant: Tenant, capsys: pytest.CaptureFixture[str]) -> None:
    assert check(str(bundle)) == 0
    said = capsys.readouterr().out
    assert "WRONG" not in said
    assert f"signed with the trusted key {tenant_signer(tenant).key_id}" in said.splitlines()[-1]


def test_one_changed_letter_is_named_by_file(bundle: Path, capsys: pytest.CaptureFixture[str]) -> None:
    changed(bundle, "data/app/people.jsonl", b"Ann", b"Amm")
    assert check(str(bundle)) == 1
    said = capsys.readouterr().out
    assert "WRONG  checksums: data/app/people.jsonl is not what was signed" in said
    assert said.splitlines()[-1].startswith("NOT WHOLE")


def test_a_signer_nobody_knows_is_not_trusted(
    bundle: Path, tenant: Tenant, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    key = base64.b64encode(tenant_signer(tenant).public_key).decode()
    Tenant.objects.filter(pk=tenant.pk).update(slug="gone", sealed_key=keyring.new_tenant_key())
    assert check(str(bundle)) == 1
    assert capsys.readouterr().out.splitlines()[-1].startswith("NOT TRUSTED")
    assert check(str(bundle), "--public-key", key) == 0
    (tmp_path / "key.txt").write_text(key + "\n")
    assert check(str(bundle), "--public-key", str(tmp_path / "key.txt")) == 0
    other = base64.b64encode(bytes(32)).decode()
    assert check(str(bundle), "--public-key", other) == 1


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("absent.zip",), "cannot be read: No such file"),
        (("manage.py", "--public-key", "not base64!"), "write the key in base64"),
        (("manage.py", "--public-key", "AAAA"), "has 32 bytes, this has 3"),
    ],
)
def test_bad_input_is_told(
    transactional_db: None, arguments: tuple[str, ...], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert check(*arguments) == 2
    assert says in capsys.readouterr().err


def test_what_is_no_archive_is_told(transactional_db: None, capsys: pytest.CaptureFixture[str]) -> None:
    assert check("manage.py") == 1
    assert "WRONG  archive" in capsys.readouterr().out


def test_the_published_key_is_the_one_that_signs(tenant: Tenant) -> None:
    page = Client(headers={"host": "acme.test"}).get("/bundle-key.txt")
    signer = tenant_signer(tenant)
    assert page.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert base64.b64encode(signer.public_key).decode() in page.content.decode()
    assert signer.key_id in page.content.decode()
    for command in ("verify_bundle ARCHIVE.zip", "verify_certificate CERTIFICATE.pdf"):
        key = base64.b64encode(signer.public_key).decode()
        assert f"python manage.py {command} --public-key {key}\n" in page.content.decode()
