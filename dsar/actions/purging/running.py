"""Purges of tenants' stores: a report until somebody approves the map, then the deed, once an hour."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import F, Max

from accounts.audit import record
from accounts.models import Tenant
from dsar.actions.purging.approving import is_approved, last_report
from dsar.actions.purging.categories import tenant_days
from dsar.actions.purging.held import held, reasons
from dsar.datamap.problems import DataMapError
from dsar.fulfilment.engine import Work
from dsar.fulfilment.purging.people import Group
from dsar.fulfilment.purging.purge import Purge
from dsar.fulfilment.purging.report import Report
from dsar.fulfilment.reach import normal_form
from dsar.fulfilment.scope import Scope
from dsar.models import PurgeRun, RetentionChoice
from dsar.stores.base import StoreConfigError
from dsar.tenantmap import TenantMap, tenant_map

logger = logging.getLogger(__name__)

#: How long one run deletes; the rest is left to the next. And when its worker is taken for dead.
MOST_TIME = timedelta(minutes=10)
LEASE = timedelta(minutes=30)
#: After so long no further tenant is begun: a task must end before its time limit (portal.settings).
_MOST_OF_A_TURN = timedelta(minutes=30)
#: How often a map that nobody has approved is counted anew, and how often stores are purged once all is done: files
#: are read from end to end each time.
_REPORT_EVERY = timedelta(days=1)
_PURGE_EVERY = timedelta(hours=6)
_KEEP_RUNS = timedelta(days=90)


def run_due(*, clock: Callable[[], datetime]) -> int:
    """Run for every tenant whose turn it is; return for how many. One that fails holds up no other."""
    count, start = 0, clock()
    for tenant in Tenant.objects.annotate(last=Max("purge_runs__started_at")).order_by(F("last").asc(nulls_first=True)):
        if clock() > start + _MOST_OF_A_TURN:
            break  # whoever waited longest is the first of the next turn
        try:
            count += run(tenant, clock=clock) is not None
        except (DataMapError, StoreConfigError):
            logger.exception("no purge for tenant %s: its data map or its stores are not right", tenant.pk)
    return count


def run(tenant: Tenant, *, clock: Callable[[], datetime], at_once: bool = False) -> PurgeRun | None:
    """Purge a tenant's stores, or report where nobody has approved the map.

    None while another run is under way, or if it is not its turn and nobody wants it `at_once`.
    Raises DataMapError, StoreConfigError.
    """
    platform = tenant_map(tenant).platform
    fingerprint = platform.data_map.fingerprint
    deletes = is_approved(tenant, fingerprint)
    if not at_once and not _is_due(last_report(tenant, fingerprint), deletes=deletes, now=clock()):
        return None
    return _claimed(tenant, platform, deletes=deletes, clock=clock)


def _is_due(latest: PurgeRun | None, *, deletes: bool, now: datetime) -> bool:
    """Return whether it is time again: at once after a run that was stopped before it had looked at everything."""
    if latest is None or latest.deletes != deletes:
        return True
    if not all(part["finished"] for part in latest.report["collections"]):
        return True
    return latest.started_at <= now - (_PURGE_EVERY if deletes else _REPORT_EVERY)


def report(tenant: Tenant, *, clock: Callable[[], datetime]) -> PurgeRun | None:
    """Count what a purge would delete, and keep the report; None while another run is under way.

    Raises DataMapError, StoreConfigError.
    """
    return _claimed(tenant, tenant_map(tenant).platform, deletes=False, clock=clock)


def _claimed(tenant: Tenant, platform: TenantMap, *, deletes: bool, clock: Callable[[], datetime]) -> PurgeRun | None:
    started = _claim(tenant, platform.data_map.fingerprint, deletes=deletes, now=clock())
    if started is None:
        return None
    try:
        found = _purge(tenant, platform, deletes=deletes, clock=clock)
    except BaseException:
        PurgeRun.objects.filter(pk=started.pk).delete()
        raise
    _finish(started, found, now=clock())
    return started


def _claim(tenant: Tenant, fingerprint: str, *, deletes: bool, now: datetime) -> PurgeRun | None:
    """Begin a run unless another is under way. One whose worker is dead is closed without a report."""
    runs = PurgeRun.objects.filter(tenant=tenant)
    runs.filter(finished_at=None, lease_until__lt=now).update(finished_at=now)
    runs.filter(finished_at__lt=now - _KEEP_RUNS).delete()
    try:
        with transaction.atomic():
            return PurgeRun.objects.create(
                tenant=tenant, fingerprint=fingerprint, deletes=deletes, started_at=now, lease_until=now + LEASE
            )
    except IntegrityError:
        return None


def _purge(tenant: Tenant, platform: TenantMap, *, deletes: bool, clock: Callable[[], datetime]) -> Report:
    work = Work(
        platform.data_map,
        platform.graph,
        {},
        platform.store,
        Scope(platform.data_map),
        parameters={"tenant": tenant.pk},
    )
    now = clock()
    known = reasons(tenant, now=now)
    purge = Purge(work, now=now, people=people(tenant, now=now), days=tenant_days(tenant))
    if not deletes:
        return purge.report()
    # Somebody who is held since is in none of the groups: the next run knows them.
    return purge.run(stop=lambda: clock() > now + MOST_TIME or bool(reasons(tenant, now=clock()) - known))


def people(tenant: Tenant, *, now: datetime) -> list[Group]:
    """Return everybody whose rows stay for other than the general time."""
    chosen: dict[str, dict[str, int]] = {}
    choices = RetentionChoice.objects.filter(tenant=tenant, account__isnull=False)
    for address, category, days in choices.values_list("account__email", "category", "days"):
        chosen.setdefault(normal_form("email", address) or address, {})[category] = days
    choosers = [Group({"email": frozenset({address})}, days) for address, days in chosen.items()]
    return [*choosers, *(Group(identities, is_held=True) for identities in held(tenant, now=now))]


def _finish(started: PurgeRun, found: Report, *, now: datetime) -> None:
    facts: dict[str, str | int] = {
        "fingerprint": started.fingerprint,
        "past": found.overdue,
        "problems": len(found.problems) + sum(bool(part.problem) for part in found.parts),
    }
    verb = "purge.reported"
    if started.deletes:
        verb, facts = "purge.done", {**facts, "deleted": found.deleted}
    with transaction.atomic():
        mine = PurgeRun.objects.filter(pk=started.pk, finished_at=None)
        mine.update(finished_at=now, report=found.document())
        record(tenant=started.tenant, verb=verb, by=None, at=now, target=started, facts=facts)
    started.refresh_from_db()
