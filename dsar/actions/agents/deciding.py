"""Whether somebody may ask for another person: the person says so themself, or the team looks at their permission."""

from __future__ import annotations

from datetime import datetime

from allauth.account.models import EmailAddress
from django.db import transaction
from django.utils.translation import gettext

from accounts.audit import together
from accounts.emails import normal_email
from accounts.models import User
from dsar.actions import review, verification
from dsar.actions.agents import evidence
from dsar.actions.agents.asking import authority_of, link_token
from dsar.actions.delivery.releasing import OwnRequestError, refuse_own
from dsar.actions.trail import note
from dsar.emails import agents as emails
from dsar.emails import requests as request_emails
from dsar.models import AgentAuthority, Decision, DecisionKind, DenialReason, Status, SubjectRequest
from dsar.models.transitions import ImpossibleMoveError, Move, move


class AuthorityError(Exception):
    """The authority cannot be decided so; the message says why, for the reviewer."""


def confirm(subject_request: SubjectRequest, *, with_copy: bool, now: datetime) -> None:
    """The person says by the mailed link that the agent may ask for them. Raises ImpossibleMoveError."""
    with transaction.atomic(), together():
        authority = _waiting(subject_request)
        authority.confirmed_at, authority.copy_allowed = now, with_copy and authority.wants_copy
        authority.save(update_fields=["confirmed_at", "copy_allowed"])
        note(subject_request, "agent.confirmed", by=None, at=now)
        _go_on(subject_request, proven_by="a link mailed to the address, by which an agent was confirmed", now=now)
        emails.agent_told(subject_request, authority=authority, state="accepted", now=now)


def stop(subject_request: SubjectRequest, *, now: datetime) -> None:
    """The person says by the mailed link that nobody asks for them. Raises ImpossibleMoveError once it is too late."""
    authority = authority_of(subject_request)
    if authority is None:
        raise ImpossibleMoveError(gettext("Nobody asked in your name."))
    with transaction.atomic(), together():
        note(subject_request, "agent.stopped", by=None, at=now)
        review.withdraw(subject_request, by=None, now=now)
        emails.agent_told(subject_request, authority=authority, state="stopped", now=now)


def accept(subject_request: SubjectRequest, *, with_copy: bool, reason: str, by: User, now: datetime) -> None:
    """Accept what shows that the agent may ask, or, of what the person confirmed, that the agent gets the copy.

    Raises OwnRequestError, AuthorityError or ImpossibleMoveError.
    """
    authority = _decidable(subject_request, by=by, reason=reason)
    with transaction.atomic(), together():
        if authority.confirmed_at is None:
            authority.copy_allowed = with_copy and authority.wants_copy
        authority.copy_accepted = with_copy and authority.wants_copy and authority.copy_allowed
        if with_copy and not authority.copy_accepted:
            raise AuthorityError(gettext("The person has not said that the agent gets the copy."))
        _decide(authority, is_accepted=True, reason=reason, by=by, now=now)
        if authority.confirmed_at is None:
            proven_by = "a signed permission that the privacy team accepted"
            _go_on(subject_request, proven_by=proven_by, now=now)
        emails.agent_told(subject_request, authority=authority, state="accepted", now=now)


def refuse(subject_request: SubjectRequest, *, reason: str, by: User, now: datetime) -> None:
    """Refuse the permission: the request is closed, and agent and person read why.

    Raises OwnRequestError, AuthorityError or ImpossibleMoveError.
    """
    authority = _decidable(subject_request, by=by, reason=reason)
    with transaction.atomic(), together():
        ground = DenialReason.INSUF_VERIFICATION
        changes = {"denial_reason": ground, "explanation": reason.strip(), "closed_at": now}
        move(subject_request, by=Move.DENY, to=Status.DENIED, **changes)
        subject_request.pauses.filter(ended_at=None).update(ended_at=now)
        _decide(authority, is_accepted=False, reason=reason, by=by, now=now)
        kind = DecisionKind.DENY
        Decision.objects.create(subject_request=subject_request, kind=kind, by=by, at=now, reason=reason.strip())
        note(subject_request, "request.denied", by=by, at=now, reason=str(ground))
        emails.agent_told(subject_request, authority=authority, state="refused", now=now)
        token = link_token(subject_request)
        emails.agent_asked(subject_request, authority=authority, token=token, now=now)


def _waiting(subject_request: SubjectRequest) -> AgentAuthority:
    """Lock and return the authority of a request that waits for the person. Raises ImpossibleMoveError."""
    found = AgentAuthority.objects.select_for_update(no_key=True).filter(subject_request=subject_request)
    authority = found.filter(confirmed_at=None, decided_at=None).first()
    if authority is None or subject_request.status != Status.AWAITING_VERIFICATION:
        raise ImpossibleMoveError(gettext("This has been answered already."))
    return authority


def _decidable(subject_request: SubjectRequest, *, by: User, reason: str) -> AgentAuthority:
    refuse_own(subject_request, by=by)
    authority = authority_of(subject_request)
    if authority is None or authority.decided_at is not None or subject_request.is_final:
        raise AuthorityError(gettext("There is no permission to decide."))
    addresses = EmailAddress.objects.filter(user=by).values_list("email", flat=True)
    if authority.email in {normal_email(address) for address in [*addresses, by.email]}:
        raise OwnRequestError("You filed this for somebody else: another reviewer has to decide it.")
    if not reason.strip():
        raise AuthorityError(gettext("Say why: the agent reads it."))
    if authority.confirmed_at is None and not authority.proof_path:
        raise AuthorityError(gettext("The person has been asked, and has not answered yet."))
    return authority


def _decide(authority: AgentAuthority, *, is_accepted: bool, reason: str, by: User, now: datetime) -> None:
    authority.decided_at, authority.decided_by = now, by
    authority.is_accepted, authority.reason = is_accepted, reason.strip()
    authority.save()
    verb = "agent.accepted" if is_accepted else "agent.refused"
    note(authority.subject_request, verb, by=by, at=now, copy=authority.copy_accepted)
    evidence.forget(authority.subject_request)
    authority.proof_path = ""


def _go_on(subject_request: SubjectRequest, *, proven_by: str, now: datetime) -> None:
    evidence.forget(subject_request)
    request_emails.acknowledgement(subject_request, now=now)
    verification.confirm_for_agent(subject_request, proven_by=proven_by, now=now)
