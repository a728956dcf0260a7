"""The work of a correction's steps: look, write one store, read everything again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.db import transaction

from accounts.audit import together
from dsar.actions.correcting.files import read_proposals, write_facts
from dsar.actions.correcting.work import correction_of, order_of, shown, written_lines
from dsar.actions.fulfilment import keyfiles
from dsar.actions.fulfilment.collecting import Found
from dsar.actions.fulfilment.leases import Hold
from dsar.actions.trail import note
from dsar.fulfilment.correcting.correct import Correction, RowsChangedError
from dsar.fulfilment.keys import KeySet
from dsar.models import CorrectionOrder
from dsar.stores.base import StoreError

Clock = Callable[[], datetime]


def preview(hold: Hold, *, clock: Clock) -> Found:
    """Look what the person may correct; once they have proposed, where that is held and what would be written."""
    subject_request = hold.step.subject_request
    correction, order = correction_of(subject_request), order_of(subject_request)
    folder = f"requests/{subject_request.reference}/{hold.step.kind}-{hold.step.stage}-{hold.fence}"
    if order.proposed_at is None:
        rows, report = _facts(hold, correction, folder)
    else:
        proposed = read_proposals(subject_request, order)
        found = correction.preview(proposed.proposals, sha256=proposed.sha256)
        rows = sum(line.rows for line in found.lines if line.can_be_written)
        report = {"preview": found.document(), "fingerprint": found.fingerprint}
    keys = keyfiles.Collected(correction.search.keys, KeySet())
    changes = {
        "rows": rows,
        "report": report,
        "snapshot_at": clock(),
        "folder": folder,
        "keys_sha256": keyfiles.write(folder, keys, key=keyfiles.key_of(subject_request)),
    }
    return Found(changes, correction.search.proven, correction.search.unproven)


def _facts(hold: Hold, correction: Correction, folder: str) -> tuple[int, dict[str, object]]:
    """Look what may be corrected. Raises StoreError if a store could not be read: it is tried again."""
    found = correction.facts()
    if found.problems:
        raise StoreError("\n".join(found.problems), retry=True)
    sha256 = write_facts(hold.step.subject_request, folder, found.facts)
    return len(found.facts), {"facts_sha256": sha256, "left_out": found.left_out}


def correct(hold: Hold, *, clock: Clock) -> Found:
    """Write one store as it was approved, all or nothing; after a worker that died, what it left undone.

    Raises RowsChangedError, StoreError, LeaseLostError: nothing is written then.
    """
    step = hold.step
    subject_request = step.subject_request
    order, found = order_of(subject_request), shown(list(subject_request.steps.all()))
    if found is None or found.fingerprint != order.approved:
        raise RowsChangedError("what is to be written was not approved")
    lines = [line for line in found.chosen(order.approved_lines) if line.place.dataset == step.dataset]
    proposed = read_proposals(subject_request, order)
    correction = correction_of(subject_request)
    _begin(hold, now=clock())
    correction.change(lines, proposed.proposals, again=hold.fence > 1)
    written = [[line.place.collection, line.place.path, line.proposal] for line in lines]
    return Found({"rows": sum(line.rows for line in lines), "report": {"written": written}}, frozenset(), frozenset())


def verify(hold: Hold, *, clock: Clock) -> Found:
    """Read again what was written. Raises RowsChangedError if an old value stands there, StoreError if one is down."""
    subject_request = hold.step.subject_request
    order = order_of(subject_request)
    written = written_lines(order, list(subject_request.steps.all()))
    proof = correction_of(subject_request).verify(written, read_proposals(subject_request, order).proposals)
    left = sum(line.rows for line in proof.lines)
    if left:
        raise RowsChangedError(f"{left} rows hold the old value when everything is read again")
    changes = {"rows": sum(line.done for line in proof.lines), "report": {"proof": proof.document()}}
    return Found({**changes, "snapshot_at": clock()}, frozenset(), frozenset())


def _begin(hold: Hold, *, now: datetime) -> None:
    """Say before the first writing that nobody can stop it any more. Raises LeaseLostError if somebody has."""
    subject_request = hold.step.subject_request
    with transaction.atomic(), together():
        # Whoever stops a request cancels its steps first and looks at this afterwards: one of the two gives way.
        hold.renew(now=now)
        orders = CorrectionOrder.objects.filter(subject_request=subject_request, begun_at=None)
        if orders.update(begun_at=now) == 1:
            note(subject_request, "correction.begun", by=None, at=now)
