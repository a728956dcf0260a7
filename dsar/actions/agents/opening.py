"""A request comes in that somebody files for another person."""

from __future__ import annotations

from datetime import datetime

from accounts.emails import normal_email
from dsar import payloads
from dsar.actions.agents import evidence
from dsar.actions.agents.asking import Agent, link_token
from dsar.actions.proofs import kind_of
from dsar.actions.trail import note
from dsar.emails import agents as emails
from dsar.emails.requests import review_needed
from dsar.models import AgentAuthority, ClockPause, RequestType, SubjectRequest


def begin(subject_request: SubjectRequest, agent: Agent, *, now: datetime) -> None:
    """Write who asks, and tell the person, who can stop it; in the caller's transaction.

    With a signed permission it is the team's turn, and the clock runs; without, it stands still until the person has
    answered. An opt-out is carried out on the permission alone (CCPA regulations § 7026(j)), so nobody looks at it and
    it is not kept. Raises ProofRefusedError, KeyringError.
    """
    authority = AgentAuthority(
        subject_request=subject_request,
        name=agent.name.strip(),
        organisation=agent.organisation.strip(),
        email=normal_email(agent.email),
        wants_copy=agent.wants_copy,
    )
    is_looked_at = agent.proof is not None and subject_request.type != RequestType.OBJECTION
    if agent.proof is not None:
        _keep(authority, agent.proof, is_kept=is_looked_at)
    authority.save()
    note(subject_request, "agent.asked", by=None, at=now, signed=agent.proof is not None)
    emails.agent_asked(subject_request, authority=authority, token=link_token(subject_request), now=now)
    emails.agent_told(subject_request, authority=authority, state="filed", now=now)
    if is_looked_at:
        review_needed(subject_request, now=now)
    elif agent.proof is None:
        why = "waiting for the person to confirm who asks in their name"
        ClockPause.objects.create(subject_request=subject_request, reason=why, started_at=now)


def _keep(authority: AgentAuthority, content: bytes, *, is_kept: bool) -> None:
    authority.proof_kind = kind_of(content)
    if not is_kept:
        return
    subject_request = authority.subject_request
    subject_request.sealed_key = payloads.new_sealed_key()
    subject_request.save(update_fields=["sealed_key"])
    proof = evidence.put(subject_request, content)
    authority.proof_path, authority.proof_sha256 = proof.path, proof.sha256
