"""Write what is due into the tenants' stores: woken by each change, and swept up by beat."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial

from django.db import transaction

from accounts.addresses import address_hasher
from accounts.audit import record
from accounts.models import Tenant
from dsar import restrictions
from dsar.actions.choosing.claims import Claim, claim
from dsar.actions.choosing.finding import address_of
from dsar.actions.writing.turns import run_turn
from dsar.datamap.problems import DataMapError
from dsar.fulfilment.choosing.choose import Written, choose, places
from dsar.fulfilment.choosing.tracing import trace
from dsar.fulfilment.engine import Work
from dsar.fulfilment.scope import Scope
from dsar.stores.base import StoreConfigError
from dsar.tenantmap import tenant_map

logger = logging.getLogger(__name__)


def run_due(*, clock: Callable[[], datetime]) -> int:
    """Write everything that is due; return how many were done. One that fails holds up no other."""
    return run_turn(partial(claim, clock=clock), _run, clock=clock)


def _run(held: Claim) -> bool:
    """Write one choice; return whether it is done. Raises OvertakenError."""
    row = held.row
    try:
        return _write(held)
    except (DataMapError, StoreConfigError) as error:
        held.postpone(error=str(error))
        logger.warning("%s of tenant %s is not written: its data map is not right", row.purpose, row.tenant_id)
        return False


def _write(held: Claim) -> bool:
    row = held.row
    work = work_for(row.tenant, address_of(row))
    if not places(work, row.purpose):
        _end(held, Written())
        return True
    if not work.identities:
        hashed = address_hasher(row.tenant)
        traced = trace(work, matches=lambda address: hashed(address) == row.address_hash)
        if not traced.address:
            return _end_unfound(held, traced.problems, traced.unread)
        work = work_for(row.tenant, traced.address)
    (address,) = work.identities["email"]
    given = restrictions.may_act(tenant=row.tenant, email=address, purpose=row.purpose)
    written = choose(work, row.purpose, given=given, check=held.check)
    if written.problems:
        return _postpone(held, written.problems)
    _finish(held, written, given=given)
    return True


def _end_unfound(held: Claim, problems: Mapping[str, str], unread: tuple[str, ...]) -> bool:
    """No account has the address and no store showed it: it is over, unless a store could not be read just now."""
    if problems:
        return _postpone(held, problems)
    # Without a store that could not be looked into, nobody has rows under the address.
    error = f"no address was found by its hash; nobody can look for one in: {', '.join(unread)}" if unread else ""
    if error:
        logger.warning("%s of tenant %s: %s", held.row.purpose, held.row.tenant_id, error)
    _end(held, Written(), error=error)
    return True


def _postpone(held: Claim, problems: Mapping[str, str]) -> bool:
    held.postpone(error="\n".join(f"{dataset}: {reason}" for dataset, reason in sorted(problems.items())))
    row, attempts = held.row, held.row.attempts + 1
    logger.warning(
        "%s of tenant %s waits for %s (try %d)", row.purpose, row.tenant_id, ", ".join(sorted(problems)), attempts
    )
    return False


def _end(held: Claim, written: Written, *, error: str = "") -> None:
    held.finish(rows=sum(written.rows.values()), error=error)


def _finish(held: Claim, written: Written, *, given: bool) -> None:
    row = held.row
    facts: dict[str, str | int | bool] = {
        "purpose": str(row.purpose),
        "given": given,
        "rows": written.changed,
        "stores": len(written.rows),
    }
    with transaction.atomic():
        _end(held, written)
        record(tenant=row.tenant, verb="preference.written", by=None, at=held.clock(), target=row.change, facts=facts)


def work_for(tenant: Tenant, address: str) -> Work:
    """Return the walk over the tenant's own stores, of nobody if no address is given.

    Raises DataMapError, StoreConfigError.
    """
    platform = tenant_map(tenant).platform
    return Work(
        platform.data_map,
        platform.graph,
        {"email": frozenset({address})} if address else {},
        platform.store,
        Scope(platform.data_map),
        parameters={"tenant": tenant.pk},
    )
