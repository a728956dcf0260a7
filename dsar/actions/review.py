"""What the privacy team decides."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.audit import together
from accounts.models import User
from dsar import queries
from dsar.actions import previewing
from dsar.actions.correcting import deciding as correcting
from dsar.actions.delivery.releasing import refuse_own
from dsar.actions.erasing import deciding as erasing
from dsar.actions.fulfilment.planning import advance, begin, columns_for_steps
from dsar.actions.previewing import PREVIEWED
from dsar.actions.restricting import deciding as restricting
from dsar.actions.restricting import ending
from dsar.actions.suspending import due as suspending
from dsar.actions.trail import note
from dsar.emails import requests as emails
from dsar.models import (
    Decision,
    DecisionKind,
    DenialReason,
    Outcome,
    RequestType,
    Status,
    Step,
    StepKind,
    StepState,
    SubjectRequest,
)
from dsar.models.choices import REVIEW_OUTCOMES, STOP_TYPES, WRITTEN_TYPES
from dsar.models.transitions import ImpossibleMoveError, Move, move
from dsar.queue import wake_workers


class ReviewError(Exception):
    """The decision lacks something or does not fit; the message says what, for the reviewer."""


def approve(subject_request: SubjectRequest, *, by: User, now: datetime, fingerprint: str = "") -> None:
    """Let the work begin; `fingerprint` is of the preview of an erasure that the reviewer has seen.

    Raises OwnRequestError, ReviewError, PreviewError or ImpossibleMoveError.
    """
    refuse_own(subject_request, by=by)
    if subject_request.type in WRITTEN_TYPES:
        raise ReviewError("What is asked in words is answered, not approved.")
    if subject_request.type == RequestType.RECTIFICATION:
        raise ReviewError("A correction is approved value by value.")
    if subject_request.type in STOP_TYPES:
        raise ReviewError("A stop is granted use by use.")
    with transaction.atomic(), together():
        move(subject_request, by=Move.APPROVE, to=Status.FULFILLING, **_columns(subject_request))
        if subject_request.type == RequestType.ERASURE:
            erasing.settle(subject_request, fingerprint=fingerprint, by=by, now=now)
        _decide(subject_request, DecisionKind.APPROVE, by=by, now=now)
        note(subject_request, "request.approved", by=by, at=now)
        begin(subject_request, now=now)


def _columns(subject_request: SubjectRequest) -> dict[str, bytes | str]:
    """Return the columns that its steps need; an erasure has had a step already."""
    return {} if subject_request.sealed_key else columns_for_steps(subject_request.tenant)


def look_again(subject_request: SubjectRequest, *, by: User, now: datetime) -> None:
    """Have a preview made anew. Raises OwnRequestError, ReviewError, PreviewError or ImpossibleMoveError."""
    refuse_own(subject_request, by=by)
    if subject_request.type not in PREVIEWED:
        raise ReviewError("Only a deletion or a correction has a preview.")
    with transaction.atomic(), together():
        _decide(subject_request, DecisionKind.LOOK_AGAIN, by=by, now=now)
        note(subject_request, f"{PREVIEWED[subject_request.type].verb}.looked_again", by=by, at=now)
        previewing.look_again(subject_request, now=now)


def deny(subject_request: SubjectRequest, *, reason: str, explanation: str, by: User, now: datetime) -> None:
    """Refuse, saying why: GDPR Article 12(4) wants the reason told. Raises OwnRequestError or ReviewError."""
    refuse_own(subject_request, by=by)
    if reason not in DenialReason.values:
        raise ReviewError("Choose a ground for the refusal.")
    if not explanation.strip():
        raise ReviewError("Say in a sentence why: the person reads it.")
    with transaction.atomic():
        move(
            subject_request,
            by=Move.DENY,
            to=Status.DENIED,
            denial_reason=reason,
            explanation=explanation.strip(),
            closed_at=now,
        )
        _stop(subject_request, now=now)
        _decide(subject_request, DecisionKind.DENY, by=by, now=now, reason=explanation.strip())
        note(subject_request, "request.denied", by=by, at=now, reason=reason)
        if subject_request.type == RequestType.RECTIFICATION:
            correcting.refuse(subject_request, now=now)
        if subject_request.type in STOP_TYPES:
            restricting.refuse(subject_request, now=now)
        else:
            emails.denied(subject_request, now=now)


def answer(subject_request: SubjectRequest, *, text: str, by: User, now: datetime) -> None:
    """Answer a question. Raises OwnRequestError, ReviewError or ImpossibleMoveError."""
    refuse_own(subject_request, by=by)
    if subject_request.type != RequestType.ENQUIRY:
        raise ReviewError("Only a question can be answered.")
    if not text.strip():
        raise ReviewError("Write the answer.")
    with transaction.atomic():
        _reply(subject_request, text=text, outcome=Outcome.FULL, by=by, now=now)
        note(subject_request, "request.answered", by=by, at=now)
        emails.answered(subject_request, now=now)


def conclude(subject_request: SubjectRequest, *, outcome: str, text: str, by: User, now: datetime) -> None:
    """Tell what a person's look at a computer's decision came to, and why: GDPR Article 22(3).

    Raises OwnRequestError, ReviewError or ImpossibleMoveError.
    """
    refuse_own(subject_request, by=by)
    if subject_request.type != RequestType.HUMAN_REVIEW:
        raise ReviewError("No decision is disputed in this request.")
    if outcome not in REVIEW_OUTCOMES:
        raise ReviewError("Choose what became of the decision.")
    if not text.strip():
        raise ReviewError("Say why: the person reads it.")
    with transaction.atomic():
        _reply(subject_request, text=text, outcome=Outcome(outcome), by=by, now=now)
        note(subject_request, "request.reviewed", by=by, at=now, outcome=str(outcome))
        emails.reviewed(subject_request, now=now)


def retry(subject_request: SubjectRequest, *, by: User, now: datetime) -> None:
    """Try the failed steps again; what was packed before is packed anew. Raises ReviewError."""
    refuse_own(subject_request, by=by)
    failed = subject_request.steps.filter(state=StepState.FAILED)
    if not failed.exists():
        raise ReviewError("No store has failed.")
    with transaction.atomic():
        move(subject_request, by=Move.REWORK, to=Status.FULFILLING)
        count = _reset(subject_request, now=now)
        _decide(subject_request, DecisionKind.RETRY, by=by, now=now)
        note(subject_request, "request.retried", by=by, at=now, steps=count)
        wake_workers(count)


def record_exception(subject_request: SubjectRequest, *, dataset: str, reason: str, by: User, now: datetime) -> None:
    """Release without a failed store, saying why; the manifest shows it. Raises ReviewError or ImpossibleMoveError."""
    refuse_own(subject_request, by=by)
    if subject_request.type == RequestType.ERASURE:
        raise ReviewError("A deletion leaves no store out: mend it and try again, or say in the data map what is kept.")
    if not reason.strip():
        raise ReviewError("Say why this is released without the store: the person reads it.")
    if dataset not in {step.dataset for step in queries.open_failures(subject_request) if step.dataset}:
        raise ReviewError("This store has not failed, or its exception is already recorded.")
    with transaction.atomic():
        _hold_for_release(subject_request)
        _decide(subject_request, DecisionKind.EXCEPTION, by=by, now=now, reason=reason.strip(), dataset=dataset)
        note(subject_request, "request.exception_recorded", by=by, at=now, dataset=dataset)
        if not queries.open_failures(subject_request):
            move(subject_request, by=Move.REWORK, to=Status.FULFILLING)
            advance(subject_request, now=now)


def withdraw(subject_request: SubjectRequest, *, by: User, now: datetime) -> None:
    """The person takes the request back. Raises ImpossibleMoveError."""
    with transaction.atomic():
        move(subject_request, by=Move.WITHDRAW, to=Status.WITHDRAWN, closed_at=now)
        _stop(subject_request, now=now)
        if subject_request.type in STOP_TYPES:
            ending.withdraw(subject_request, by=by, now=now)
        note(subject_request, "request.withdrawn", by=by, at=now)
        emails.withdrawn(subject_request, now=now)


def _reply(subject_request: SubjectRequest, *, text: str, outcome: Outcome, by: User, now: datetime) -> None:
    changes = {"answer": text.strip(), "outcome": outcome, "closed_at": now}
    move(subject_request, by=Move.ANSWER, to=Status.FULFILLED, **changes)
    _decide(subject_request, DecisionKind.ANSWER, by=by, now=now)


def _hold_for_release(subject_request: SubjectRequest) -> None:
    """Lock the request while it waits for its release: the first of several exceptions moves no status itself."""
    waiting = SubjectRequest.objects.select_for_update(no_key=True).filter(status=Status.AWAITING_RELEASE)
    if waiting.filter(pk=subject_request.pk).first() is None:
        raise ImpossibleMoveError("This request does not wait for its release. Look at it again.")


def _decide(
    subject_request: SubjectRequest, kind: DecisionKind, *, by: User, now: datetime, reason: str = "", dataset: str = ""
) -> None:
    Decision.objects.create(subject_request=subject_request, kind=kind, by=by, at=now, reason=reason, dataset=dataset)


def _stop(subject_request: SubjectRequest, *, now: datetime) -> None:
    """Take the steps from the workers: a fence of theirs is old from here.

    Raises ImpossibleMoveError if rows are being erased or corrected by then.
    """
    subject_request.pauses.filter(ended_at=None).update(ended_at=now)
    unfinished = subject_request.steps.filter(state__in=[StepState.READY, StepState.RUNNING])
    unfinished.update(state=StepState.CANCELLED, finished_at=now, lease_until=None)
    suspending.show_again(subject_request, now=now)
    previewing.refuse_begun(subject_request)


def _reset(subject_request: SubjectRequest, *, now: datetime) -> int:
    """Make failed steps ready again; return how many wait now."""
    steps = Step.objects.filter(subject_request=subject_request)
    if steps.filter(kind=StepKind.IDENTIFY, state=StepState.FAILED).exists():
        # Identities that are yet to be found would change every row after them: collect from the start.
        steps.filter(kind=StepKind.COLLECT).delete()
    steps.filter(kind=StepKind.PACK).delete()
    return steps.filter(state=StepState.FAILED).update(
        state=StepState.READY, attempts=0, not_before=now, error="", finished_at=None
    )
