"""Which steps of a correction come next, worked out from its rows."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from dsar.actions.correcting.work import order_of, shown
from dsar.actions.erasing.work import latest_preview
from dsar.models import Step, StepKind, StepState, SubjectRequest

#: (kind, dataset, stage) of steps to come; the stage is that of the preview that they carry out.
Planned = set[tuple[StepKind, str, int]]


def next_steps(subject_request: SubjectRequest, steps: Sequence[Step], excepted: Collection[str]) -> Planned:
    """Return what comes next once a reviewer has approved: store after store, then all are read again.

    Nothing where a step has failed, unless a reviewer goes on without that store.
    """
    order, latest, preview = order_of(subject_request), latest_preview(steps), shown(steps)
    if latest is None or preview is None or latest.stage != order.approved_stage:
        return set()
    ours = [step for step in steps if step.stage == latest.stage and step.kind != StepKind.PREVIEW]
    if any(step.state == StepState.FAILED and step.dataset not in excepted for step in ours):
        return set()
    tried = {step.dataset for step in ours if step.kind == StepKind.CORRECT}
    for line in preview.chosen(order.approved_lines):
        if line.place.dataset not in tried:
            return {(StepKind.CORRECT, line.place.dataset, latest.stage)}
    is_read = any(step.kind == StepKind.VERIFY for step in ours)
    return set() if is_read else {(StepKind.VERIFY, "", latest.stage)}
