"""Mark in the tenants' stores what is stopped: woken by each change, and swept up by beat."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Any

from allauth.account.models import EmailAddress
from django.db import transaction

from accounts.emails import normal_email
from dsar import restrictions
from dsar.actions.fulfilment import keyfiles
from dsar.actions.restricting.claims import Claim, claim
from dsar.actions.restricting.purposes import WHOLE_MAP, is_marked
from dsar.actions.telling import stops
from dsar.actions.trail import note
from dsar.actions.writing.turns import run_turn
from dsar.datamap.problems import DataMapError
from dsar.datamap.states import StateKind
from dsar.fulfilment.engine import Work
from dsar.fulfilment.joinkey import CollectionKey
from dsar.fulfilment.reach import Identities
from dsar.fulfilment.scope import Scope
from dsar.fulfilment.stating.apply import Applied, apply
from dsar.fulfilment.stating.kept import Kept
from dsar.fulfilment.stating.put_back import PutBack, put_back
from dsar.models import SubjectRequest
from dsar.stores.base import StoreConfigError
from dsar.tenantmap import tenant_map

logger = logging.getLogger(__name__)


def run_due(*, clock: Callable[[], datetime]) -> int:
    """Write everything that is due; return how many are done. One that fails holds up no other."""
    return run_turn(partial(claim, clock=clock), _run, clock=clock)


def _run(held: Claim) -> bool:
    """Write one; return whether it is done. Raises OvertakenError."""
    try:
        return _write(held)
    except (DataMapError, StoreConfigError) as error:
        return _postpone(held, {**held.row.report, "problems": {WHOLE_MAP: str(error)}})


def _write(held: Claim) -> bool:
    """Tell who had got the data, put back what is stopped no more, then mark what is."""
    subject_request = held.row.subject_request
    work = _work(subject_request)
    untold = stops.tell(subject_request, work, check=held.check, now=held.clock())
    stopped = frozenset(restrictions.of_person(subject_request).values_list("purpose", flat=True))
    wanted = frozenset(item.key for item in work.data_map.collections() if is_marked(item, stopped))
    back = _put_back(held, work, wanted)
    applied = apply(work, StateKind.RESTRICT, wanted, kept=held.kept, keep=held.keep, check=held.check)
    report = {
        "rows": [[*key, count] for key, count in sorted(applied.rows.items())],
        "problems": {**back.problems, **applied.problems},
        "untold": untold,
    }
    if report["problems"] or untold:
        return _postpone(held, report)
    with transaction.atomic():
        held.finish(report=report)
        _note(held, applied, back)
    return True


def _put_back(held: Claim, work: Work, wanted: frozenset[CollectionKey]) -> PutBack:
    """Put back what stood in collections that are to be marked no more; the rest stays noted."""
    over = held.kept.only(key for key in held.kept.collections() if key not in wanted)
    staying = held.kept.only(key for key in held.kept.collections() if key in wanted)

    def keep(left: Kept) -> None:
        both = staying.only(staying.collections())
        both.add(left)
        held.keep(both)

    found = put_back(work, kept=over, keep=keep, check=held.check)
    for dataset in held.kept.datasets():
        held.kept.forget(dataset)
    held.kept.add(staying)
    held.kept.add(over)  # what could not be put back
    return found


def _postpone(held: Claim, report: Mapping[str, Any]) -> bool:
    held.postpone(report=report)
    stores = ", ".join(sorted({**report["problems"], **report.get("untold", {})})) or "its data map"
    reference = held.row.subject_request.reference
    logger.warning("%s: a stop waits for %s (try %d)", reference, stores, held.row.attempts + 1)
    return False


def _note(held: Claim, applied: Applied, back: PutBack) -> None:
    counts = {
        "marked": sum(applied.rows.values()),
        "put_back": back.written + back.there,
        "left": back.left,
        "gone": back.gone,
    }
    if any(counts.values()):
        note(held.row.subject_request, "restriction.written", by=None, at=held.clock(), **counts)


def _work(subject_request: SubjectRequest) -> Work:
    """Return the walk over the tenant's own stores. Raises DataMapError, StoreConfigError."""
    platform = tenant_map(subject_request.tenant).platform
    return Work(
        platform.data_map,
        platform.graph,
        _identities(subject_request),
        platform.store,
        Scope(platform.data_map),
        parameters={"tenant": subject_request.tenant_id},
    )


def _identities(subject_request: SubjectRequest) -> Identities:
    """Return what is proven of the person, with every address that their account has by now."""
    proven = keyfiles.proven(subject_request)
    own = EmailAddress.objects.filter(user=subject_request.account_id, verified=True)
    addresses = frozenset(map(normal_email, own.values_list("email", flat=True)))
    return {**proven, "email": proven.get("email", frozenset()) | addresses}
