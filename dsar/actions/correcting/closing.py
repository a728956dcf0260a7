"""The end of a correction: the request is fulfilled, and the person is told what was written and what was not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from django.db import transaction

from accounts.audit import together
from dsar import queries
from dsar.actions.correcting import disputes
from dsar.actions.correcting.work import order_of, shown, written_lines
from dsar.actions.fulfilment.leases import Hold
from dsar.actions.telling import corrections
from dsar.actions.trail import note
from dsar.emails import requests as emails
from dsar.fulfilment.correcting.preview import Line, Preview
from dsar.models import Outcome, Status, Step, StepKind, StepState, SubjectRequest
from dsar.models.transitions import Move, move

Clock = Callable[[], datetime]


def close(hold: Hold, *, clock: Clock) -> None:
    """Fulfil the request with what its steps have written and proven.

    Raises LeaseLostError, and what `whom_to_tell` raises: nothing has changed then.
    """
    subject_request, now = hold.step.subject_request, clock()
    steps = list(subject_request.steps.all())
    preview = shown(steps)
    if preview is None:
        raise ValueError("nothing was looked at that could have been approved")
    written = written_lines(order_of(subject_request), steps)
    numbers = [at for at, line in enumerate(preview.lines) if line in written]
    rows = rows_written(steps)
    tellings = corrections.whom_to_tell(subject_request, steps)
    with transaction.atomic(), together():
        hold.write(state=StepState.DONE, finished_at=now, lease_until=None, rows=rows, report={})
        is_disputed = disputes.leave(subject_request, approved=numbers, now=now)
        move(
            subject_request,
            by=Move.FINISH,
            to=Status.FULFILLED,
            outcome=_outcome(preview, written, rows),
            explanation=_explanation(subject_request),
            closed_at=now,
        )
        note(subject_request, "correction.proven", by=None, at=now, rows=rows, disputed=is_disputed)
        names = tuple(item.recipient.name for item in tellings)
        emails.corrected(subject_request, is_disputed=is_disputed, recipients=names, now=now)
        corrections.write(subject_request, tellings, corrected_at=_written_at(steps) or now, now=now)


def _explanation(subject_request: SubjectRequest) -> str:
    """Return why not all was approved, and why a store was left out that could not be written."""
    exceptions = queries.excepted_datasets(subject_request)
    reasons = [exceptions[name].reason for name in sorted(exceptions)]
    return "\n\n".join(filter(None, [subject_request.explanation, *reasons]))


def _written_at(steps: Sequence[Step]) -> datetime | None:
    """Return when the last store was written; None where none was."""
    moments = [step.finished_at for step in steps if (step.kind, step.state) == (StepKind.CORRECT, StepState.DONE)]
    return max(filter(None, moments), default=None)


def rows_written(steps: Sequence[Step]) -> int:
    """Return how many rows all rounds of a correction have written."""
    return sum(step.rows for step in steps if (step.kind, step.state) == (StepKind.CORRECT, StepState.DONE))


def _outcome(preview: Preview, written: tuple[Line, ...], rows: int) -> Outcome:
    """Tell it in a word: in part where a value that was to be corrected still stands anywhere."""
    if not rows:
        return Outcome.NONE
    return Outcome.FULL if len(written) == sum(line.rows > 0 for line in preview.lines) else Outcome.PARTIAL
