"""The work of an erasure's steps: look, change one store, read everything again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.db import transaction

from accounts.audit import together
from dsar.actions.erasing.deciding import is_held
from dsar.actions.erasing.keeping import keeping_of
from dsar.actions.erasing.planning import order_of
from dsar.actions.erasing.work import erasure_of, keep, known, latest_preview, shown
from dsar.actions.fulfilment.collecting import Found
from dsar.actions.fulfilment.leases import Hold
from dsar.actions.suspending import due as suspending
from dsar.actions.trail import note
from dsar.fulfilment.erasing.erase import PlanChangedError, Search
from dsar.fulfilment.erasing.fate import Fate
from dsar.fulfilment.erasing.preview import Preview
from dsar.fulfilment.joinkey import CollectionKey
from dsar.fulfilment.restoring.keeping import not_restorable
from dsar.models import ErasureOrder, SubjectRequest
from dsar.stores.base import StoreError
from dsar.tenantmap import tenant_map

Clock = Callable[[], datetime]


def preview(hold: Hold, *, clock: Clock) -> Found:
    """Look at everything that would be done. A store that cannot be read is a problem of the preview."""
    subject_request = hold.step.subject_request
    erasure = erasure_of(subject_request, known=known(subject_request))
    found = erasure.preview()
    search = erasure.search
    changes = {
        "rows": found.to_do,
        "report": {
            "preview": found.document(),
            "fingerprint": found.fingerprint,
            "unkept": sorted(_unkept(subject_request, found)),
        },
        "snapshot_at": clock(),
        **keep(hold, search),
    }
    return Found(changes, search.proven, search.unproven)


def _unkept(subject_request: SubjectRequest, found: Preview) -> frozenset[CollectionKey]:
    platform = tenant_map(subject_request.tenant).platform
    changed = (key for key, part in found.parts.items() if part.to_do)
    return not_restorable(changed, data_map=platform.data_map, open_store=platform.store)


def erase(hold: Hold, *, clock: Clock) -> Found:
    """Change one store as it was approved, all or nothing; after a worker that died, what it left undone.

    Raises PlanChangedError, StoreError, LeaseLostError: nothing is changed then.
    """
    step = hold.step
    subject_request = step.subject_request
    preview = _approved(subject_request)
    approved, found = preview.of(step.dataset), known(subject_request)
    _begin(hold, now=clock())
    keeper = keeping_of(subject_request, clock=clock).keeper
    if found is not None and step.dataset == preview.changed_datasets()[0]:
        keeper.begin(found.keys, found.identities)
    erasure = erasure_of(subject_request, known=found, keeper=keeper)
    erasure.change(step.dataset, approved, again=hold.fence > 1)
    erased = {
        key[1]: {"deleted": part.count(Fate.DELETE), "masked": part.count(Fate.MASK)} for key, part in approved.items()
    }
    rows = sum(part.to_do for part in approved.values())
    return Found({"rows": rows, "report": {"erased": erased}}, frozenset(), frozenset())


def verify(hold: Hold, *, clock: Clock) -> Found:
    """Read everything again. Raises PlanChangedError if rows are left or have come since, StoreError if one is down."""
    subject_request = hold.step.subject_request
    erasure = erasure_of(subject_request, known=known(subject_request))
    for dataset in _approved(subject_request).changed_datasets():
        erasure.clear_up(dataset)
    proof = erasure.verify()
    if proof.problems:
        raise StoreError("\n".join(proof.problems), retry=True)
    left = proof.to_do
    if left:
        raise PlanChangedError(f"{left} rows were found when everything was read again")
    _remember_others(hold, erasure.search, clock=clock)
    changes = {"rows": proof.count(*Fate), "report": {"preview": proof.document()}, "snapshot_at": clock()}
    return Found(changes, frozenset(), frozenset())


def _remember_others(hold: Hold, search: Search, *, clock: Clock) -> None:
    """Write into the ledger that nothing is left in the stores that needed no change, too: a backup may hold more."""
    subject_request = hold.step.subject_request
    preview = _approved(subject_request)
    changed, keeper = preview.changed_datasets(), keeping_of(subject_request, clock=clock).keeper
    if not changed:
        keeper.begin(search.keys, search.identities)
    for dataset in tenant_map(subject_request.tenant).platform.data_map.datasets:
        if dataset.key not in changed:
            keeper.after(dataset.key)


def _approved(subject_request: SubjectRequest) -> Preview:
    """Return the preview that is carried out. Raises PlanChangedError if it is not what was approved."""
    latest = latest_preview(list(subject_request.steps.all()))
    preview = shown(latest) if latest is not None else None
    if preview is None or preview.fingerprint != order_of(subject_request).approved:
        raise PlanChangedError("what is to be erased was not approved")
    return preview


def _begin(hold: Hold, *, now: datetime) -> None:
    """Say before the first change that nobody can stop it any more.

    Raises LeaseLostError if somebody has, just now, and PlanChangedError if a legal hold was set meanwhile.
    """
    subject_request = hold.step.subject_request
    if is_held(subject_request, now=now):
        raise PlanChangedError("the person is under legal hold by now")
    with transaction.atomic(), together():
        # Whoever stops a request cancels its steps first and looks at this afterwards: one of the two gives way.
        hold.renew(now=now)
        orders = ErasureOrder.objects.filter(subject_request=subject_request, begun_at=None)
        if orders.update(begun_at=now) == 1:
            suspending.end(subject_request, now=now)
            note(subject_request, "erasure.begun", by=None, at=now)
