from __future__ import annotations

import base64
import io
import json
import stat
import warnings
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import orjson
import pytest

from dsar.bundle.reading import Limits
from dsar.bundle.signing import Signer
from dsar.bundle.verify import VerificationReport, verify_bundle
from tests.bundle.conftest import Packed

Files = dict[str, bytes]


def zipped(files: Files) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def unzipped(packed: Packed) -> Files:
    return {name: packed.read(name) for name in packed.archive.namelist()}


def verified(data: bytes, *, key: bytes | None = None, limits: Limits | None = None) -> VerificationReport:
    return verify_bundle(file=io.BytesIO(data), public_key=key, limits=limits)


def failed(report: VerificationReport) -> dict[str, str]:
    return {check.name: check.message for check in report.failures}


def signed_again(files: Files, signer: Signer, change: Callable[[dict[str, object]], None] | None = None) -> Files:
    """Return the files with a manifest that lists them as they are now, signed: what a forger with a key can do."""
    import hashlib

    document = orjson.loads(files["manifest.json"])
    for entry in document["files"]:
        data = files[entry["path"]]
        entry["bytes"], entry["sha256"] = len(data), hashlib.sha256(data).hexdigest()
    document["signature"]["public_key"] = base64.b64encode(signer.public_key).decode()
    document["signature"]["key_id"] = signer.key_id
    if change:
        change(document)
    content = orjson.dumps(document)
    return {**files, "manifest.json": content, "manifest.sig": base64.b64encode(signer.sign(content))}


def test_a_whole_bundle_passes_every_check(packed: Packed) -> None:
    report = verified(packed.data, key=packed.signer.public_key)
    assert report.passed
    assert report.trusted
    assert (report.reference, report.key_id) == ("REF-2026-0001", packed.signer.key_id)
    assert [check.name for check in report.checks] == [
        "archive",
        "manifest",
        "signature",
        "files",
        "checksums",
        "data package",
        "rows",
        "fields",
    ]


def test_the_key_inside_alone_proves_little_and_says_so(packed: Packed) -> None:
    report = verified(packed.data)
    assert report.passed
    assert not report.trusted
    assert "compare its id with the published one" in report.checks[2].message


@pytest.mark.parametrize(
    "name", ["data/app/people.jsonl", "data/usage/api_calls.csv", "index.html", "report.pdf", "datapackage.json"]
)
def test_a_changed_byte_is_found(packed: Packed, name: str) -> None:
    files = unzipped(packed)
    files[name] = files[name][:-2] + bytes([files[name][-2] ^ 1]) + files[name][-1:]
    assert f"{name} is not what was signed" in failed(verified(zipped(files)))["checksums"]


def test_a_byte_changed_inside_the_zip_is_found(packed: Packed) -> None:
    entry = packed.archive.getinfo("data/usage/api_calls.jsonl")
    data = bytearray(packed.data)
    data[entry.header_offset + 200] ^= 0xFF
    assert "data/usage/api_calls.jsonl is" in failed(verified(bytes(data)))["checksums"]


@pytest.mark.parametrize("name", ["data/app/people.jsonl", "README.txt"])
def test_a_removed_file_is_found(packed: Packed, name: str) -> None:
    files = unzipped(packed)
    del files[name]
    assert failed(verified(zipped(files)))["files"] == f"{name} is missing"


def test_an_added_file_is_found(packed: Packed) -> None:
    files = {**unzipped(packed), "data/app/more.jsonl": b"{}\n"}
    assert failed(verified(zipped(files)))["files"] == "data/app/more.jsonl is not in the manifest"


def test_a_changed_manifest_is_found(packed: Packed) -> None:
    files = unzipped(packed)
    files["manifest.json"] = files["manifest.json"].replace(b'"withheld": 2', b'"withheld": 0')
    assert failed(verified(zipped(files))) == {"signature": "the manifest was changed after it was signed"}


@pytest.mark.parametrize("signature", [b"", b"nonsense!", base64.b64encode(bytes(64)), b"\xff"])
def test_a_bad_signature_is_found(packed: Packed, signature: bytes) -> None:
    assert "signature" in failed(verified(zipped({**unzipped(packed), "manifest.sig": signature})))


def test_a_bundle_signed_by_another_is_found_by_the_trusted_key(packed: Packed) -> None:
    forger = Signer.generate()
    data = zipped(signed_again(unzipped(packed), forger))
    assert verified(data).passed
    message = failed(verified(data, key=packed.signer.public_key))["signature"]
    assert packed.signer.key_id in message
    assert forger.key_id in message


def test_a_borrowed_key_id_is_found(packed: Packed) -> None:
    def borrow(document: dict[str, object]) -> None:
        document["signature"]["key_id"] = packed.signer.key_id  # type: ignore[index]

    data = zipped(signed_again(unzipped(packed), Signer.generate(), borrow))
    assert "does not have the id" in failed(verified(data))["signature"]


@pytest.mark.parametrize(
    ("lines", "check", "message"),
    [
        (b'{"id":1}\n{"id":2}\n', "rows", "app:people: 1 rows are promised, 2 are there"),
        (b"", "rows", "1201 rows are promised in all, 1200 are there"),
        (b'{"id":1,"password_hash":"x"}\n', "fields", "line 1 holds fields that no schema names: password_hash"),
        (b'{"id":1}', "fields", "the last line has no end"),
        (b"[1]\n", "fields", "line 1 is not a JSON object"),
        (b"{\n", "fields", "line 1 is not JSON"),
    ],
)
def test_rows_are_counted_and_looked_into_even_where_hashes_match(
    packed: Packed, lines: bytes, check: str, message: str
) -> None:
    files = {**unzipped(packed), "data/app/people.jsonl": lines}
    assert message in failed(verified(zipped(signed_again(files, packed.signer))))[check]


def test_a_package_that_disagrees_or_is_invalid_is_found(packed: Packed) -> None:
    files = unzipped(packed)
    package = json.loads(files["datapackage.json"])
    package["resources"][0]["bytes"] += 1
    disagrees = signed_again({**files, "datapackage.json": json.dumps(package).encode()}, packed.signer)
    assert "described otherwise" in failed(verified(zipped(disagrees)))["data package"]
    package["resources"][0]["schema"]["fields"][0]["type"] = "secret-value"
    invalid = signed_again({**files, "datapackage.json": json.dumps(package).encode()}, packed.signer)
    message = failed(verified(zipped(invalid)))["data package"]
    assert "$.resources[0].schema.fields[0].type breaks the rule 'enum'" in message
    assert "secret-value" not in message


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"format": "other"}', b"\xff"])
def test_a_manifest_that_is_none_ends_the_check(packed: Packed, content: bytes) -> None:
    report = verified(zipped({**unzipped(packed), "manifest.json": content}))
    assert list(failed(report)) == ["manifest"]


@pytest.mark.parametrize("name", ["../out", "/etc/x", "a\\b", "C:x", "data/../../x", "con", "a/"])
def test_unsafe_names_are_refused(packed: Packed, name: str) -> None:
    assert "no safe file name" in failed(verified(zipped({**unzipped(packed), name: b"x"})))["archive"]


def test_one_name_twice_is_refused() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name in ("a.txt", "A.txt"):
            archive.writestr(name, b"")
    assert "more than once" in failed(verified(out.getvalue()))["archive"]


def test_a_symlink_is_refused() -> None:
    out, entry = io.BytesIO(), zipfile.ZipInfo("link")
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(entry, "/etc/passwd")
    assert failed(verified(out.getvalue())) == {"archive": "'link' is no regular file"}


def test_a_bomb_is_refused_before_it_is_read(packed: Packed) -> None:
    data = zipped({"zeros": bytes(3 << 20)})
    assert "a zip bomb" in failed(verified(data, limits=Limits(bomb_bytes=1 << 20)))["archive"]
    assert "a zip bomb" in failed(verified(packed.data, limits=Limits(total_bytes=1000)))["archive"]
    assert "more than 2" in failed(verified(packed.data, limits=Limits(files=2)))["archive"]


def test_entries_that_share_bytes_are_refused(packed: Packed) -> None:
    data = bytearray(zipped({"a": b"x" * 100, "b": b"x" * 100}))
    directory = data.rindex(b"PK\x01\x02")
    data[directory + 42 : directory + 46] = (10).to_bytes(4, "little")
    assert "share bytes" in failed(verified(bytes(data)))["archive"]


def test_a_file_with_something_before_it_is_refused(packed: Packed) -> None:
    assert failed(verified(b"<html>" + packed.data)) == {"archive": "something stands before the first file"}


@pytest.mark.parametrize("data", [b"", b"not a zip", b"PK\x03\x04" + bytes(100)])
def test_what_is_no_zip_is_reported(data: bytes) -> None:
    assert "no readable ZIP" in failed(verified(data))["archive"]


def test_a_cut_bundle_is_reported(packed: Packed) -> None:
    assert failed(verified(packed.data[:-30]))["archive"].startswith("this is no readable ZIP")


def test_an_endless_line_is_not_kept_in_memory(packed: Packed) -> None:
    files = {**unzipped(packed), "data/app/people.jsonl": b'{"name":"' + b"x" * 300_000 + b'"}\n'}
    report = verified(zipped(signed_again(files, packed.signer)), limits=replace(Limits(), line_bytes=100_000))
    assert "line 1 is too long" in failed(report)["fields"]


def test_nothing_is_unpacked_to_disk(packed: Packed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    assert verified(packed.data).passed
    assert list(tmp_path.iterdir()) == []
