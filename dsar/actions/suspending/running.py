"""Hide and show accounts in the tenants' stores: woken by what settles a request, and swept up by beat."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Any

from django.db import transaction

from dsar.actions.erasing.work import walk_of
from dsar.actions.suspending.claims import Claim, claim
from dsar.actions.trail import note
from dsar.actions.writing.turns import run_turn
from dsar.datamap.problems import DataMapError
from dsar.datamap.states import StateKind
from dsar.fulfilment.joinkey import CollectionKey
from dsar.fulfilment.stating.apply import apply, places
from dsar.fulfilment.stating.put_back import put_back
from dsar.models import Visibility
from dsar.stores.base import StoreConfigError

logger = logging.getLogger(__name__)

#: How the report names what is wrong with the whole data map, in the place of a store.
WHOLE_MAP = ""


def run_due(*, clock: Callable[[], datetime]) -> int:
    """Write everything that is due; return how many are done. One that fails holds up no other."""
    return run_turn(partial(claim, clock=clock), _run, clock=clock)


def _run(held: Claim) -> bool:
    """Write one; return whether it is done. Raises OvertakenError."""
    try:
        return _show(held) if held.row.wanted == Visibility.SHOWN else _hide(held)
    except (DataMapError, StoreConfigError) as error:
        return _postpone(held, {**held.row.report, "problems": {WHOLE_MAP: str(error)}})


def _hide(held: Claim) -> bool:
    row = held.row
    work = walk_of(row.subject_request)
    wanted = places(work, StateKind.SUSPEND)
    applied = apply(work, StateKind.SUSPEND, wanted, kept=held.kept, keep=held.keep, check=held.check)
    report = {"hidden": _hidden(row.report, applied.rows, now=held.clock()), "problems": dict(applied.problems)}
    if applied.problems:
        return _postpone(held, report)
    with transaction.atomic():
        held.finish(report=report)
        counts = {"rows": sum(applied.rows.values()), "collections": len(wanted)}
        if counts["rows"]:
            note(row.subject_request, "erasure.account_hidden", by=None, at=held.clock(), **counts)
    return True


def _show(held: Claim) -> bool:
    row = held.row
    work = walk_of(row.subject_request)
    found = put_back(work, kept=held.kept, keep=held.keep, check=held.check)
    if found.problems:
        left = held.kept.datasets()
        hidden = [item for item in row.report.get("hidden", ()) if item[0] in left]
        return _postpone(held, {"hidden": hidden, "problems": dict(found.problems)})
    with transaction.atomic():
        held.finish(report={})
        counts = {"rows": found.written + found.there, "left": found.left, "gone": found.gone}
        if any(counts.values()):
            note(row.subject_request, "erasure.account_shown", by=None, at=held.clock(), **counts)
    return True


def _postpone(held: Claim, report: Mapping[str, Any]) -> bool:
    held.postpone(report=report)
    row, stores = held.row, ", ".join(sorted(report["problems"]))
    what = stores or "its data map"
    logger.warning(
        "%s: the account is not %s yet: waits for %s (try %d)",
        row.subject_request.reference,
        row.wanted,
        what,
        row.attempts + 1,
    )
    return False


def _hidden(
    report: Mapping[str, Any], rows: Mapping[CollectionKey, int], *, now: datetime
) -> list[tuple[str, str, int, str]]:
    """Return (dataset, collection, rows, since when) of what holds now; what held before keeps its moment.

    A store that is not asked just now, being down, still holds what it did.
    """
    before = {(dataset, name): (count, since) for dataset, name, count, since in report.get("hidden", ())}
    now_held = {key: (count, before[key][1] if key in before else now.isoformat()) for key, count in rows.items()}
    held = {**before, **now_held}
    return [(*key, count, since) for key, (count, since) in sorted(held.items()) if count]
