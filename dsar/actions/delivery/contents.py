"""Gather what a bundle tells from the rows that the steps have left."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from dsar import payloads, queries
from dsar.actions.fulfilment.scope import Scope
from dsar.bundle.contents import (
    BundleContents,
    CollectionContents,
    CollectionState,
    OpenLines,
    StoreContents,
    UsedIdentity,
)
from dsar.bundle.sealing import SealKey
from dsar.datamap.model import Collection, Dataset
from dsar.datamap.plan import make_plan
from dsar.models import RequestType, Step, StepKind, StepState, SubjectRequest
from dsar.tenantmap import TenantMap, tenant_map

_SECRET = "secret: a password, key or token, which no bundle may show"  # noqa: S105 - a reason, not a secret
_INFERRED = "inferred: portability delivers what was provided or observed (GDPR Article 20)"


def gather(subject_request: SubjectRequest, *, now: datetime) -> BundleContents:
    """Return everything the request's bundle tells; each collection of the data map is in it."""
    tenants_map = tenant_map(subject_request.tenant)
    identities = list(subject_request.identities.order_by("kind", "value"))
    gathering = _Gathering(subject_request, tenants_map)
    return BundleContents(
        reference=subject_request.reference,
        request_type=subject_request.type.upper(),
        request_type_label=str(RequestType(subject_request.type).label),
        tenant_name=subject_request.tenant.name,
        tenant_contact=subject_request.tenant.contact_email,
        received_at=subject_request.received_at,
        prepared_at=now,
        identities=tuple(UsedIdentity(i.kind, i.value, i.proven_by) for i in identities if i.proven_at),
        unproven_identities=tuple(UsedIdentity(i.kind, i.value, i.proven_by) for i in identities if not i.proven_at),
        data_map=tenants_map.data_map,
        stores=tuple(gathering.store(dataset) for dataset in tenants_map.data_map.datasets),
        exceptions=gathering.exceptions(),
        language=subject_request.language,
    )


class _Gathering:
    def __init__(self, subject_request: SubjectRequest, tenants_map: TenantMap) -> None:
        self._key = payloads.open_key(subject_request.sealed_key)
        self._scope = Scope(tenants_map, subject_request.type)
        kinds = subject_request.identities.filter(proven_at__isnull=False).values_list("kind", flat=True)
        self._unreached = make_plan(tenants_map.data_map, tenants_map.graph, frozenset(kinds)).unreached
        self._excepted = queries.excepted_datasets(subject_request)
        self._steps: dict[str, list[Step]] = defaultdict(list)
        for step in subject_request.steps.exclude(kind=StepKind.PACK).order_by("stage"):
            self._steps[step.dataset].append(step)

    def exceptions(self) -> tuple[str, ...]:
        return tuple(f"{name}: {decision.reason}" for name, decision in sorted(self._excepted.items()))

    def store(self, dataset: Dataset) -> StoreContents:
        steps = self._steps[dataset.key]
        done = [step for step in steps if step.kind == StepKind.COLLECT and step.state == StepState.DONE]
        names = {(collection, name) for step in done for collection, name in step.report["undeclared"]}
        return StoreContents(
            dataset=dataset.key,
            collections=tuple(self._collection(item, steps, done, names) for item in dataset.collections),
            snapshot_at=min((step.snapshot_at for step in done if step.snapshot_at), default=None),
            undeclared=tuple(sorted(collection for collection, name in names if not name)),
        )

    def _collection(
        self, collection: Collection, steps: list[Step], done: list[Step], undeclared: set[tuple[str, str]]
    ) -> CollectionContents:
        counts = [step.report["collections"].get(collection.name, {}) for step in done]
        rows = sum(count.get("rows", 0) for count in counts)
        types: dict[str, set[str]] = defaultdict(set)
        for count in counts:
            for field, seen in count.get("types", {}).items():
                types[field].update(seen)
        state, reason = self._state(collection, steps, asked=any(counts), rows=rows)
        return CollectionContents(
            collection=collection,
            state=state,
            reason=reason,
            rows=rows,
            withheld=sum(count.get("withheld", 0) for count in counts),
            seconds=sum(count.get("seconds", 0.0) for count in counts),
            types={field: frozenset(seen) for field, seen in types.items()},
            undeclared=tuple(sorted(name for owner, name in undeclared if owner == collection.name and name)),
            excluded_fields=self._excluded(collection),
            open_lines=self._lines(collection.name, done) if rows else None,
        )

    def _state(
        self, collection: Collection, steps: list[Step], *, asked: bool, rows: int
    ) -> tuple[CollectionState, str]:
        if collection.skip_processing:
            return CollectionState.EXCLUDED, "the data map says not to process it"
        if self._scope.drops_all(collection):
            return CollectionState.EXCLUDED, _INFERRED
        failed = [step for step in steps if step.state == StepState.FAILED]
        if failed:
            exception = self._excepted.get(collection.dataset)
            why = f"{failed[0].error} (released without it: {exception.reason})" if exception else failed[0].error
            return CollectionState.FAILED, why
        if rows:
            return CollectionState.DELIVERED, ""
        if asked:
            return CollectionState.EMPTY, ""
        return CollectionState.UNREACHED, self._unreached.get(collection.key, "no row was found that leads here")

    def _excluded(self, collection: Collection) -> dict[str, str]:
        inferred = dict.fromkeys(self._scope.dropped(collection), _INFERRED)
        return inferred | dict.fromkeys(collection.secret_paths, _SECRET)

    def _lines(self, name: str, done: list[Step]) -> OpenLines:
        folders = [step.folder for step in done if step.report["collections"].get(name, {}).get("rows")]
        return lambda: _open_lines(folders, name, self._key)


@contextmanager
def _open_lines(folders: list[str], name: str, key: SealKey) -> Iterator[Iterator[bytes]]:
    yield _chain(folders, name, key)


def _chain(folders: list[str], name: str, key: SealKey) -> Iterator[bytes]:
    for folder in folders:
        with payloads.lines(f"{folder}/{name}.jsonl.age", key=key) as lines:
            yield from lines
