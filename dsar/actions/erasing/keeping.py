"""What is kept of an erasure while it is done: the ledger, by which a restored backup is erased again, and, for a short
time and unless the person refuses, what was taken."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime

from dsar.actions.erasing.planning import order_of
from dsar.certificate.facts import Restoration, RestorationState
from dsar.fulfilment.erasing.keeper import Keeper, Together
from dsar.fulfilment.ledger.ledger import Case
from dsar.fulfilment.ledger.recording import Recorder
from dsar.ledgers import erasure_ledger, ledger_hashes
from dsar.models import ErasureOrder, SubjectRequest
from dsar.restorations import RestorationGoneError, kept_restoration_log, new_restoration_log
from dsar.tenantmap import tenant_map
from dsar.wording import N_

Clock = Callable[[], datetime]


@dataclass(frozen=True)
class Keeping:
    """The keeper of one erasure; `restorable_until` is when what was taken is destroyed, None where nothing is kept."""

    keeper: Keeper
    restorable_until: datetime | None


def keeping_of(subject_request: SubjectRequest, *, clock: Clock) -> Keeping:
    """Return it; taken up again, an erasure goes on with the key and the end that it had. Raises KeyringError, OSError.

    What is taken is kept before a store is changed, the ledger is written after.
    """
    tenant = subject_request.tenant
    recorder = Recorder(
        erasure_ledger(),
        Case(tenant.slug, subject_request.reference),
        data_map=tenant_map(tenant).platform.data_map,
        hashes=ledger_hashes(tenant),
        clock=clock,
    )
    if not order_of(subject_request).keeps_copy:
        return Keeping(recorder, None)
    log, until = new_restoration_log(tenant, subject_request.reference, now=clock())
    ErasureOrder.objects.filter(subject_request=subject_request).update(restorable_until=until)
    return Keeping(Together((log, recorder)), until)


_NO_ROWS = N_("This kind of store gives no copy of its rows.")
_OVER = N_("The time for it was over before this was certified.")


def copies_of(subject_request: SubjectRequest, datasets: Collection[str], *, now: datetime) -> dict[str, Restoration]:
    """Return whether a copy is kept of what was removed in each of these datasets, as the log itself has it.

    Raises KeyringError, OSError, SealError.
    """
    order = order_of(subject_request)
    if not order.keeps_copy:
        return dict.fromkeys(datasets, Restoration(RestorationState.REFUSED))
    try:
        log = kept_restoration_log(subject_request.tenant, subject_request.reference, now=now)
    except RestorationGoneError:
        return dict.fromkeys(datasets, Restoration(RestorationState.NONE, why=_OVER))
    kept = Restoration(RestorationState.KEPT, order.restorable_until)
    none = Restoration(RestorationState.NONE, why=_NO_ROWS)
    return {dataset: kept if log.holds(dataset) else none for dataset in datasets}
