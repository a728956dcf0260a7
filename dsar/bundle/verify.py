"""Checks a bundle from the outside: signature, every hash, every count, every field. Nothing is unpacked to disk."""

from __future__ import annotations

import base64
import binascii
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO

import orjson

from dsar.bundle import manifest as manifests
from dsar.bundle import package as packages
from dsar.bundle import signing
from dsar.bundle.display import clip
from dsar.bundle.measure import Measured, measure
from dsar.bundle.reading import DAMAGE, Limits, UnsafeArchive, open_archive, read_document
from dsar.bundle.schemas import problems

_TOLD = 5  # findings named in one message


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was checked; the message holds file and field names, never a person's values."""

    name: str
    passed: bool
    message: str


@dataclass(frozen=True, slots=True)
class VerificationReport:
    """All checks made; those after an unreadable archive or manifest could not be made and are not listed."""

    checks: tuple[Check, ...]
    reference: str = ""
    key_id: str = ""
    trusted: bool = field(default=False)  # signed with a key the caller trusts, not only with the one inside

    @property
    def passed(self) -> bool:
        return all(check.passed for check in self.checks)

    @property
    def failures(self) -> tuple[Check, ...]:
        return tuple(check for check in self.checks if not check.passed)


def verify_bundle(*, file: BinaryIO, public_key: bytes | None, limits: Limits | None = None) -> VerificationReport:
    """Check a bundle (seekable, decrypted). `public_key` is the raw key that is trusted, None if none is at hand.

    Bad bundles are reported, never raised.
    """
    limits = limits or Limits()
    try:
        archive = open_archive(file, limits)
    except UnsafeArchive as error:
        return VerificationReport(checks=(Check("archive", False, str(error)),))
    with archive:
        opened = Check("archive", True, f"{len(archive.namelist())} files, safe to read")
        return _verify(archive, public_key, limits, opened)


def claimed_key_id(file: BinaryIO) -> str:
    """Return the id of the key that a bundle says it is signed with, or "" if it says none: it proves nothing yet."""
    try:
        with open_archive(file, Limits()) as archive:
            content = read_document(archive, manifests.NAME, Limits())
    except UnsafeArchive:
        return ""
    return "" if problems("manifest", content) else str(orjson.loads(content)["signature"]["key_id"])


def _verify(archive: zipfile.ZipFile, public_key: bytes | None, limits: Limits, opened: Check) -> VerificationReport:
    try:
        content = read_document(archive, manifests.NAME, limits)
        signature = read_document(archive, manifests.SIGNATURE_NAME, limits)
    except UnsafeArchive as error:
        return VerificationReport(checks=(opened, Check("manifest", False, str(error))))
    wrong = problems("manifest", content)
    if wrong:
        return VerificationReport(checks=(opened, _check("manifest", wrong, "")))
    document = orjson.loads(content)
    checks = (
        opened,
        Check("manifest", True, f"version {document['version']}, reference {clip(document['reference'], 60)}"),
        _signature(document, content, signature, public_key),
        _listed(archive, document),
        *_contents(archive, document, limits),
    )
    return VerificationReport(
        checks=checks,
        reference=document["reference"],
        key_id=document["signature"]["key_id"],
        trusted=public_key is not None and checks[2].passed,
    )


def _check(name: str, wrong: Iterable[str], right: str) -> Check:
    found = list(wrong)
    told = "; ".join(found[:_TOLD]) + (f"; and {len(found) - _TOLD} more" if len(found) > _TOLD else "")
    return Check(name, not found, told or right)


def _signature(document: Mapping[str, Any], content: bytes, signature: bytes, trusted: bytes | None) -> Check:
    inside = base64.b64decode(document["signature"]["public_key"])
    name, key_id = "signature", document["signature"]["key_id"]
    if signing.key_id(inside) != key_id:
        return Check(name, False, "the key in the bundle does not have the id that the bundle gives it")
    if not signing.verify(public_key=trusted or inside, signature=_decoded(signature), message=content):
        return Check(name, False, _unsigned(inside, trusted))
    if trusted is None:
        return Check(
            name, True, f"signature matches the key in the bundle; compare its id with the published one: {key_id}"
        )
    return Check(name, True, f"signed with the trusted key {key_id}")


def _unsigned(inside: bytes, trusted: bytes | None) -> str:
    if trusted is None or trusted == inside:
        return "the manifest was changed after it was signed"
    return (
        f"not signed with the trusted key {signing.key_id(trusted)}: the bundle names the key {signing.key_id(inside)}"
    )


def _decoded(signature: bytes) -> bytes:
    try:
        return base64.b64decode(signature.strip(), validate=True)
    except binascii.Error:
        return b""  # no signature at all, and judged as such


def _listed(archive: zipfile.ZipFile, document: Mapping[str, Any]) -> Check:
    there = set(archive.namelist()) - {manifests.NAME, manifests.SIGNATURE_NAME}
    listed = {entry["path"] for entry in document["files"]}
    named = {path for _, collection in _collections(document) for path in collection["files"]}
    wrong = [
        *(f"{name} is missing" for name in sorted(listed - there)),
        *(f"{name} is not in the manifest" for name in sorted(there - listed)),
        *(f"{name} belongs to a collection and is not listed" for name in sorted(named - listed)),
    ]
    return _check("files", wrong, f"{len(listed)} files, none missing, none added")


def _collections(document: Mapping[str, Any]) -> Iterable[tuple[str, Mapping[str, Any]]]:
    for store in document["stores"]:
        for collection in store["collections"]:
            yield f"{store['dataset']}:{collection['name']}", collection


def _contents(archive: zipfile.ZipFile, document: Mapping[str, Any], limits: Limits) -> list[Check]:
    """Return the checks of what stands in the files, each of which is read once."""
    try:
        content = read_document(archive, packages.NAME, limits)
        wrong = problems("datapackage", content)
    except UnsafeArchive as error:
        content, wrong = b"", [str(error)]
    package = {"resources": []} if wrong else orjson.loads(content)
    fields = {resource["path"]: _field_names(resource) for resource in package["resources"] if "schema" in resource}
    measured = {name: _measured(archive, name, fields.get(name), limits) for name in archive.namelist()}
    return [
        _hashes(document, measured),
        _check("data package", wrong or _disagreements(document, package), "valid, and agrees with the manifest"),
        _rows(document, measured),
        _fields(measured),
    ]


def _field_names(resource: Mapping[str, Any]) -> frozenset[str]:
    return frozenset(item["name"] for item in resource["schema"]["fields"])


def _measured(archive: zipfile.ZipFile, name: str, fields: frozenset[str] | None, limits: Limits) -> Measured | str:
    try:
        return measure(archive, name, fields=fields, line_bytes=limits.line_bytes)
    except DAMAGE as error:
        return f"{name} is damaged ({error})"


def _hashes(document: Mapping[str, Any], measured: Mapping[str, Measured | str]) -> Check:
    wrong = []
    for entry in document["files"]:
        found = measured.get(entry["path"])
        if isinstance(found, str):
            wrong.append(found)
        elif found and (found.size, found.sha256) != (entry["bytes"], entry["sha256"]):
            wrong.append(f"{entry['path']} is not what was signed")
    return _check("checksums", wrong, f"{len(document['files'])} files are what was signed, byte for byte")


def _rows(document: Mapping[str, Any], measured: Mapping[str, Measured | str]) -> Check:
    wrong, total = [], 0
    for name, collection in _collections(document):
        files = [measured.get(path) for path in collection["files"] if path.endswith(".jsonl")]
        rows = sum(found.lines for found in files if isinstance(found, Measured))
        total += rows
        if rows != collection["rows"]:
            wrong.append(f"{name}: {collection['rows']} rows are promised, {rows} are there")
    if total != document["totals"]["rows"]:
        wrong.append(f"{document['totals']['rows']} rows are promised in all, {total} are there")
    return _check("rows", wrong, f"{total} rows, as many as promised")


def _fields(measured: Mapping[str, Measured | str]) -> Check:
    wrong = [
        f"{name}: {found.fault}"
        for name, found in sorted(measured.items())
        if name.endswith(".jsonl") and isinstance(found, Measured) and found.fault
    ]
    return _check("fields", wrong, "every record holds only the fields of its schema")


def _disagreements(document: Mapping[str, Any], package: Mapping[str, Any]) -> list[str]:
    """Return where data package and manifest differ: a file described by one and not the other, length, hash, rows."""
    listed = {entry["path"]: entry for entry in document["files"]}
    described = {resource["path"]: resource for resource in package["resources"]}
    data = {path for path in listed if path.startswith("data/")}
    wrong = [f"{path} is not described" for path in sorted(data - described.keys())]
    for path, resource in described.items():
        entry = listed.get(path, {})
        if (resource["bytes"], resource["hash"]) != (entry.get("bytes"), f"sha256:{entry.get('sha256')}"):
            wrong.append(f"{path} is described otherwise than it is listed")
    return wrong
