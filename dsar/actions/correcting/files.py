"""The values of a correction at rest: encrypted with the request's key, and gone with it."""

from __future__ import annotations

import hashlib
import io
import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from dsar import payloads
from dsar.actions import proofs
from dsar.actions.fulfilment import keyfiles
from dsar.actions.proofs import Proof
from dsar.fulfilment.correcting.proposal import Fact, Proposal
from dsar.models import CorrectionOrder, Step, SubjectRequest

_FACTS = "facts.age"


class ValuesChangedError(Exception):
    """What lies in storage is not what was written: nothing may be built on it."""


@dataclass(frozen=True)
class Proposed:
    """What the person wants corrected, and why."""

    proposals: tuple[Proposal, ...]
    reason: str
    proof: Proof | None
    sha256: str


def write_facts(subject_request: SubjectRequest, folder: str, facts: Sequence[Fact]) -> str:
    """Write what the person is shown below a step's folder; return its sha256 (hex)."""
    return _write(subject_request, f"{folder}/{_FACTS}", {"facts": [fact.document() for fact in facts]})


def read_facts(subject_request: SubjectRequest, step: Step) -> tuple[Fact, ...]:
    """Return what a look has found. Raises PayloadGoneError, SealError, ValuesChangedError."""
    document = _read(subject_request, f"{step.folder}/{_FACTS}", step.report["facts_sha256"])
    return tuple(map(Fact.read, document["facts"]))


def write_proposals(
    subject_request: SubjectRequest, proposals: Sequence[Proposal], reason: str, proof: bytes | None
) -> tuple[str, str]:
    """Write what the person proposes; return where, and its sha256 (hex). Two that are sent at once have two places.

    Raises ProofRefusedError, nothing written.
    """
    written = asdict(proofs.write(subject_request, proof)) if proof is not None else None
    path = f"requests/{subject_request.reference}/proposals-{secrets.token_hex(8)}.age"
    document = {"proposals": [proposal.document() for proposal in proposals], "reason": reason, "proof": written}
    return path, _write(subject_request, path, document)


def read_proposals(subject_request: SubjectRequest, order: CorrectionOrder) -> Proposed:
    """Return what the person has proposed. Raises PayloadGoneError, SealError, ValuesChangedError."""
    document = _read(subject_request, order.path, order.proposals_sha256)
    proposals = tuple(map(Proposal.read, document["proposals"]))
    proof = Proof(**document["proof"]) if document["proof"] else None
    return Proposed(proposals, document["reason"], proof, order.proposals_sha256)


def _write(subject_request: SubjectRequest, path: str, document: Mapping[str, Any]) -> str:
    # The hash rests in the database: without the salt, a short value could be guessed from it.
    content = json.dumps({**document, "salt": secrets.token_hex(16)}).encode()
    return payloads.put(path, io.BytesIO(content), key=keyfiles.key_of(subject_request)).sha256


def _read(subject_request: SubjectRequest, path: str, sha256: str) -> dict[str, Any]:
    content = payloads.read(path, key=keyfiles.key_of(subject_request))
    if hashlib.sha256(content).hexdigest() != sha256:
        raise ValuesChangedError(f"what {subject_request.reference} is about does not have the recorded sha256")
    found: dict[str, Any] = json.loads(content)
    return found
