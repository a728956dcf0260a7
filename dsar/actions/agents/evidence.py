"""The signed permission at rest: encrypted with the request's key as other files are, and deleted once decided."""

from __future__ import annotations

import io
import secrets

from dsar import payloads
from dsar.actions.correcting.files import Proof, read_proof
from dsar.actions.correcting.proof import kind_of
from dsar.actions.fulfilment import keyfiles
from dsar.actions.remains import delete
from dsar.models import AgentAuthority, SubjectRequest


def put(subject_request: SubjectRequest, content: bytes) -> Proof:
    """Write the permission; the request has a key by then. Raises ProofRefusedError, nothing written."""
    kind, path = kind_of(content), f"requests/{subject_request.reference}/permission-{secrets.token_hex(8)}.age"
    stored = payloads.put(path, io.BytesIO(content), key=keyfiles.key_of(subject_request))
    return Proof(kind, path, stored.sha256)


def read(authority: AgentAuthority) -> bytes:
    """Return the permission. Raises PayloadGoneError, SealError, ValuesChangedError."""
    proof = Proof(authority.proof_kind, authority.proof_path, authority.proof_sha256)
    return read_proof(authority.subject_request, proof)


def forget(subject_request: SubjectRequest) -> None:
    """Delete the permission of a request, if it has one: it has been decided, or nobody needs it any more."""
    kept = AgentAuthority.objects.filter(subject_request=subject_request).exclude(proof_path="")
    for path in list(kept.values_list("proof_path", flat=True)):
        delete(path)
    kept.update(proof_path="")
