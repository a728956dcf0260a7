"""manifest.json: every store and collection of the data map, what came of it, and every file with its hash."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import orjson

from dsar.bundle.archive import Entry
from dsar.bundle.columns import excluded
from dsar.bundle.contents import BundleContents, CollectionContents, Dispute, StoreContents, UsedIdentity
from dsar.bundle.names import FileNames
from dsar.bundle.signing import Signer

NAME = "manifest.json"
SIGNATURE_NAME = "manifest.sig"
FORMAT = "rights-portal-bundle"
VERSION = 1


@dataclass(frozen=True, slots=True)
class Manifest:
    """A signed manifest: its exact bytes, the raw signature over them, what they say, and all of the files."""

    content: bytes
    signature: bytes
    document: Mapping[str, Any]
    entries: tuple[Entry, ...]

    @property
    def sha256(self) -> str:
        """The hash of the manifest in hex: names the whole bundle, since it names every file."""
        return hashlib.sha256(self.content).hexdigest()

    @property
    def rows(self) -> int:
        return int(self.document["totals"]["rows"])


def sign(
    *, contents: BundleContents, entries: Sequence[Entry], files: Mapping[tuple[str, str], FileNames], signer: Signer
) -> Manifest:
    """Return the manifest of the files written so far, signed."""
    document = _document(contents, entries, files, signer)
    content = orjson.dumps(document, option=orjson.OPT_INDENT_2) + b"\n"
    return Manifest(content=content, signature=signer.sign(content), document=document, entries=tuple(entries))


def signature_file(manifest: Manifest) -> bytes:
    return base64.b64encode(manifest.signature) + b"\n"


def _document(
    contents: BundleContents, entries: Sequence[Entry], files: Mapping[tuple[str, str], FileNames], signer: Signer
) -> dict[str, Any]:
    written = {entry.name for entry in entries}
    return {
        "format": FORMAT,
        "version": VERSION,
        **_request(contents),
        "asked_for": None if contents.part.is_whole else contents.part.document(),
        "data_map_sha256": contents.data_map.fingerprint,
        "identities": [_identity(item) for item in contents.identities],
        "identities_not_searched": [_identity(item) for item in contents.unproven_identities],
        "exceptions": list(contents.exceptions),
        "disputes": [_dispute(item) for item in contents.disputes],
        "totals": _totals(contents),
        "stores": [_store(contents, store, files, written) for store in contents.stores],
        "files": [{"path": entry.name, "bytes": entry.size, "sha256": entry.sha256} for entry in entries],
        "signature": {
            "file": SIGNATURE_NAME,
            "algorithm": "Ed25519",
            "public_key": base64.b64encode(signer.public_key).decode("ascii"),
            "key_id": signer.key_id,
        },
    }


def _request(contents: BundleContents) -> dict[str, Any]:
    return {
        "reference": contents.reference,
        "request_type": contents.request_type,
        "tenant": contents.tenant_name,
        "tenant_contact": contents.tenant_contact,
        "language": contents.language,
        "received_at": contents.received_at.isoformat(),
        "prepared_at": contents.prepared_at.isoformat(),
    }


def _identity(identity: UsedIdentity) -> dict[str, str]:
    return {"kind": identity.kind, "value": identity.value, "proven_by": identity.proven_by}


def _dispute(item: Dispute) -> dict[str, Any]:
    values = [
        {
            "dataset": value.dataset,
            "collection": value.collection,
            "field": value.path,
            "held": value.held,
            "proposed": value.proposed,
        }
        for value in item.values
    ]
    return {"stated_at": item.made_at.isoformat(), "words": item.words, "values": values}


def _totals(contents: BundleContents) -> dict[str, int]:
    collections = [item for store in contents.stores for item in store.collections]
    return {
        "stores": len(contents.stores),
        "collections": len(collections),
        "rows": sum(item.rows for item in collections),
        "withheld": sum(item.withheld for item in collections),
        "outside_the_days": sum(item.outside for item in collections),
        "redacted_places": sum(told.places for item in collections for told in item.redacted),
    }


def _store(
    contents: BundleContents, store: StoreContents, files: Mapping[tuple[str, str], FileNames], written: set[str]
) -> dict[str, Any]:
    dataset = contents.data_map.dataset(store.dataset)
    return {
        "dataset": store.dataset,
        "title": dataset.name or dataset.key,
        "snapshot_at": _moment(store.snapshot_at),
        "undeclared_collections": list(store.undeclared),
        "knowingly_left_out": list(dataset.ignore),
        "collections": [_collection(item, files[item.collection.key], written) for item in store.collections],
    }


def _collection(item: CollectionContents, names: FileNames, written: set[str]) -> dict[str, Any]:
    return {
        "name": item.collection.name,
        "title": item.collection.title or item.collection.name,
        "topic": item.collection.topic,
        "state": item.state.value,
        "reason": item.reason,
        "rows": item.rows,
        "withheld": item.withheld,
        "not_asked_for": item.is_unasked,
        "outside_the_days": item.outside,
        "days_unknown": item.has_no_days,
        "redacted": [asdict(told) for told in item.redacted],
        "seconds": round(item.seconds, 3),
        "excluded_fields": excluded(item),
        "undeclared_fields": list(item.undeclared),
        "knowingly_left_out": list(item.collection.ignore),
        "files": [name for name in (names.jsonl, names.csv) if name in written],
    }


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
