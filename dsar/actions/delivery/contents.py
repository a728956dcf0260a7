"""Gather what a bundle tells from the rows that the steps have left."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import Any

from django.utils import translation

from dsar import payloads, queries
from dsar.actions.correcting import disputes
from dsar.actions.fulfilment.rowfiles import RowFiles
from dsar.actions.fulfilment.scope import scope_of
from dsar.bundle.contents import BundleContents, StoreContents, UsedIdentity
from dsar.datamap.model import Dataset
from dsar.fulfilment.outcome import Outcome, Reading
from dsar.fulfilment.walk import CollectionCounts
from dsar.models import RequestType, Step, StepKind, StepState, SubjectRequest
from dsar.tenantmap import TenantMap, tenant_map


def gather(subject_request: SubjectRequest, *, now: datetime) -> BundleContents:
    """Return everything the request's bundle tells; each collection of the data map is in it."""
    tenants_map = tenant_map(subject_request.tenant)
    identities = list(subject_request.identities.order_by("kind", "value"))
    proven = frozenset(item.kind for item in identities if item.proven_at)
    gathering = _Gathering(subject_request, tenants_map, proven)
    with translation.override(subject_request.reads):
        asked_for = str(RequestType(subject_request.type).label)
    return BundleContents(
        reference=subject_request.reference,
        request_type=subject_request.type.upper(),
        request_type_label=asked_for,
        tenant_name=subject_request.tenant.name,
        tenant_contact=subject_request.tenant.contact_email,
        received_at=subject_request.received_at,
        prepared_at=now,
        identities=tuple(UsedIdentity(i.kind, i.value, i.proven_by) for i in identities if i.proven_at),
        unproven_identities=tuple(UsedIdentity(i.kind, i.value, i.proven_by) for i in identities if not i.proven_at),
        data_map=tenants_map.data_map,
        stores=tuple(gathering.store(dataset) for dataset in tenants_map.data_map.datasets),
        exceptions=gathering.exceptions(),
        disputes=disputes.of_person(subject_request, now=now),
        part=gathering.part,
        language=subject_request.reads,
        complaint=subject_request.complaint,
    )


class _Gathering:
    def __init__(self, subject_request: SubjectRequest, tenants_map: TenantMap, kinds: frozenset[str]) -> None:
        self._key = payloads.open_key(subject_request.sealed_key)
        scope = scope_of(tenants_map, subject_request)
        self.part = scope.part
        self._outcome = Outcome(scope, tenants_map.plan(kinds).unreached)
        self._steps: dict[str, list[Step]] = defaultdict(list)
        for step in subject_request.steps.exclude(kind=StepKind.PACK).order_by("stage"):
            self._steps[step.dataset].append(step)
        failed = any(step.state == StepState.FAILED for steps in self._steps.values() for step in steps)
        self._excepted = queries.excepted_datasets(subject_request) if failed else {}

    def exceptions(self) -> tuple[str, ...]:
        return tuple(f"{name}: {decision.reason}" for name, decision in sorted(self._excepted.items()))

    def store(self, dataset: Dataset) -> StoreContents:
        steps = self._steps[dataset.key]
        done = [step for step in steps if step.kind == StepKind.COLLECT and step.state == StepState.DONE]
        return self._outcome.store(dataset, [self._reading(step) for step in done], failure=self._failure(steps))

    def _failure(self, steps: list[Step]) -> str:
        failed = next((step for step in steps if step.state == StepState.FAILED), None)
        if failed is None:
            return ""
        exception = self._excepted.get(failed.dataset)
        return f"{failed.error} (released without it: {exception.reason})" if exception else failed.error

    def _reading(self, step: Step) -> Reading:
        return Reading(
            counts={name: _counts(told) for name, told in step.report["collections"].items()},
            undeclared=[(collection, name) for collection, name in step.report["undeclared"]],
            snapshot_at=step.snapshot_at,
            blocks=RowFiles.of(step, key=self._key).blocks,
            sizes=step.report["sizes"],
        )


def _counts(told: dict[str, Any]) -> CollectionCounts:
    types = {field: set(seen) for field, seen in told["types"].items()}
    return CollectionCounts(told["rows"], told["withheld"], told["seconds"], types, told.get("outside", 0))
