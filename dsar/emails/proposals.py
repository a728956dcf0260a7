"""What the team is told of decisions that take two people."""

from __future__ import annotations

from datetime import datetime

from accounts import languages
from accounts.models import User
from accounts.tenancy import tenant_url
from dsar import queries
from dsar.models import Proposal
from dsar.sending import send


def proposal_made(proposal: Proposal, *, now: datetime) -> None:
    """Ask everybody who may confirm it: not the first, not the person whose request it is."""
    for second in queries.seconds(proposal):
        _send(proposal, "proposal_made", to=second, now=now)


def proposal_ended(proposal: Proposal, *, now: datetime) -> None:
    """Tell the first what became of it: confirmed, refused and why, or void."""
    _send(proposal, "proposal_ended", to=proposal.by, now=now)


def _send(proposal: Proposal, name: str, *, to: User, now: datetime) -> None:
    subject_request = proposal.subject_request
    language = languages.of_account(to, subject_request.tenant)
    link = tenant_url(subject_request.tenant, f"/desk/{subject_request.reference}/")
    send(subject_request, name, to=to.email, language=language, link=link, now=now, context={"proposal": proposal})
