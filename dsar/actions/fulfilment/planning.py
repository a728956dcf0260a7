"""Which steps come next. Everything is worked out from the rows, so it can be asked again at any time."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from dsar import payloads, queries
from dsar.actions.fulfilment import keyfiles
from dsar.actions.trail import note
from dsar.emails import review_needed
from dsar.fulfilment.stages import next_datasets
from dsar.fulfilment.walk import seed_keys
from dsar.models import Status, Step, StepKind, StepState, SubjectRequest
from dsar.models.transitions import Move, move
from dsar.queue import wake_workers
from dsar.tenantmap import TenantMap, tenant_map

_UNFINISHED = (StepState.READY, StepState.RUNNING)


def begin(subject_request: SubjectRequest) -> None:
    """Make the request's key and wake a worker to plan its steps, in the caller's transaction.

    The plan is not made here: a mistake in a data map is the team's to mend and must not cost the person the request.
    """
    subject_request.sealed_key = payloads.new_sealed_key()
    subject_request.save(update_fields=["sealed_key"])
    wake_workers()


def advance(subject_request: SubjectRequest, *, now: datetime) -> None:
    """Plan what is next once nothing of the request is under way; harmless when something is.

    First identities are found to a fixpoint, then rows are collected to a fixpoint, then the bundle is packed.
    """
    with transaction.atomic():
        # The request's row alone, and so that rows which point at it can still commit: whoever holds the audit
        # chain does that at its commit, while we wait for the chain.
        locking = SubjectRequest.objects.select_for_update(of=("self",), no_key=True)
        locked = locking.select_related("tenant").get(pk=subject_request.pk)
        steps = list(locked.steps.all())
        if locked.status != Status.FULFILLING or any(step.state in _UNFINISHED for step in steps):
            return
        planned = _next_steps(locked, steps)
        if planned:
            _create(locked, planned, now=now)
        elif queries.open_failures(locked):
            move(locked, by=Move.FINISH, to=Status.AWAITING_RELEASE)
            review_needed(locked, now=now)
        elif not any(step.kind == StepKind.PACK for step in steps):
            _create(locked, {(StepKind.PACK, "", 1)}, now=now)


Planned = set[tuple[StepKind, str, int]]


def _next_steps(subject_request: SubjectRequest, steps: list[Step]) -> Planned:
    tenants_map = tenant_map(subject_request.tenant)
    fingerprint = tenants_map.data_map.fingerprint
    SubjectRequest.objects.filter(pk=subject_request.pk).update(data_map_fingerprint=fingerprint, waits_for="")
    return _identify(subject_request, steps, tenants_map) or _collect(subject_request, steps, tenants_map)


def _identify(subject_request: SubjectRequest, steps: list[Step], tenants_map: TenantMap) -> Planned:
    """Return the next round of looking for identities: all stores anew if the last round found one."""
    if any(step.kind == StepKind.COLLECT for step in steps):
        return set()
    return _round(subject_request, steps, tenants_map, StepKind.IDENTIFY)


def _collect(subject_request: SubjectRequest, steps: list[Step], tenants_map: TenantMap) -> Planned:
    """Return the stores for which there are keys that were not asked yet."""
    return _round(subject_request, steps, tenants_map, StepKind.COLLECT)


def _round(subject_request: SubjectRequest, steps: list[Step], tenants_map: TenantMap, kind: StepKind) -> Planned:
    known = [step for step in steps if step.kind == kind]
    seen, graph = keyfiles.seen(subject_request, kind), tenants_map.graph
    seeds = seed_keys(graph, keyfiles.proven(subject_request))
    seeds.update(seen.outgoing)
    if kind == StepKind.IDENTIFY:
        seeds = seeds.within(graph.toward_identity_sources())
    left_out = {step.dataset for step in known if step.state == StepState.FAILED}
    left_out |= queries.excepted_datasets(subject_request).keys()
    pending = seeds.beyond(seen.asked).without_datasets(left_out)
    stage = max((step.stage for step in known), default=0) + 1
    return {(kind, dataset, stage) for dataset in next_datasets(tenants_map.data_map, graph, pending)}


def _create(subject_request: SubjectRequest, planned: Planned, *, now: datetime) -> None:
    for kind, dataset, stage in sorted(planned):
        Step.objects.create(subject_request=subject_request, kind=kind, dataset=dataset, stage=stage, not_before=now)
        note(subject_request, "step.planned", by=None, at=now, kind=str(kind), dataset=dataset or "bundle", stage=stage)
    wake_workers(len(planned))
