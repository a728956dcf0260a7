"""What a decision does once nobody else has to agree: for dsar.actions.review and, after a second person, for
dsar.actions.seconding.confirming; nothing else may call it (import-linter)."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext

from accounts.audit import together
from accounts.models import User
from dsar import queries
from dsar.actions import previewing
from dsar.actions.agents import evidence
from dsar.actions.correcting import deciding as correcting
from dsar.actions.erasing import deciding as erasing
from dsar.actions.fulfilment.planning import advance, begin, columns_for_steps
from dsar.actions.restricting import deciding as restricting
from dsar.actions.suspending import due as suspending
from dsar.actions.trail import note
from dsar.emails import requests as emails
from dsar.models import Decision, DecisionKind, RequestType, Status, StepState, SubjectRequest
from dsar.models.choices import STOP_TYPES
from dsar.models.transitions import ImpossibleMoveError, Move, move


def approve(
    subject_request: SubjectRequest, *, fingerprint: str, by: User, second: User | None = None, now: datetime
) -> None:
    """Let the work begin; `second` has confirmed it. Raises PreviewError or ImpossibleMoveError."""
    with transaction.atomic(), together():
        move(subject_request, by=Move.APPROVE, to=Status.FULFILLING, **_columns(subject_request))
        if subject_request.type == RequestType.ERASURE:
            erasing.settle(subject_request, fingerprint=fingerprint, by=by, now=now)
        decide(subject_request, DecisionKind.APPROVE, by=by, second=second, now=now)
        note(subject_request, "request.approved", by=by, at=now)
        begin(subject_request, now=now)


def _columns(subject_request: SubjectRequest) -> dict[str, bytes | str]:
    """Return the columns that its steps need; an erasure has had a step already."""
    return {} if subject_request.sealed_key else columns_for_steps(subject_request.tenant)


def deny(
    subject_request: SubjectRequest,
    *,
    reason: str,
    explanation: str,
    by: User,
    second: User | None = None,
    now: datetime,
) -> None:
    """Refuse, and tell the person why and where to complain. Raises ImpossibleMoveError."""
    with transaction.atomic():
        move(
            subject_request,
            by=Move.DENY,
            to=Status.DENIED,
            denial_reason=reason,
            explanation=explanation,
            closed_at=now,
        )
        stop(subject_request, now=now)
        decide(subject_request, DecisionKind.DENY, by=by, second=second, now=now, reason=explanation)
        note(subject_request, "request.denied", by=by, at=now, reason=reason)
        if subject_request.type == RequestType.RECTIFICATION:
            correcting.refuse(subject_request, now=now)
        if subject_request.type in STOP_TYPES:
            restricting.refuse(subject_request, now=now)
        else:
            emails.denied(subject_request, now=now)


def record_exception(
    subject_request: SubjectRequest,
    *,
    dataset: str,
    reason: str,
    by: User,
    second: User | None = None,
    now: datetime,
) -> None:
    """Leave a failed store out, and go on if it was the last. Raises ImpossibleMoveError."""
    with transaction.atomic():
        hold_for_release(subject_request)
        decide(subject_request, DecisionKind.EXCEPTION, by=by, second=second, now=now, reason=reason, dataset=dataset)
        note(subject_request, "request.exception_recorded", by=by, at=now, dataset=dataset)
        if not queries.open_failures(subject_request):
            move(subject_request, by=Move.REWORK, to=Status.FULFILLING)
            advance(subject_request, now=now)


def hold_for_release(subject_request: SubjectRequest) -> None:
    """Lock the request while it waits for its release: the first of several exceptions moves no status itself.

    Raises ImpossibleMoveError where it does not.
    """
    waiting = SubjectRequest.objects.select_for_update(no_key=True).filter(status=Status.AWAITING_RELEASE)
    if waiting.filter(pk=subject_request.pk).first() is None:
        raise ImpossibleMoveError(gettext("This request does not wait for its release. Look at it again."))


def stop(subject_request: SubjectRequest, *, now: datetime) -> None:
    """Take the steps from the workers: a fence of theirs is old from here.

    Raises ImpossibleMoveError if rows are being erased or corrected by then.
    """
    subject_request.pauses.filter(ended_at=None).update(ended_at=now)
    unfinished = subject_request.steps.filter(state__in=[StepState.READY, StepState.RUNNING])
    unfinished.update(state=StepState.CANCELLED, finished_at=now, lease_until=None)
    suspending.show_again(subject_request, now=now)
    evidence.forget(subject_request)
    previewing.refuse_begun(subject_request)


def decide(
    subject_request: SubjectRequest,
    kind: DecisionKind,
    *,
    by: User,
    second: User | None = None,
    now: datetime,
    reason: str = "",
    dataset: str = "",
) -> None:
    """Write down what was decided, by whom and why."""
    Decision.objects.create(
        subject_request=subject_request, kind=kind, by=by, second=second, at=now, reason=reason, dataset=dataset
    )
