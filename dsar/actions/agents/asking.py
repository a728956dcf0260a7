"""Who asks for somebody else, and the link by which that person says yes or no."""

from __future__ import annotations

import hmac
from dataclasses import dataclass

from accounts.emails import has_control_characters, normal_email
from accounts.keyring import tenant_hmac_key
from dsar.models import AgentAuthority, RequestType, SubjectRequest

#: What an agent may ask for. A correction needs to see what is held: nothing of the person is shown to an agent.
AGENT_TYPES = (RequestType.ACCESS, RequestType.PORTABILITY, RequestType.ERASURE, RequestType.OBJECTION)
MOST_NAME_CHARACTERS = 200


class AgentError(Exception):
    """What was said of the agent cannot be taken; the message says why."""


@dataclass(frozen=True, slots=True)
class Agent:
    """`proof` is the signed permission, None where the person is asked by a mailed link instead."""

    name: str
    organisation: str
    email: str
    wants_copy: bool = False
    proof: bytes | None = None


def check(agent: Agent, *, request_type: RequestType, person: str) -> None:
    """Raise AgentError unless an agent can ask for that."""
    if request_type not in AGENT_TYPES:
        raise AgentError("This can only be asked for by the person themself.")
    if not agent.name.strip() or max(len(agent.name), len(agent.organisation)) > MOST_NAME_CHARACTERS:
        raise AgentError("Write your name.")
    if has_control_characters(agent.email) or "@" not in agent.email or len(agent.email) > 254:
        raise AgentError("This is not an email address.")
    if normal_email(agent.email) == normal_email(person):
        raise AgentError("Both addresses are the same: ask for yourself, without an agent.")
    if request_type == RequestType.OBJECTION and agent.proof is None:
        raise AgentError("For an opt-out, send the permission that the person has signed.")


def link_token(subject_request: SubjectRequest) -> str:
    """Return the secret of the link that is mailed to the person: made of the tenant's key, and kept nowhere."""
    key = tenant_hmac_key(subject_request.tenant, "agent-link")
    return hmac.digest(key, f"{subject_request.pk}:{subject_request.reference}".encode(), "sha256").hex()[:40]


def is_link_of(subject_request: SubjectRequest, token: str) -> bool:
    return hmac.compare_digest(link_token(subject_request), token)


def authority_of(subject_request: SubjectRequest) -> AgentAuthority | None:
    """Return by whom a request was filed for somebody else; None if the person filed it themself."""
    return AgentAuthority.objects.filter(subject_request=subject_request).first()
