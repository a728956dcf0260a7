"""The end of an erasure: the request is fulfilled, the person is told, and then forgotten here too."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.db import transaction

from accounts.audit import together
from dsar.actions.erasing.forgetting import forget_person
from dsar.actions.erasing.result import Result, result_of
from dsar.actions.fulfilment.leases import Hold
from dsar.actions.trail import note
from dsar.models import Outcome, Status, StepState
from dsar.models.transitions import Move, move

Clock = Callable[[], datetime]


def close(hold: Hold, *, clock: Clock) -> None:
    """Fulfil the request with what its steps have done and proven. Raises LeaseLostError."""
    subject_request, now = hold.step.subject_request, clock()
    result = result_of(list(subject_request.steps.all()))
    with transaction.atomic(), together():
        hold.write(state=StepState.DONE, finished_at=now, lease_until=None, rows=result.changed, report={})
        outcome = outcome_of(result)
        move(subject_request, by=Move.FINISH, to=Status.FULFILLED, outcome=outcome, closed_at=now)
        note(
            subject_request,
            "erasure.proven",
            by=None,
            at=now,
            deleted=result.deleted,
            masked=result.masked,
            kept=result.kept,
        )
        forget_person(subject_request, now=now)


def outcome_of(result: Result) -> Outcome:
    """Tell it in a word: in part where something of the person's stays."""
    if result.kept:
        return Outcome.PARTIAL
    return Outcome.FULL if result.changed else Outcome.NONE
