"""The signed permission at rest: encrypted with the request's key as other files are, and deleted once decided."""

from __future__ import annotations

from dsar.actions import proofs
from dsar.actions.proofs import Proof
from dsar.actions.remains import delete
from dsar.models import AgentAuthority, SubjectRequest


def put(subject_request: SubjectRequest, content: bytes) -> Proof:
    """Write the permission; the request has a key by then. Raises ProofRefusedError, nothing written."""
    return proofs.write(subject_request, content)


def read(authority: AgentAuthority) -> bytes:
    """Return the permission. Raises PayloadGoneError, SealError, ProofChangedError."""
    proof = Proof(authority.proof_kind, authority.proof_path, authority.proof_sha256)
    return proofs.read(authority.subject_request, proof)


def forget(subject_request: SubjectRequest) -> None:
    """Delete the permission of a request, if it has one: it has been decided, or nobody needs it any more."""
    kept = AgentAuthority.objects.filter(subject_request=subject_request).exclude(proof_path="")
    for path in list(kept.values_list("proof_path", flat=True)):
        delete(path)
    kept.update(proof_path="")
