"""Whether what was proposed is still what it is about."""

from __future__ import annotations

import hashlib
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from accounts.models import User
from accounts.permissions import Permission, permissions_of
from dsar import queries
from dsar.actions.seconding.rules import preview_of
from dsar.actions.trail import note
from dsar.emails import proposals as emails
from dsar.models import Proposal, ProposalEnd, ProposalKind, SubjectRequest

#: What the first needs for what they propose; they may have lost it meanwhile.
PROPOSED_WITH = {
    ProposalKind.ERASURE: Permission.DECIDE,
    ProposalKind.REFUSAL: Permission.DECIDE,
    ProposalKind.EXCEPTION: Permission.RECORD_EXCEPTION,
}
_BATCH = 500


def fingerprint_now(subject_request: SubjectRequest, kind: str, *, dataset: str = "") -> str:
    """Return what stands for all that a decision of this kind is about, in hex; "" where there is nothing to decide.

    A deletion: the rows of the preview. An exception: the failures of the store. A refusal: what was decided so far.
    """
    if kind == ProposalKind.ERASURE:
        preview = preview_of(subject_request)
        return preview.fingerprint if preview is not None else ""
    if kind == ProposalKind.EXCEPTION:
        failed = [step for step in queries.open_failures(subject_request) if step.dataset == dataset]
        return _digest([(step.pk, step.fence, step.error) for step in failed]) if failed else ""
    return _digest(list(subject_request.decisions.values_list("pk", flat=True)))


def _digest(value: object) -> str:
    return hashlib.sha256(repr(value).encode()).hexdigest()


def stands(proposal: Proposal) -> bool:
    """Tell whether a proposal is open and of the case as it is now, by somebody who may still propose it."""
    subject_request = proposal.subject_request
    return (
        proposal.ended_at is None
        and proposal.status == subject_request.status
        and PROPOSED_WITH[ProposalKind(proposal.kind)] in permissions_of(proposal.by, subject_request.tenant)
        and proposal.fingerprint == fingerprint_now(subject_request, proposal.kind, dataset=proposal.dataset)
    )


def open_proposals(subject_request: SubjectRequest) -> QuerySet[Proposal]:
    """Return what waits for a second person on a case, void or not."""
    return subject_request.proposals.filter(ended_at=None).select_related("by", "subject_request__tenant")


def void_stale(*, now: datetime) -> int:
    """End every proposal whose case has changed, and tell whoever made it; return how many."""
    waiting = Proposal.objects.filter(ended_at=None).select_related("by", "subject_request__tenant")
    return sum(void(proposal, now=now) for proposal in waiting.order_by("pk")[:_BATCH] if not stands(proposal))


def void(proposal: Proposal, *, now: datetime) -> bool:
    """End a proposal as void, unless somebody has ended it meanwhile."""
    with transaction.atomic():
        if not ended(proposal, end=ProposalEnd.VOID, by=None, now=now):
            return False
        note(proposal.subject_request, "proposal.void", by=None, at=now, proposal=proposal.pk, kind=str(proposal.kind))
        emails.proposal_ended(proposal, now=now)
    return True


def ended(proposal: Proposal, *, end: ProposalEnd, by: User | None, now: datetime, reason: str = "") -> bool:
    """End a proposal, compare and swap: of two at once one gets False and has to do nothing. In a transaction."""
    values = {"ended_at": now, "ended_by": by, "end": end, "end_reason": reason}
    if Proposal.objects.filter(pk=proposal.pk, ended_at=None).update(**values) != 1:
        return False
    for name, value in values.items():
        setattr(proposal, name, value)
    return True
