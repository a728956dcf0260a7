"""Write what came of a step, and plan what is next, in one transaction with its audit event."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from accounts.audit import together
from dsar.actions.correcting.opening import has_looked
from dsar.actions.fulfilment.collecting import Found
from dsar.actions.fulfilment.leases import Hold, LeaseLostError
from dsar.actions.fulfilment.onward import Clock, plan
from dsar.actions.fulfilment.planning import advance_all, name_of
from dsar.actions.trail import note
from dsar.emails.requests import review_needed
from dsar.models import Identity, RequestType, Status, Step, StepState, SubjectRequest

logger = logging.getLogger(__name__)


def finish(hold: Hold, found: Found, *, clock: Clock) -> None:
    """Write what a reading has found. Raises LeaseLostError."""
    with transaction.atomic(), together():
        _write(hold, found, now=clock())
        _tell(hold.step.subject_request, is_done=True, now=clock())
        plan(hold.step.subject_request, clock=clock)


def _tell(subject_request: SubjectRequest, *, is_done: bool, now: datetime) -> None:
    """Tell whose turn it is once everything was looked at: there is a preview to decide on, or a person to ask."""
    if subject_request.status != Status.AWAITING_REVIEW:
        return
    if subject_request.type == RequestType.RECTIFICATION:
        has_looked(subject_request, is_done=is_done, now=now)
    else:
        review_needed(subject_request, now=now)


def finish_all(pairs: Sequence[tuple[Hold, Found]], *, clock: Clock) -> None:
    """Write what steps of one tenant have found, together: each of their requests is locked and read once, with all.

    A lease that was lost loses only its own result. Whatever else goes wrong is raised, and nothing is written:
    `finish` then tells whose fault it is.
    """
    now = clock()
    with transaction.atomic(), together():
        ours = [hold for hold, found in pairs if _is_written(hold, found, now=now)]
        advance_all([hold.step.subject_request for hold in ours], now=now)


def _is_written(hold: Hold, found: Found, *, now: datetime) -> bool:
    try:
        _write(hold, found, now=now)
    except LeaseLostError:
        logger.warning("step %s: lease lost, its result is dropped", hold.step.pk)
        return False
    return True


def _write(hold: Hold, found: Found, *, now: datetime) -> None:
    step = hold.step
    hold.write(state=StepState.DONE, finished_at=now, lease_until=None, **found.changes)
    if found.anew:
        _supersede(step)
    _add_identities(step.subject_request, found, now=now)
    withheld = sum(counts["withheld"] for counts in found.changes["report"].get("collections", {}).values())
    note(
        step.subject_request,
        "step.done",
        by=None,
        at=now,
        kind=step.kind,
        dataset=name_of(step),
        stage=step.stage,
        rows=found.changes.get("rows", 0),
        withheld=withheld,
        fence=hold.fence,
    )


def _supersede(step: Step) -> None:
    """Let earlier steps of the store deliver nothing: this one has read it from the start."""
    earlier = step.subject_request.steps.filter(kind=step.kind, dataset=step.dataset, state=StepState.DONE)
    earlier.exclude(pk=step.pk).update(
        rows=0, report={"collections": {}, "sizes": {}, "undeclared": [], "by_elements": []}
    )


def _add_identities(subject_request: SubjectRequest, found: Found, *, now: datetime) -> None:
    """Write what was found, then the events: with the audit chain in hand nobody may wait for another's rows."""
    for kind, value, where in sorted(found.proven):
        Identity.objects.update_or_create(
            subject_request=subject_request,
            kind=kind,
            value=value,
            defaults={"proven_by": f"found in {where}, in a row of a proven identity", "proven_at": now},
        )
    for kind, value, where in sorted(found.unproven - found.proven):
        Identity.objects.get_or_create(
            subject_request=subject_request, kind=kind, value=value, defaults={"proven_by": f"only found in {where}"}
        )
    for kind, _, _ in sorted(found.proven):
        note(subject_request, "request.identity_found", by=None, at=now, kind=kind, proven=True)


def fail(hold: Hold, message: str, *, code: str, clock: Clock) -> None:
    """Let the step fail for good, with its reason. Raises LeaseLostError."""
    step, now = hold.step, clock()
    with transaction.atomic(), together():
        # A failure without a reason could not be decided on.
        hold.write(state=StepState.FAILED, finished_at=now, lease_until=None, error=message.strip() or code)
        note(
            step.subject_request,
            "step.failed",
            by=None,
            at=now,
            kind=step.kind,
            dataset=name_of(step),
            stage=step.stage,
            attempts=step.attempts,
            code=code,
        )
        _tell(step.subject_request, is_done=False, now=now)
        plan(step.subject_request, clock=clock)
