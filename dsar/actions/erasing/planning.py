"""Which steps of an erasure come next, worked out from its rows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from dsar.actions.erasing.work import latest_preview, shown
from dsar.models import ErasureOrder, Step, StepKind, StepState, SubjectRequest

#: (kind, dataset, stage) of steps to come; the stage is that of the preview that they carry out.
Planned = set[tuple[StepKind, str, int]]


def order_of(subject_request: SubjectRequest) -> ErasureOrder:
    """Return the request's order. Raises ErasureOrder.DoesNotExist before the person has proven who asks."""
    return ErasureOrder.objects.get(subject_request=subject_request)


def next_look(steps: Sequence[Step]) -> Planned:
    """Return the next preview."""
    latest = latest_preview(steps)
    return {(StepKind.PREVIEW, "", latest.stage + 1 if latest else 1)}


def next_steps(subject_request: SubjectRequest, steps: Sequence[Step]) -> Planned:
    """Return what comes next once a reviewer has approved; nothing where a step has failed, or all is proven.

    First everything is looked at once more; if it is still what was approved, store after store is changed, then all
    are read again.
    """
    order, latest = order_of(subject_request), latest_preview(steps)
    if latest is None or latest.stage <= order.approved_stage:
        return next_look(steps)
    preview = shown(latest)
    if preview is None or preview.fingerprint != order.approved:
        return set()
    ours = [step for step in steps if step.stage == latest.stage]
    tried = {step.dataset for step in ours if step.kind == StepKind.ERASE}
    if any(step.state == StepState.FAILED for step in ours):
        return set()
    for dataset in preview.changed_datasets():
        if dataset not in tried:
            return {(StepKind.ERASE, dataset, latest.stage)}
    is_read = any(step.kind == StepKind.VERIFY for step in ours)
    return set() if is_read else {(StepKind.VERIFY, "", latest.stage)}


def not_before(kind: StepKind, subject_request: SubjectRequest, *, now: datetime) -> datetime:
    """Return when a step may be taken: what leads to the deed only when the deletion cannot be taken back any more."""
    order = order_of(subject_request)
    return max(now, order.undo_until) if order.approved_at and kind == StepKind.PREVIEW else now


def has_changed(subject_request: SubjectRequest, steps: Sequence[Step]) -> bool:
    """Return whether the last look has shown something else than what was approved."""
    order, latest = order_of(subject_request), latest_preview(steps)
    preview = shown(latest) if latest is not None and latest.stage > order.approved_stage else None
    return preview is not None and preview.fingerprint != order.approved
