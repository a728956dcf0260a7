"""The certificate as JSON: one file that holds what is certified and the signature over it.

What is signed are the file's own bytes with the signature's value emptied (`"value": ""`). So nothing needs to be laid
out anew to verify it, and no byte of the file can change unseen. Its schema is dsar/bundle/schemas/certificate.json.
"""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from typing import Any

import orjson

from dsar.bundle.signing import Signer
from dsar.certificate.facts import (
    CollectionFacts,
    ErasureFacts,
    MaskedField,
    RequestFacts,
    Restoration,
    Staying,
    StoreFacts,
)
from dsar.values import plain_json

NAME = "erasure-certificate.json"
FORMAT = "rights-portal-erasure-certificate"
#: 2: each store says whether a copy is kept of what was removed there. Certificates of both versions verify.
VERSION = 2
_BEFORE = b'"value": "'
_EMPTY = _BEFORE + b'"'


def signed_document(facts: ErasureFacts, *, signer: Signer) -> bytes:
    """Return the file: the same facts and the same key make the same bytes."""
    document = {**_certified(facts), "signature": _signature(signer)}
    unsigned = orjson.dumps(plain_json(document), option=orjson.OPT_INDENT_2) + b"\n"
    # Only the signature has a key of that name, and quotation marks inside of texts are escaped.
    before, after = unsigned.split(_EMPTY)
    return before + _BEFORE + base64.b64encode(signer.sign(unsigned)) + b'"' + after


def signed_message(content: bytes, signature: bytes) -> bytes | None:
    """Return the bytes that a file's signature is over; None if the file is not laid out as ours are."""
    # Spelt anew: base64 has several spellings of the same bytes (RFC 4648, 3.5), and no letter may change unseen.
    filled = _BEFORE + base64.b64encode(signature) + b'"'
    return content.replace(filled, _EMPTY) if content.count(filled) == 1 else None


def _certified(facts: ErasureFacts) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "version": VERSION,
        **_request(facts.request),
        "proven": facts.proven,
        "moments": _moments(facts),
        "data_map_sha256": facts.data_map_sha256,
        "plan_sha256": facts.request.plan_sha256,
        "totals": facts.totals(),
        "stores": [_store(store) for store in facts.stores],
        "recipients": [
            {"name": told.name, "how": told.how, "told_at": _utc(told.told_at), "receipt": told.receipt}
            for told in facts.recipients
        ],
        "restoration": _restoration(facts.restoration),
        "remains": [{"what": told.what, "until": _utc(told.until), "why": told.why} for told in facts.remains],
        "fetchable_until": _utc(facts.fetchable_until),
    }


def _request(asked: RequestFacts) -> dict[str, Any]:
    return {
        "reference": asked.reference,
        "tenant": asked.tenant,
        "tenant_contact": asked.contact,
        "regime": asked.regime,
        "language": asked.language,
        "searched_by": sorted(asked.identity_kinds),
        "approved_by": asked.approved_by,
        "erased_by": asked.erased_by,
    }


def _moments(facts: ErasureFacts) -> dict[str, str | None]:
    asked = facts.request
    return {
        "received_at": _utc(asked.received_at),
        "verified_at": _utc(asked.verified_at),
        "approved_at": _utc(asked.approved_at),
        "erased_at": _utc(asked.erased_at),
        "read_again_at": _utc(facts.read_again_at),
        "issued_at": _utc(facts.issued_at),
    }


def _store(store: StoreFacts) -> dict[str, Any]:
    return {
        "dataset": store.dataset,
        "title": store.title,
        "problem": store.problem,
        "copy": None if store.copy is None else _restoration(store.copy) | {"why": store.copy.why},
        "collections": [_collection(item) for item in store.collections],
    }


def _restoration(told: Restoration) -> dict[str, str | None]:
    return {"state": str(told.state), "until": _utc(told.until)}


def _collection(item: CollectionFacts) -> dict[str, Any]:
    return {
        "name": item.name,
        "title": item.title,
        "state": str(item.state),
        "reason": item.reason,
        "deleted": item.deleted,
        "masked": item.masked,
        "masks": [_mask(mask) for mask in item.masks],
        "redacted": item.redacted,
        "masked_before": item.masked_before,
        "kept": [_staying(told) for told in item.kept],
        "flagged": [_staying(told) for told in item.flagged],
        "others": [_staying(told) for told in item.others],
        "left": item.left,
        "verified_at": _utc(item.verified_at),
    }


def _mask(mask: MaskedField) -> dict[str, Any]:
    return {"field": mask.field, "title": mask.title, "strategy": mask.strategy, "how": mask.how}


def _staying(told: Staying) -> dict[str, Any]:
    return {"rows": told.rows, "reason": told.reason, "duty": told.duty, "until": told.until}


def _signature(signer: Signer) -> dict[str, str]:
    return {
        "algorithm": "Ed25519",
        "public_key": base64.b64encode(signer.public_key).decode("ascii"),
        "key_id": signer.key_id,
        "signed": 'this file, byte for byte, with "value" emptied',
        "value": "",
    }


def _utc(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).isoformat()
