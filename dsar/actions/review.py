"""What the privacy team decides."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext

from accounts.audit import together
from accounts.models import User
from dsar import queries
from dsar.actions import deciding, previewing
from dsar.actions.delivery.releasing import refuse_own
from dsar.actions.erasing import deciding as erasing
from dsar.actions.previewing import PREVIEWED
from dsar.actions.restricting import ending
from dsar.actions.seconding import rules
from dsar.actions.seconding.proposing import propose
from dsar.actions.trail import note
from dsar.emails import requests as emails
from dsar.models import (
    DecisionKind,
    DenialReason,
    Outcome,
    Proposal,
    ProposalKind,
    RequestType,
    Status,
    Step,
    StepKind,
    StepState,
    SubjectRequest,
)
from dsar.models.choices import REVIEW_OUTCOMES, STOP_TYPES, WRITTEN_TYPES
from dsar.models.transitions import Move, check_move, move
from dsar.queue import wake_workers


class ReviewError(Exception):
    """The decision lacks something or does not fit; the message says what, for the reviewer."""


def approve(subject_request: SubjectRequest, *, by: User, now: datetime, fingerprint: str = "") -> Proposal | None:
    """Let the work begin; `fingerprint` is of the preview of an erasure that the reviewer has seen.

    Where the policy wants two people for it, return the proposal that a second one has to confirm: nothing else has
    happened then. Raises OwnRequestError, ReviewError, PreviewError, ProposalError or ImpossibleMoveError.
    """
    refuse_own(subject_request, by=by)
    if subject_request.type in WRITTEN_TYPES:
        raise ReviewError(gettext("What is asked in words is answered, not approved."))
    if subject_request.type == RequestType.RECTIFICATION:
        raise ReviewError(gettext("A correction is approved value by value."))
    if subject_request.type in STOP_TYPES:
        raise ReviewError(gettext("A stop is granted use by use."))
    if rules.erasure_needs_two(subject_request):
        check_move(subject_request, by=Move.APPROVE, to=Status.FULFILLING)
        erasing.check(subject_request, fingerprint=fingerprint, now=now)
        return propose(subject_request, ProposalKind.ERASURE, by=by, now=now)
    deciding.approve(subject_request, fingerprint=fingerprint, by=by, now=now)
    return None


def look_again(subject_request: SubjectRequest, *, by: User, now: datetime) -> None:
    """Have a preview made anew. Raises OwnRequestError, ReviewError, PreviewError or ImpossibleMoveError."""
    refuse_own(subject_request, by=by)
    if subject_request.type not in PREVIEWED:
        raise ReviewError(gettext("Only a deletion or a correction has a preview."))
    with transaction.atomic(), together():
        deciding.decide(subject_request, DecisionKind.LOOK_AGAIN, by=by, now=now)
        note(subject_request, f"{PREVIEWED[subject_request.type].verb}.looked_again", by=by, at=now)
        previewing.look_again(subject_request, now=now)


def deny(subject_request: SubjectRequest, *, reason: str, explanation: str, by: User, now: datetime) -> Proposal | None:
    """Refuse, saying why: GDPR Article 12(4) wants the reason told.

    Where the policy wants two people for it, return the proposal that a second one has to confirm. Raises
    OwnRequestError, ReviewError, ProposalError or ImpossibleMoveError.
    """
    refuse_own(subject_request, by=by)
    if reason not in DenialReason.values:
        raise ReviewError(gettext("Choose a ground for the refusal."))
    if not explanation.strip():
        raise ReviewError(gettext("Say in a sentence why: the person reads it."))
    if rules.refusal_needs_two(subject_request, ground=reason):
        check_move(subject_request, by=Move.DENY, to=Status.DENIED)
        previewing.refuse_begun(subject_request)
        said = {"ground": reason, "reason": explanation.strip()}
        return propose(subject_request, ProposalKind.REFUSAL, by=by, now=now, **said)
    deciding.deny(subject_request, reason=reason, explanation=explanation.strip(), by=by, now=now)
    return None


def answer(subject_request: SubjectRequest, *, text: str, by: User, now: datetime) -> None:
    """Answer a question. Raises OwnRequestError, ReviewError or ImpossibleMoveError."""
    refuse_own(subject_request, by=by)
    if subject_request.type != RequestType.ENQUIRY:
        raise ReviewError(gettext("Only a question can be answered."))
    if not text.strip():
        raise ReviewError(gettext("Write the answer."))
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
        raise ReviewError(gettext("No decision is disputed in this request."))
    if outcome not in REVIEW_OUTCOMES:
        raise ReviewError(gettext("Choose what became of the decision."))
    if not text.strip():
        raise ReviewError(gettext("Say why: the person reads it."))
    with transaction.atomic():
        _reply(subject_request, text=text, outcome=Outcome(outcome), by=by, now=now)
        note(subject_request, "request.reviewed", by=by, at=now, outcome=str(outcome))
        emails.reviewed(subject_request, now=now)


def retry(subject_request: SubjectRequest, *, by: User, now: datetime) -> None:
    """Try the failed steps again; what was packed before is packed anew. Raises ReviewError."""
    refuse_own(subject_request, by=by)
    failed = subject_request.steps.filter(state=StepState.FAILED)
    if not failed.exists():
        raise ReviewError(gettext("No store has failed."))
    with transaction.atomic():
        move(subject_request, by=Move.REWORK, to=Status.FULFILLING)
        count = _reset(subject_request, now=now)
        deciding.decide(subject_request, DecisionKind.RETRY, by=by, now=now)
        note(subject_request, "request.retried", by=by, at=now, steps=count)
        wake_workers(count)


def record_exception(
    subject_request: SubjectRequest, *, dataset: str, reason: str, by: User, now: datetime
) -> Proposal | None:
    """Release without a failed store, saying why; the manifest shows it.

    Where the policy wants two people for it, return the proposal that a second one has to confirm. Raises
    OwnRequestError, ReviewError, ProposalError or ImpossibleMoveError.
    """
    refuse_own(subject_request, by=by)
    if subject_request.type == RequestType.ERASURE:
        raise ReviewError(
            gettext("A deletion leaves no store out: mend it and try again, or say in the data map what is kept.")
        )
    if not reason.strip():
        raise ReviewError(gettext("Say why this is released without the store: the person reads it."))
    if dataset not in {step.dataset for step in queries.open_failures(subject_request) if step.dataset}:
        raise ReviewError(gettext("This store has not failed, or its exception is already recorded."))
    if rules.exception_needs_two(subject_request):
        with transaction.atomic():
            deciding.hold_for_release(subject_request)
            what = {"dataset": dataset, "reason": reason.strip()}
            return propose(subject_request, ProposalKind.EXCEPTION, by=by, now=now, **what)
    deciding.record_exception(subject_request, dataset=dataset, reason=reason.strip(), by=by, now=now)
    return None


def withdraw(subject_request: SubjectRequest, *, by: User | None, now: datetime) -> None:
    """The person takes the request back, `by` None without signing in. Raises ImpossibleMoveError."""
    with transaction.atomic():
        move(subject_request, by=Move.WITHDRAW, to=Status.WITHDRAWN, closed_at=now)
        deciding.stop(subject_request, now=now)
        if subject_request.type in STOP_TYPES:
            ending.withdraw(subject_request, by=by, now=now)
        note(subject_request, "request.withdrawn", by=by, at=now)
        emails.withdrawn(subject_request, now=now)


def _reply(subject_request: SubjectRequest, *, text: str, outcome: Outcome, by: User, now: datetime) -> None:
    changes = {"answer": text.strip(), "outcome": outcome, "closed_at": now}
    move(subject_request, by=Move.ANSWER, to=Status.FULFILLED, **changes)
    deciding.decide(subject_request, DecisionKind.ANSWER, by=by, now=now)


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
