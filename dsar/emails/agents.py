"""What is written about requests that somebody files for another person; three templates each."""

from __future__ import annotations

from datetime import datetime

from accounts.tenancy import tenant_url
from dsar.models import AgentAuthority, Status, SubjectRequest
from dsar.sending import send


def agent_asked(subject_request: SubjectRequest, *, authority: AgentAuthority, token: str, now: datetime) -> None:
    """Tell the person who asks in their name, and how it is stopped, or confirmed where nothing shows it yet.

    Of what was refused: why.
    """
    path = f"/requests/agent/{subject_request.reference}/{token}/"
    send(
        subject_request,
        "agent_asked",
        to=subject_request.email,
        language=subject_request.reads,
        link=tenant_url(subject_request.tenant, path),
        now=now,
        context={
            "authority": authority,
            "is_signed": bool(authority.proof_kind),
            "is_done": subject_request.is_final,
            "is_refused": subject_request.status == Status.DENIED,
        },
    )


def agent_told(subject_request: SubjectRequest, *, authority: AgentAuthority, state: str, now: datetime) -> None:
    """Tell the agent how it stands: filed, accepted, refused, stopped, lapsed or ready; nothing of the person."""
    send(
        subject_request,
        "agent_told",
        to=authority.email,
        language=subject_request.reads,
        link=tenant_url(subject_request.tenant, f"/requests/{subject_request.reference}/for-agent/"),
        now=now,
        context={"authority": authority, "state": state, "is_signed": bool(authority.proof_kind)},
    )
