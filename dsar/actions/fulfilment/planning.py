"""Which steps come next. Everything is worked out from the rows, so it can be asked again at any time."""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from accounts.audit import together
from accounts.models import Tenant
from dsar import payloads, queries
from dsar.actions.correcting import planning as correcting
from dsar.actions.erasing import planning as erasing
from dsar.actions.fulfilment import keyfiles
from dsar.actions.fulfilment.scope import scope_of
from dsar.actions.trail import note
from dsar.datamap.graph import CollectionKey
from dsar.datamap.problems import DataMapError
from dsar.emails.requests import review_needed
from dsar.fulfilment.reach import Identities
from dsar.fulfilment.stages import next_datasets
from dsar.fulfilment.walk import seed_keys
from dsar.models import RequestType, Status, Step, StepKind, StepState, SubjectRequest
from dsar.models.transitions import Move, move
from dsar.queue import wake_workers
from dsar.stores.base import StoreConfigError
from dsar.tenantmap import TenantMap, tenant_map

logger = logging.getLogger(__name__)
_UNFINISHED = (StepState.READY, StepState.RUNNING)


def columns_for_steps(tenant: Tenant) -> dict[str, bytes | str]:
    """Return the columns that a request needs before `begin`: the key of what its steps collect, and by which map.

    With a mistake in the map the fingerprint is left out, and written once the mistake is mended.
    """
    key = {"sealed_key": payloads.new_sealed_key()}
    try:
        return key | {"data_map_fingerprint": tenant_map(tenant).data_map.fingerprint}
    except (DataMapError, StoreConfigError):
        return {**key}


def begin(subject_request: SubjectRequest, *, now: datetime) -> None:
    """Plan the first steps and wake a worker, in the caller's transaction.

    A mistake in a data map is the team's to mend and must not cost the person the request: a worker then plans.
    """
    try:
        _create(_planned(subject_request, list(subject_request.steps.all()), (), now=now), now=now)
    except (DataMapError, StoreConfigError) as error:
        logger.warning("request %s is planned later: %s", subject_request.pk, type(error).__name__)
        wake_workers()


def look(subject_request: SubjectRequest, *, now: datetime) -> None:
    """Plan the next preview of an erasure or a correction and wake a worker, in the caller's transaction."""
    planned = erasing.next_look(list(subject_request.steps.all()))
    _create(_steps(subject_request, planned, now=now), now=now)


def advance(subject_request: SubjectRequest, *, now: datetime) -> None:
    """Plan what is next once nothing of the request is under way; harmless when something is.

    First identities are found to a fixpoint, then rows are collected to a fixpoint, then the bundle is packed.
    """
    advance_all([subject_request], now=now)


def advance_all(subject_requests: Collection[SubjectRequest], *, now: datetime) -> None:
    """Plan what is next for each of them; what cannot be planned raises, and then none of them is."""
    with transaction.atomic(), together():
        # The requests' rows alone, and so that rows which point at them can still commit: whoever holds the audit
        # chain does that at its commit, while we wait for the chain. In one order, or two workers wait in a circle.
        locking = SubjectRequest.objects.select_for_update(of=("self",), no_key=True).order_by("pk")
        asked = locking.select_related("tenant").annotate(has_exceptions=queries.HAS_EXCEPTIONS)
        locked = asked.filter(pk__in=[item.pk for item in subject_requests]).prefetch_related("steps", "identities")
        planned = [step for item in locked for step in _next(item, with_exceptions=item.has_exceptions, now=now)]
        if planned:
            _create(planned, now=now)


def _next(locked: SubjectRequest, *, with_exceptions: bool, now: datetime) -> list[Step]:
    steps = list(locked.steps.all())
    if locked.status != Status.FULFILLING or any(step.state in _UNFINISHED for step in steps):
        return []
    excepted = queries.excepted_datasets(locked) if with_exceptions else {}
    return _planned(locked, steps, excepted, now=now)


def _planned(
    subject_request: SubjectRequest, steps: list[Step], excepted: Collection[str], *, now: datetime
) -> list[Step]:
    """Return the steps that come next, to be created; with none left the request waits for a reviewer."""
    if _is_erasure(subject_request) and erasing.has_changed(subject_request, steps):
        move(subject_request, by=Move.LOOK_AGAIN, to=Status.AWAITING_REVIEW)
        note(subject_request, "erasure.changed_since", by=None, at=now)
        review_needed(subject_request, now=now)
        return []
    planned = _next_steps(subject_request, steps, excepted)
    if not planned and queries.failures_without_exception(steps, excepted):
        move(subject_request, by=Move.FINISH, to=Status.AWAITING_RELEASE)
        review_needed(subject_request, now=now)
    elif not planned and not any(step.kind == StepKind.PACK for step in steps):
        planned = {(StepKind.PACK, "", 1)}
    return _steps(subject_request, planned, now=now)


Planned = set[tuple[StepKind, str, int]]


def _steps(subject_request: SubjectRequest, planned: Planned, *, now: datetime) -> list[Step]:
    is_erasure = _is_erasure(subject_request)
    return [
        Step(
            subject_request=subject_request,
            kind=kind,
            dataset=dataset,
            stage=stage,
            not_before=erasing.not_before(kind, subject_request, now=now) if is_erasure else now,
        )
        for kind, dataset, stage in sorted(planned)
    ]


def _is_erasure(subject_request: SubjectRequest) -> bool:
    return subject_request.type == RequestType.ERASURE


def _next_steps(subject_request: SubjectRequest, steps: list[Step], excepted: Collection[str]) -> Planned:
    tenants_map = tenant_map(subject_request.tenant)
    _stamp(subject_request, tenants_map.data_map.fingerprint)
    if _is_erasure(subject_request):
        return erasing.next_steps(subject_request, steps)
    if subject_request.type == RequestType.RECTIFICATION:
        return correcting.next_steps(subject_request, steps, excepted)
    planning = _Planning(subject_request, steps, tenants_map, keyfiles.proven(subject_request), excepted)
    # Identities are looked for first: all stores anew if the last round found one.
    if not any(step.kind == StepKind.COLLECT for step in steps):
        return planning.round(StepKind.IDENTIFY) or planning.round(StepKind.COLLECT)
    return planning.round(StepKind.COLLECT)


def _stamp(subject_request: SubjectRequest, fingerprint: str) -> None:
    """Write by which data map the request goes on, and that nothing holds it up."""
    if (subject_request.data_map_fingerprint, subject_request.waits_for) != (fingerprint, ""):
        subject_request.data_map_fingerprint, subject_request.waits_for = fingerprint, ""
        subject_request.save(update_fields=["data_map_fingerprint", "waits_for"])


@dataclass(frozen=True)
class _Planning:
    """What the next round of steps is worked out from."""

    subject_request: SubjectRequest
    steps: list[Step]
    tenants_map: TenantMap
    identities: Identities
    excepted: Collection[str]

    def round(self, kind: StepKind) -> Planned:
        """Return the stores for which there are keys that were not asked yet."""
        known = [step for step in self.steps if step.kind == kind]
        graph = self.tenants_map.graph
        seen = keyfiles.seen(self.subject_request, kind, known, self.identities)
        seeds = seed_keys(graph, self.identities)
        seeds.update(seen.outgoing)
        only = graph.toward_identity_sources() if kind == StepKind.IDENTIFY else self._walked()
        left_out = {step.dataset for step in known if step.state == StepState.FAILED} | set(self.excepted)
        waiting = seeds.waiting(seen.asked, only=only) - left_out
        stage = max((step.stage for step in known), default=0) + 1
        return {(kind, dataset, stage) for dataset in next_datasets(self.tenants_map.data_map, graph, waiting)}

    def _walked(self) -> frozenset[CollectionKey] | None:
        return scope_of(self.tenants_map, self.subject_request).walked(self.tenants_map.graph)


def name_of(step: Step) -> str:
    """Return what the audit trail calls a step's store, or the work that has none."""
    return step.dataset or ("bundle" if step.kind == StepKind.PACK else "all")


def _create(steps: Sequence[Step], *, now: datetime) -> None:
    Step.objects.bulk_create(steps)
    for step in steps:
        name = name_of(step)
        note(step.subject_request, "step.planned", by=None, at=now, kind=str(step.kind), dataset=name, stage=step.stage)
    wake_workers()
