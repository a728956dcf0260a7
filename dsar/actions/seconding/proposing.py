"""The first of two people: proposes a decision, or takes the proposal back."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext

from accounts.models import User
from dsar.actions.seconding import standing
from dsar.actions.trail import note
from dsar.emails import proposals as emails
from dsar.models import Proposal, ProposalEnd, ProposalKind, SubjectRequest


class ProposalError(Exception):
    """The proposal cannot be made, confirmed or taken back; the message says why, for the team."""


def propose(
    subject_request: SubjectRequest,
    kind: ProposalKind,
    *,
    by: User,
    now: datetime,
    ground: str = "",
    dataset: str = "",
    reason: str = "",
) -> Proposal:
    """Have a second person asked for a decision that the caller has found allowed. Raises ProposalError."""
    with transaction.atomic():
        # Of two proposals of the same at once the second waits here, and then sees the first.
        SubjectRequest.objects.select_for_update(no_key=True).get(pk=subject_request.pk)
        for other in standing.open_proposals(subject_request).filter(kind=kind, dataset=dataset):
            if standing.stands(other):
                raise ProposalError(gettext("This is proposed already, and waits for a second person."))
            standing.void(other, now=now)
        proposal = Proposal.objects.create(
            subject_request=subject_request,
            kind=kind,
            by=by,
            at=now,
            ground=ground,
            dataset=dataset,
            reason=reason,
            status=subject_request.status,
            fingerprint=standing.fingerprint_now(subject_request, kind, dataset=dataset),
        )
        facts: dict[str, str | int] = {"proposal": proposal.pk, "kind": str(kind), "fingerprint": proposal.fingerprint}
        note(subject_request, "proposal.made", by=by, at=now, **facts)
        emails.proposal_made(proposal, now=now)
    return proposal


def take_back(proposal: Proposal, *, by: User, now: datetime) -> None:
    """Withdraw one's own proposal. Raises ProposalError."""
    if proposal.by_id != by.pk:
        raise ProposalError(gettext("Only whoever has proposed this can withdraw it."))
    with transaction.atomic():
        if not standing.ended(proposal, end=ProposalEnd.WITHDRAWN, by=by, now=now):
            raise ProposalError(gettext("Somebody has just ended this proposal. Look at it again."))
        facts: dict[str, str | int] = {"proposal": proposal.pk, "kind": str(proposal.kind)}
        note(proposal.subject_request, "proposal.withdrawn", by=by, at=now, **facts)
