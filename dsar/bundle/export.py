"""Reads an export back: its rows, whose they are and what they were, after all of it has been checked. Pure."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, BinaryIO

import orjson

from dsar.bundle import manifest as manifests
from dsar.bundle import package as packages
from dsar.bundle.contents import PORTABILITY
from dsar.bundle.reading import Limits, UnsafeArchive, open_archive, read_document
from dsar.bundle.verify import VerificationReport, verify_bundle
from dsar.values import Row

#: Of a collection: dataset and name.
Key = tuple[str, str]
_ROWS_A_BATCH = 1_000


class NoExportError(Exception):
    """The file is no export, or not whole; the message says what was found, and no personal value."""


class Export:
    """An export that was checked; its archive stays open while rows are read."""

    def __init__(self, archive: zipfile.ZipFile, report: VerificationReport) -> None:
        self._archive = archive
        self._document = _read(archive, manifests.NAME)
        self._package = _read(archive, packages.NAME)
        self.report = report
        self._files = {key: path for key, item in self._collections() for path in item["files"] if _holds_rows(path)}

    @property
    def identities(self) -> list[tuple[str, str]]:
        """Kind and value of each identity by which the rows were found."""
        return [(item["kind"], item["value"]) for item in self._document["identities"]]

    @property
    def rows(self) -> Mapping[Key, int]:
        """How many rows there are of each collection that has some."""
        return {key: item["rows"] for key, item in self._collections() if item["rows"]}

    @property
    def failures(self) -> Mapping[Key, str]:
        """Collections that could not be read when the export was made, and why."""
        return {key: item["reason"] for key, item in self._collections() if item["state"] == "failed"}

    def kinds(self, key: Key) -> Mapping[str, frozenset[str]]:
        """Return the value types that were seen in each field of a collection."""
        path = self._files[key]
        resource = next(item for item in self._package["resources"] if item["path"] == path)
        return {field["name"]: frozenset(field.get("valueTypes", ())) for field in resource["schema"]["fields"]}

    def batches(self, key: Key) -> Iterator[Sequence[Row]]:
        """Yield the rows of a collection."""
        batch: list[Row] = []
        with self._archive.open(self._files[key]) as lines:
            for line in lines:
                batch.append(orjson.loads(line))
                if len(batch) == _ROWS_A_BATCH:
                    yield batch
                    batch = []
        if batch:
            yield batch

    def _collections(self) -> Iterator[tuple[Key, Mapping[str, Any]]]:
        for store in self._document["stores"]:
            for item in store["collections"]:
                yield (store["dataset"], item["name"]), item

    def check_type(self) -> None:
        """Raise NoExportError if it is a copy to look at, which holds what was inferred as well."""
        if self._document["request_type"] != PORTABILITY:
            raise NoExportError("this is a copy to look at and no export: ask for an export")


@contextmanager
def opened_export(*, file: BinaryIO, public_key: bytes | None) -> Iterator[Export]:
    """Check a bundle (seekable, decrypted) and open it. Raises NoExportError.

    `public_key` is the raw key that is trusted; without it the signature only holds the bundle together.
    """
    report = verify_bundle(file=file, public_key=public_key)
    if not report.passed:
        found = "; ".join(f"{check.name}: {check.message}" for check in report.failures)
        raise NoExportError(f"this is not the whole of what was signed: {found}")
    with open_archive(file, Limits()) as archive:
        export = Export(archive, report)
        export.check_type()
        yield export


def _read(archive: zipfile.ZipFile, name: str) -> Any:
    try:
        return orjson.loads(read_document(archive, name, Limits()))
    except UnsafeArchive as error:
        raise NoExportError(str(error)) from error


def _holds_rows(path: str) -> bool:
    return path.endswith(".jsonl")
