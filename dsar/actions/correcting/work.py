"""The engine's correction of a request, and what its steps have shown."""

from __future__ import annotations

from collections.abc import Sequence

from dsar.actions.erasing.work import latest_preview
from dsar.actions.fulfilment import keyfiles
from dsar.fulfilment.correcting.correct import Correction
from dsar.fulfilment.correcting.preview import Line, Preview
from dsar.fulfilment.correcting.search import Search
from dsar.fulfilment.correcting.values import Place
from dsar.fulfilment.engine import Work
from dsar.fulfilment.scope import Scope
from dsar.models import CorrectionOrder, Step, StepKind, StepState, SubjectRequest
from dsar.tenantmap import tenant_map


def correction_of(subject_request: SubjectRequest) -> Correction:
    """Return the correction over the tenant's own stores: what the portal holds is changed on its own pages.

    Raises DataMapError, StoreConfigError, KeyFileError, PayloadGoneError, SealError.
    """
    platform = tenant_map(subject_request.tenant).platform
    work = Work(
        platform.data_map,
        platform.graph,
        keyfiles.proven(subject_request),
        platform.store,
        Scope(platform.data_map),
        parameters={"tenant": subject_request.tenant_id},
    )
    return Correction(work, known=_known(subject_request))


def order_of(subject_request: SubjectRequest) -> CorrectionOrder:
    """Return the request's order. Raises CorrectionOrder.DoesNotExist before the person has proven who asks."""
    return CorrectionOrder.objects.get(subject_request=subject_request)


def latest_facts(steps: Sequence[Step]) -> Step | None:
    """Return the last look that the person can be shown; None before it is done."""
    done = [step for step in steps if step.state == StepState.DONE and "facts_sha256" in step.report]
    return max(done, key=lambda step: step.stage, default=None)


def shown(steps: Sequence[Step]) -> Preview | None:
    """Return what the last look has shown of proposals; None while it has not, or where it failed."""
    step = latest_preview(steps)
    if step is None or step.state != StepState.DONE or "preview" not in step.report:
        return None
    return Preview.read(step.report["preview"])


def written_lines(order: CorrectionOrder, steps: Sequence[Step]) -> tuple[Line, ...]:
    """Return the lines of the last look that were written: approved, and in a store whose step is done."""
    preview, latest = shown(steps), latest_preview(steps)
    if preview is None or latest is None:
        return ()
    ours = [step for step in steps if (step.kind, step.stage) == (StepKind.CORRECT, latest.stage)]
    done = {step.dataset for step in ours if step.state == StepState.DONE}
    return tuple(line for line in preview.chosen(order.approved_lines) if line.place.dataset in done)


def written_ever(steps: Sequence[Step]) -> frozenset[tuple[Place, int]]:
    """Return every field that all rounds of a correction have written, with the numbers of the proposals."""
    done = [step for step in steps if (step.kind, step.state) == (StepKind.CORRECT, StepState.DONE)]
    return frozenset(
        (Place(step.dataset, collection, path), proposal)
        for step in done
        for collection, path, proposal in step.report["written"]
    )


def _known(subject_request: SubjectRequest) -> Search | None:
    """Return what the last look that was done has found, None before the first."""
    done = subject_request.steps.filter(kind=StepKind.PREVIEW, state=StepState.DONE).order_by("-stage").first()
    if done is None:
        return None
    return Search(keyfiles.proven(subject_request), keyfiles.collected(subject_request, [done]).asked)
