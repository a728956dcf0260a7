"""The work of a step that reads a store."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dsar import payloads
from dsar.actions.fulfilment import keyfiles
from dsar.actions.fulfilment.leases import Heartbeat, Hold
from dsar.actions.fulfilment.scope import scope_of
from dsar.bundle.sealing import SealKey
from dsar.datamap.model import Collection
from dsar.fulfilment.keys import KeySet
from dsar.fulfilment.spool import Spool
from dsar.fulfilment.walk import Sink, WalkInput, WalkResult, seed_keys, walk
from dsar.models import Step, StepState, SubjectRequest
from dsar.stores.base import Snapshot, Undeclared
from dsar.tenantmap import TenantMap, tenant_map
from dsar.values import Row

Clock = Callable[[], datetime]


@dataclass(frozen=True)
class Found:
    """What a step brings home. Identities are (kind, value, where found); `anew`: earlier steps of this store go."""

    changes: dict[str, Any]
    proven: frozenset[tuple[str, str, str]]
    unproven: frozenset[tuple[str, str, str]]
    anew: bool = False


def identify(hold: Hold, *, clock: Clock) -> Found:
    """Walk the part of a store that leads to further identities; no row is kept. Raises StoreError."""
    subject_request = hold.step.subject_request
    tenants_map, folder = tenant_map(subject_request.tenant), _folder(hold)
    start = _Start(subject_request, tenants_map, hold.step)
    with tenants_map.store(hold.step.dataset).snapshot() as snapshot:
        result = _walk(start, hold, snapshot, _drop, clock, only=tenants_map.graph.toward_identity_sources())
        taken_at = snapshot.taken_at
    changes = {
        "snapshot_at": taken_at,
        "folder": folder,
        "keys_sha256": _write_keys(folder, result, subject_request),
        "report": {"identities": sum(map(len, start.identities.values())), "proven": len(result.proven)},
    }
    return Found(changes, frozenset(result.proven), frozenset(result.unproven))


def collect(hold: Hold, *, clock: Clock) -> Found:
    """Read everything in one store that the known keys lead to, into encrypted files. Raises StoreError."""
    step, subject_request = hold.step, hold.step.subject_request
    tenants_map, key = tenant_map(subject_request.tenant), payloads.open_key(subject_request.sealed_key)
    scope, folder = scope_of(tenants_map, subject_request.type), _folder(hold)
    start = _Start(subject_request, tenants_map, step)
    with (
        tenants_map.store(step.dataset).snapshot() as snapshot,
        Spool(scope.dropped) as spool,
    ):
        result = _walk(start, hold, snapshot, spool, clock)
        for collection in filter(scope.drops_all, tenants_map.data_map.dataset(step.dataset).collections):
            result.counts.pop(collection.name, None)
        _store(folder, spool, hold, key, clock)
        changes = {
            "snapshot_at": snapshot.taken_at,
            "folder": folder,
            "keys_sha256": _write_keys(folder, result, subject_request),
            "rows": sum(counts.rows for counts in result.counts.values()),
            "report": _report(result, snapshot.undeclared()),
        }
    return Found(changes, frozenset(result.proven), frozenset(result.unproven), start.anew)


def _folder(hold: Hold) -> str:
    step = hold.step
    return f"requests/{step.subject_request.reference}/{step.kind}-{step.stage}-{step.dataset}-{hold.fence}"


def _write_keys(folder: str, result: WalkResult, subject_request: SubjectRequest) -> str:
    keys = keyfiles.Collected(result.asked, result.outgoing)
    return keyfiles.write(folder, keys, key=payloads.open_key(subject_request.sealed_key))


class _Start:
    """What a step begins with: the identities and keys that are known, and what its store was asked before."""

    def __init__(self, subject_request: SubjectRequest, tenants_map: TenantMap, step: Step) -> None:
        self.tenants_map = tenants_map
        self.identities = keyfiles.proven(subject_request)
        done = list(subject_request.steps.filter(kind=step.kind, state=StepState.DONE))
        # A later key may add elements to an array that was delivered cut down: that store is read from the start.
        self.anew = any(item.report.get("by_elements") for item in done if item.dataset == step.dataset)
        seen = keyfiles.seen(subject_request, step.kind, done, self.identities)
        self.seeds = seed_keys(tenants_map.graph, self.identities)
        self.seeds.update(seen.outgoing)
        self.asked = KeySet() if self.anew else seen.asked.of_dataset(step.dataset)


def _walk(
    start: _Start,
    hold: Hold,
    snapshot: Snapshot,
    sink: Sink,
    clock: Clock,
    only: frozenset[tuple[str, str]] | None = None,
) -> WalkResult:
    data_map = start.tenants_map.data_map
    work = WalkInput(
        data_map=data_map,
        dataset=data_map.dataset(hold.step.dataset),
        graph=start.tenants_map.graph,
        identities=start.identities,
        seeds=start.seeds,
        asked_before=start.asked,
        parameters={"tenant": hold.step.subject_request.tenant_id},
        only_collections=only,
    )
    return walk(work, snapshot=snapshot, sink=sink, progress=_Progress(Heartbeat(hold, clock)))


def _drop(_collection: Collection, _row: Row) -> None:
    """Keep no row: while identities are looked for, only keys matter."""


class _Progress:
    """Tells how far the step is."""

    def __init__(self, heartbeat: Heartbeat) -> None:
        self._heartbeat = heartbeat
        self._found: dict[str, int] = {}

    def __call__(self, collection: str, rows: int) -> None:
        self._found[collection] = rows
        self._heartbeat(rows=sum(self._found.values()), report={"now": collection, "found": self._found})


def _store(folder: str, spool: Spool, hold: Hold, key: SealKey, clock: Clock) -> None:
    heartbeat = Heartbeat(hold, clock)
    for name, file in spool.files():
        payloads.put(f"{folder}/{name}.jsonl.age", file, key=key)
        heartbeat()


def _report(result: WalkResult, undeclared: Iterable[Undeclared]) -> dict[str, Any]:
    return {
        "collections": {
            name: {
                "rows": counts.rows,
                "withheld": counts.withheld,
                "seconds": round(counts.seconds, 3),
                "types": {field: sorted(types) for field, types in counts.types.items()},
            }
            for name, counts in result.counts.items()
        },
        "undeclared": [[item.collection, item.name] for item in undeclared],
        "by_elements": sorted(result.by_elements),
    }
