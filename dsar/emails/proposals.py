"""What the team is told of decisions that take two people."""

from __future__ import annotations

from datetime import datetime

from accounts.tenancy import tenant_url
from dsar import queries
from dsar.models import Proposal
from dsar.sending import send


def proposal_made(proposal: Proposal, *, now: datetime) -> None:
    """Ask everybody who may confirm it: not the first, not the person whose request it is."""
    for second in queries.seconds(proposal):
        _send(proposal, "proposal_made", to=second.email, language=second.language, now=now)


def proposal_ended(proposal: Proposal, *, now: datetime) -> None:
    """Tell the first what became of it: confirmed, refused and why, or void."""
    _send(proposal, "proposal_ended", to=proposal.by.email, language=proposal.by.language, now=now)


def _send(proposal: Proposal, name: str, *, to: str, language: str, now: datetime) -> None:
    subject_request = proposal.subject_request
    link = tenant_url(subject_request.tenant, f"/desk/{subject_request.reference}/")
    send(subject_request, name, to=to, language=language, link=link, now=now, context={"proposal": proposal})
