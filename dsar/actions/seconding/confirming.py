"""The second of two people: confirms exactly what was proposed, or refuses it with a reason."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from django.db import transaction
from django.utils.translation import gettext

from accounts.audit import together
from accounts.models import User
from accounts.permissions import Permission, permissions_of
from dsar.actions import deciding
from dsar.actions.delivery.releasing import refuse_own
from dsar.actions.seconding import standing
from dsar.actions.seconding.proposing import ProposalError
from dsar.actions.trail import note
from dsar.emails import proposals as emails
from dsar.models import Proposal, ProposalEnd, ProposalKind

_CHANGED = "The case has changed since this was proposed: the proposal is void."
_ENDED = "Somebody has just ended this proposal. Look at it again."


def confirm(proposal: Proposal, *, fingerprint: str, by: User, now: datetime) -> None:
    """Do what was proposed, which must be what the second person has seen: `fingerprint`.

    Raises ProposalError, OwnRequestError, and what the decision itself raises.
    """
    _refuse_unfit(proposal, by=by)
    _void_changed(proposal, now=now)
    if proposal.fingerprint != fingerprint:
        raise ProposalError(gettext("This is not what you saw: look at it again."))
    facts: dict[str, str | int] = {"proposal": proposal.pk, "kind": str(proposal.kind)}
    with transaction.atomic(), together():
        # First: of two who confirm at once, one does it and the other changes nothing.
        if not standing.ended(proposal, end=ProposalEnd.CONFIRMED, by=by, now=now):
            raise ProposalError(_ENDED)
        note(proposal.subject_request, "proposal.confirmed", by=by, at=now, **facts)
        _CARRIED_OUT[ProposalKind(proposal.kind)](proposal, second=by, now=now)
        emails.proposal_ended(proposal, now=now)


def refuse(proposal: Proposal, *, reason: str, by: User, now: datetime) -> None:
    """Send it back with a reason; the case waits as before. Raises ProposalError, OwnRequestError."""
    _refuse_unfit(proposal, by=by)
    if not reason.strip():
        raise ProposalError(gettext("Say why you do not confirm it: your colleague reads it."))
    _void_changed(proposal, now=now)
    with transaction.atomic():
        if not standing.ended(proposal, end=ProposalEnd.REFUSED, by=by, now=now, reason=reason.strip()):
            raise ProposalError(_ENDED)
        facts: dict[str, str | int] = {"proposal": proposal.pk, "kind": str(proposal.kind)}
        note(proposal.subject_request, "proposal.refused", by=by, at=now, **facts)
        emails.proposal_ended(proposal, now=now)


def _refuse_unfit(proposal: Proposal, *, by: User) -> None:
    """Raise ProposalError or OwnRequestError unless they may confirm: neither the first nor the person themselves."""
    subject_request = proposal.subject_request
    refuse_own(subject_request, by=by)
    refuse_own(subject_request, by=proposal.by)
    if proposal.by_id == by.pk:
        raise ProposalError(gettext("You have proposed this yourself: a second person has to confirm it."))
    if Permission.APPROVE_SECOND not in permissions_of(by, subject_request.tenant):
        raise ProposalError(gettext("Your role does not let you confirm what others propose."))


def _void_changed(proposal: Proposal, *, now: datetime) -> None:
    """Raise ProposalError, and end the proposal, once the case is another."""
    if standing.stands(proposal):
        return
    raise ProposalError(_CHANGED if standing.void(proposal, now=now) else _ENDED)


class _CarryingOut(Protocol):
    def __call__(self, proposal: Proposal, *, second: User, now: datetime) -> None: ...


def _erase(proposal: Proposal, *, second: User, now: datetime) -> None:
    fingerprint = proposal.fingerprint
    deciding.approve(proposal.subject_request, fingerprint=fingerprint, by=proposal.by, second=second, now=now)


def _deny(proposal: Proposal, *, second: User, now: datetime) -> None:
    words = {"reason": proposal.ground, "explanation": proposal.reason}
    deciding.deny(proposal.subject_request, **words, by=proposal.by, second=second, now=now)


def _except(proposal: Proposal, *, second: User, now: datetime) -> None:
    what = {"dataset": proposal.dataset, "reason": proposal.reason}
    deciding.record_exception(proposal.subject_request, **what, by=proposal.by, second=second, now=now)


_CARRIED_OUT: Mapping[ProposalKind, _CarryingOut] = {
    ProposalKind.ERASURE: _erase,
    ProposalKind.REFUSAL: _deny,
    ProposalKind.EXCEPTION: _except,
}
