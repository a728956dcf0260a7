"""What the privacy team decides of a stop: all of it, a part, none, and later its end."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext

from accounts.audit import together
from accounts.models import User
from dsar import queries
from dsar.actions.delivery.releasing import refuse_own
from dsar.actions.restricting.effects import take_effect
from dsar.actions.trail import note
from dsar.emails import restrictions as restriction_emails
from dsar.models import Decision, DecisionKind, Outcome, Restriction, Status, SubjectRequest
from dsar.models.choices import STOP_TYPES
from dsar.models.transitions import Move, move


class StopError(Exception):
    """The decision lacks something or does not fit; the message says what, for the reviewer."""


def open_rows(subject_request: SubjectRequest) -> list[Restriction]:
    """Return what a request would have stopped and is not over, in the order in which it was asked for."""
    return list(subject_request.restrictions.filter(ended_at=None))


def grant(
    subject_request: SubjectRequest, *, granted: Collection[int], explanation: str, by: User, now: datetime
) -> None:
    """Stop some or all of what was asked for, by the keys of its rows; the rest is refused, and why is told.

    An objection is granted for good. Raises OwnRequestError, StopError or ImpossibleMoveError.
    """
    refuse_own(subject_request, by=by)
    if subject_request.type not in STOP_TYPES:
        raise StopError(gettext("This request is not for a stop."))
    rows = open_rows(subject_request)
    kept = [row for row in rows if row.pk in granted]
    left = [row for row in rows if row.pk not in granted]
    if not kept or not set(granted) <= {row.pk for row in rows}:
        raise StopError(gettext("Choose at least one use that stops, or refuse the request."))
    if left and not explanation.strip():
        raise StopError(gettext("Say why the rest does not stop: the person reads it."))
    with transaction.atomic(), together():
        move(
            subject_request,
            by=Move.GRANT,
            to=Status.FULFILLED,
            outcome=Outcome.PARTIAL if left else Outcome.FULL,
            explanation=explanation.strip(),
            closed_at=now,
        )
        Restriction.objects.filter(pk__in=[row.pk for row in kept], since=None).update(since=now)
        lifting_at = _refuse_rows(subject_request, left, now=now)
        _decide(subject_request, DecisionKind.APPROVE, reason=explanation, by=by, now=now)
        note(subject_request, "restriction.granted", by=by, at=now, granted=len(kept), refused=len(left))
        take_effect(kept, now=now)
        restriction_emails.restriction_granted(
            subject_request, granted=kept, refused=left, lifting_at=lifting_at, now=now
        )


def refuse(subject_request: SubjectRequest, *, now: datetime) -> None:
    """End what a refused request has had stopped, in the caller's transaction, and tell the person why and when."""
    rows = open_rows(subject_request)
    lifting_at = _refuse_rows(subject_request, rows, now=now)
    restriction_emails.restriction_refused(subject_request, refused=rows, lifting_at=lifting_at, now=now)


def lift(subject_request: SubjectRequest, *, reason: str, by: User, now: datetime) -> datetime:
    """Have what a request stopped end after the policy's days, of which the person is told now; return when.

    GDPR Article 18(3). Raises OwnRequestError or StopError.
    """
    refuse_own(subject_request, by=by)
    if not subject_request.is_final:
        raise StopError(gettext("Decide the request first."))
    if not reason.strip():
        raise StopError(gettext("Say why the stop is lifted: the person reads it."))
    at = _end_of_notice(subject_request, now=now)
    with transaction.atomic(), together():
        rows = _in_force(subject_request)
        lifted = [row for row in rows if row.lifting_at is None]
        mine = Restriction.objects.filter(pk__in=[row.pk for row in lifted], lifting_at=None, ended_at=None)
        if not lifted or mine.update(lifting_at=at) != len(lifted):
            raise StopError(gettext("Nothing of this request is stopped, or its end is announced already."))
        _decide(subject_request, DecisionKind.LIFT, reason=reason, by=by, now=now)
        days = (at - now).days
        note(subject_request, "restriction.lifting", by=by, at=now, purposes=len(lifted), days=days)
        restriction_emails.restriction_lifting(
            subject_request, lifted=lifted, lifting_at=at, reason=reason.strip(), now=now
        )
    return at


def keep(subject_request: SubjectRequest, *, by: User, now: datetime) -> None:
    """Let go on what was to be lifted, and tell the person. Raises OwnRequestError or StopError."""
    refuse_own(subject_request, by=by)
    with transaction.atomic(), together():
        rows = [row for row in _in_force(subject_request) if row.lifting_at is not None]
        mine = Restriction.objects.filter(pk__in=[row.pk for row in rows], lifting_at__isnull=False, ended_at=None)
        if not rows or mine.update(lifting_at=None) != len(rows):
            raise StopError(gettext("Nothing of this request is about to be lifted."))
        _decide(subject_request, DecisionKind.KEEP, reason="", by=by, now=now)
        note(subject_request, "restriction.kept", by=by, at=now, purposes=len(rows))
        # A use that stopped only while an objection was weighed holds by a decision now, of which others are told.
        take_effect(rows, now=now)
        restriction_emails.restriction_kept(subject_request, kept=rows, now=now)


def _in_force(subject_request: SubjectRequest) -> list[Restriction]:
    """Return what holds of a request, locked: what beat ends in this moment is not found."""
    rows = subject_request.restrictions.select_for_update(of=("self",)).select_related("subject_request", "tenant")
    return list(rows.filter(since__isnull=False, ended_at=None))


def _refuse_rows(subject_request: SubjectRequest, rows: Sequence[Restriction], *, now: datetime) -> datetime | None:
    """End rows that were only asked for; return when those in force will end, None if there are none."""
    asked = [row.pk for row in rows if row.since is None]
    Restriction.objects.filter(pk__in=asked).update(ended_at=now)
    holding = [row.pk for row in rows if row.since is not None]
    if not holding:
        return None
    at = _end_of_notice(subject_request, now=now)
    Restriction.objects.filter(pk__in=holding, ended_at=None).update(lifting_at=at)
    return at


def _end_of_notice(subject_request: SubjectRequest, *, now: datetime) -> datetime:
    return now + timedelta(days=queries.policy(subject_request.tenant).lifting_days)


def _decide(subject_request: SubjectRequest, kind: DecisionKind, *, reason: str, by: User, now: datetime) -> None:
    Decision.objects.create(subject_request=subject_request, kind=kind, by=by, at=now, reason=reason.strip())
