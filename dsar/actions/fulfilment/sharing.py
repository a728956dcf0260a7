"""One reading that serves many requests: steps of one store that wait at the same time are taken and walked together.

Each step keeps its own lease, fence, rows, keys and failure; only the store is read once for all (docs/decisions/0007).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from datetime import datetime

from django.db.models import prefetch_related_objects

from dsar.actions.fulfilment.collecting import Found, Reading, reading_of
from dsar.actions.fulfilment.leases import Hold, claim_beside
from dsar.datamap.problems import DataMapError
from dsar.fulfilment.walk import WalkResult
from dsar.fulfilment.walk_many import Errand, walk_many
from dsar.models import StepKind
from dsar.stores.base import Snapshot, StoreConfigError
from dsar.tenantmap import TenantMap, tenant_map

#: Kinds of store that read everything to find a few rows: as many as possible share that.
_SCANNING = frozenset({"objects"})
MOST_OF_A_SCAN = 200
#: A store with indexes gains less, and a person with very many rows holds up those who share.
MOST_OF_A_LOOKUP = 10
#: Steps times collections: each may have a file open.
_MOST_FILES = 500


def beside(hold: Hold, *, now: datetime) -> list[Hold]:
    """Take further ready steps of the same store that can share the reading of this one; none if there are none."""
    step = hold.step
    if step.kind not in (StepKind.IDENTIFY, StepKind.COLLECT) or step.attempts > 1 or not hold.more:
        return []  # what was tried before is tried alone: it may be what fails
    try:
        tenants_map = tenant_map(step.subject_request.tenant)
        scans = tenants_map.store(step.dataset).kind in _SCANNING
    except (DataMapError, StoreConfigError):
        return []  # the step itself will say so
    most = min(MOST_OF_A_SCAN if scans else MOST_OF_A_LOOKUP, _MOST_FILES // _collections(tenants_map, step.dataset))
    # Where no scan is saved, other workers get their share.
    return claim_beside(hold, most=most - 1, leaves_half=not scans, now=now)


def _collections(tenants_map: TenantMap, dataset: str) -> int:
    return max(1, len(tenants_map.data_map.dataset(dataset).collections))


def read_many(holds: Sequence[Hold], *, clock: Callable[[], datetime]) -> list[Found | Exception]:
    """Do the readings of several steps of one store together; what goes wrong for one alone is in its place.

    Raises StoreError and StoreConfigError if the store fails, which fails all.
    """
    step = holds[0].step
    prefetch_related_objects([hold.step.subject_request for hold in holds], "identities", "steps")
    with ExitStack() as stack:
        readings = [_begin(hold, stack) for hold in holds]
        snapshot = stack.enter_context(tenant_map(step.subject_request.tenant).store(step.dataset).snapshot())
        going = [reading for reading in readings if isinstance(reading, Reading)]
        results = iter(walk_many([Errand(item.work(), item.sink) for item in going], snapshot=snapshot))
        return [
            item if isinstance(item, Exception) else _found(item, next(results), snapshot, clock) for item in readings
        ]


def _begin(hold: Hold, stack: ExitStack) -> Reading | Exception:
    try:
        return stack.enter_context(closing(reading_of(hold)))
    except Exception as error:  # its key or its files are gone: the others go on
        return error


def _found(
    reading: Reading, result: WalkResult | Exception, snapshot: Snapshot, clock: Callable[[], datetime]
) -> Found | Exception:
    if isinstance(result, Exception):
        return result
    try:
        return reading.found(result, snapshot, clock=clock)
    except Exception as error:  # a lost lease, or storage: the others are put away all the same
        return error
