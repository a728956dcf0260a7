"""The work of a step that reads a store."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dsar import payloads
from dsar.actions.fulfilment import keyfiles, rowfiles
from dsar.actions.fulfilment.leases import Heartbeat, Hold
from dsar.actions.fulfilment.scope import scope_of
from dsar.datamap.model import Collection
from dsar.fulfilment.keys import KeySet
from dsar.fulfilment.narrowing import Dated
from dsar.fulfilment.spool import Spool
from dsar.fulfilment.walk import Sink, WalkInput, WalkResult, seed_keys, walk
from dsar.models import Step, StepKind, StepState, SubjectRequest
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


class Reading:
    """The reading of a step, alone or together with others: what is asked, where rows go, and what is brought home."""

    def __init__(self, hold: Hold) -> None:
        self.hold, self.tenants_map = hold, tenant_map(hold.step.subject_request.tenant)
        self.start = _Start(hold.step.subject_request, self.tenants_map, hold.step)
        self.folder = _folder(hold)

    @property
    def sink(self) -> Sink:
        raise NotImplementedError

    @property
    def only(self) -> frozenset[tuple[str, str]] | None:
        """The collections that are read; None for all."""
        return None

    def work(self) -> WalkInput:
        data_map = self.tenants_map.data_map
        return WalkInput(
            data_map=data_map,
            dataset=data_map.dataset(self.hold.step.dataset),
            graph=self.tenants_map.graph,
            identities=self.start.identities,
            seeds=self.start.seeds,
            asked_before=self.start.asked,
            parameters={"tenant": self.hold.step.subject_request.tenant_id},
            only_collections=self.only,
        )

    def found(self, result: WalkResult, snapshot: Snapshot, *, clock: Clock) -> Found:
        """Put what was read into storage, and return what the step's row is to say. Raises what storage raises."""
        changes = {
            "snapshot_at": snapshot.taken_at,
            "folder": self.folder,
            "keys_sha256": _write_keys(self.folder, result, self.hold.step.subject_request),
            **self._facts(result, snapshot),
        }
        return Found(changes, frozenset(result.proven), frozenset(result.unproven), self.start.anew)

    def _facts(self, result: WalkResult, snapshot: Snapshot) -> dict[str, Any]:
        raise NotImplementedError

    def close(self) -> None:
        """Let go of what is held until the end."""


class Identifying(Reading):
    """Walks the part of a store that leads to further identities; no row is kept."""

    @property
    def sink(self) -> Sink:
        return _drop

    @property
    def only(self) -> frozenset[tuple[str, str]]:
        return self.tenants_map.graph.toward_identity_sources()

    def _facts(self, result: WalkResult, snapshot: Snapshot) -> dict[str, Any]:
        known = sum(map(len, self.start.identities.values()))
        return {"report": {"identities": known, "proven": len(result.proven)}}


class Collecting(Reading):
    """Reads everything in one store that the known keys lead to, into encrypted files."""

    def __init__(self, hold: Hold) -> None:
        super().__init__(hold)
        subject_request = hold.step.subject_request
        self._key = payloads.open_key(subject_request.sealed_key)
        self._scope = scope_of(self.tenants_map, subject_request)
        self._spool = Spool(self._scope.unwritten)
        self._dated = Dated(self._spool, self._scope.part)
        self._places: rowfiles.Places = {}

    @property
    def sink(self) -> Sink:
        return self._dated if self._scope.part.is_dated else self._spool

    @property
    def only(self) -> frozenset[tuple[str, str]] | None:
        return self._scope.walked(self.tenants_map.graph)

    def found(self, result: WalkResult, snapshot: Snapshot, *, clock: Clock) -> Found:
        dataset = self.tenants_map.data_map.dataset(self.hold.step.dataset)
        self._dated.settle(result.counts)
        for collection in filter(self._scope.drops_all, dataset.collections):
            result.counts.pop(collection.name, None)
        beat = Heartbeat(self.hold, clock)
        self._places = rowfiles.write(self.folder, self._spool, key=self._key, beat=beat)
        return super().found(result, snapshot, clock=clock)

    def _facts(self, result: WalkResult, snapshot: Snapshot) -> dict[str, Any]:
        rows = sum(counts.rows for counts in result.counts.values())
        kept = {"sizes": self._spool.sizes(), "together": self._places}
        return {"rows": rows, "report": kept | _report(result, snapshot.undeclared())}

    def close(self) -> None:
        self._spool.__exit__(None, None, None)


def reading_of(hold: Hold) -> Reading:
    """Return the reading of an IDENTIFY or COLLECT step. Raises PayloadGoneError, KeyFileError, SealError."""
    return Identifying(hold) if hold.step.kind == StepKind.IDENTIFY else Collecting(hold)


def read(hold: Hold, *, clock: Clock) -> Found:
    """Do a step's reading alone. Raises StoreError."""
    with closing(reading_of(hold)) as reading, reading.tenants_map.store(hold.step.dataset).snapshot() as snapshot:
        progress = _Progress(Heartbeat(hold, clock))
        result = walk(reading.work(), snapshot=snapshot, sink=reading.sink, progress=progress)
        return reading.found(result, snapshot, clock=clock)


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
        done = [item for item in subject_request.steps.all() if (item.kind, item.state) == (step.kind, StepState.DONE)]
        # A later key may add elements to an array that was delivered cut down: that store is read from the start.
        self.anew = any(item.report.get("by_elements") for item in done if item.dataset == step.dataset)
        seen = keyfiles.seen(subject_request, step.kind, done, self.identities)
        self.seeds = seed_keys(tenants_map.graph, self.identities)
        self.seeds.update(seen.outgoing)
        self.asked = KeySet() if self.anew else seen.asked


def _drop(_collection: Collection, _rows: Sequence[Row]) -> None:
    """Keep no row: while identities are looked for, only keys matter."""


class _Progress:
    """Tells how far the step is."""

    def __init__(self, heartbeat: Heartbeat) -> None:
        self._heartbeat = heartbeat
        self._found: dict[str, int] = {}

    def __call__(self, collection: str, rows: int) -> None:
        self._found[collection] = rows
        self._heartbeat(rows=sum(self._found.values()), report={"now": collection, "found": self._found})


def _report(result: WalkResult, undeclared: Iterable[Undeclared]) -> dict[str, Any]:
    return {
        "collections": {
            name: {
                "rows": counts.rows,
                "withheld": counts.withheld,
                "seconds": round(counts.seconds, 3),
                "types": {field: sorted(types) for field, types in counts.types.items()},
                **({"outside": counts.outside} if counts.outside else {}),
            }
            for name, counts in result.counts.items()
        },
        "undeclared": [[item.collection, item.name] for item in undeclared],
        "by_elements": sorted(result.by_elements),
    }
