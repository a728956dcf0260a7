"""Let a bundle go to the person."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext

from accounts.models import User
from dsar import queries
from dsar.actions.redacting.state import unsettled
from dsar.actions.trail import note
from dsar.emails import requests as emails
from dsar.emails.agents import agent_told
from dsar.models import AgentAuthority, Bundle, Decision, DecisionKind, Outcome, Policy, Status, SubjectRequest
from dsar.models.transitions import Move, move


class ReleaseError(Exception):
    """The request cannot be released as it stands; the message says why, for the reviewer."""


class OwnRequestError(Exception):
    """Nobody decides their own request, or an appeal against their own decision."""


def release(subject_request: SubjectRequest, *, by: User, now: datetime) -> None:
    """Release the bundle to the person. Raises ReleaseError, OwnRequestError or ImpossibleMoveError."""
    refuse_own(subject_request, by=by)
    if queries.open_failures(subject_request):
        raise ReleaseError(gettext("A store failed: try again, or record why it is released without."))
    bundle = queries.current_bundle(subject_request)
    if bundle is None:
        raise ReleaseError(gettext("There is no bundle to release yet."))
    with transaction.atomic():
        if to_be_done := unsettled(subject_request, bundle):
            raise ReleaseError(to_be_done)
        Decision.objects.create(subject_request=subject_request, kind=DecisionKind.RELEASE, by=by, at=now)
        policy = queries.policy(subject_request.tenant)
        complete(subject_request, bundle, policy, move_by=Move.RELEASE, by=by, now=now)


def refuse_own(subject_request: SubjectRequest, *, by: User) -> None:
    """Raise OwnRequestError if the request is the reviewer's own, or an appeal against what they decided."""
    if queries.is_own(account=by, subject_request=subject_request):
        raise OwnRequestError(gettext("This is your own request: somebody else has to decide it."))
    if queries.has_decided_before(account=by, subject_request=subject_request):
        raise OwnRequestError(gettext("You decided what this appeal is against: somebody else has to decide it."))


def complete(
    subject_request: SubjectRequest, bundle: Bundle, policy: Policy, *, move_by: Move, by: User | None, now: datetime
) -> None:
    """Fulfil the request with this bundle, in the caller's transaction; it can be fetched from now on."""
    days = policy.bundle_days
    outcome = _outcome(bundle)
    move(subject_request, by=move_by, to=Status.FULFILLED, outcome=outcome, closed_at=now)
    bundle.expires_at = now + timedelta(days=days)
    bundle.save(update_fields=["expires_at"] if bundle.pk else None)
    note(subject_request, "bundle.released", by=by, at=now, outcome=str(outcome), days=days)
    emails.ready(subject_request, expires_at=bundle.expires_at, now=now)
    agent = AgentAuthority.objects.filter(subject_request=subject_request, copy_accepted=True).first()
    if agent is not None:
        agent_told(subject_request, authority=agent, state="ready", now=now)


def _outcome(bundle: Bundle) -> Outcome:
    if bundle.summary["failed"]:
        return Outcome.PARTIAL
    return Outcome.FULL if bundle.summary["rows"] else Outcome.NONE
