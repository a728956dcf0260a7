"""Rows that were erased and are there again: a restored backup, a forgotten copy, an import of old files."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from django.db import transaction

from accounts.models import Tenant
from dsar.actions.trail import note
from dsar.datamap.model import DataMap
from dsar.datamap.problems import DataMapError
from dsar.erasure_emails import erasure_reappeared
from dsar.fulfilment.engine import Work
from dsar.fulfilment.replaying.due import read_due
from dsar.fulfilment.replaying.replay import Replay, Replayed
from dsar.fulfilment.scope import Scope
from dsar.ledgers import erasure_ledger, ledger_hashes
from dsar.models import Certificate, SubjectRequest
from dsar.stores.base import StoreConfigError
from dsar.tenantmap import tenant_map

logger = logging.getLogger(__name__)
#: So long after an erasure its rows are looked for.
WATCHED = timedelta(days=30)
_ALARM = "reappeared"


def watch(*, clock: Callable[[], datetime]) -> int:
    """Look for rows of everybody erased in the last 30 days, and alarm the team once a day; return of how many people.

    Nobody is known by name any more: every row is held against the ledger's hashes. Raises OSError, DamagedError.
    """
    since = clock() - WATCHED
    erased = Certificate.objects.filter(made_at__gt=since)
    tenants = Tenant.objects.filter(subject_requests__certificate__in=erased).distinct()
    return sum(_watch(tenant, since=since, clock=clock) for tenant in tenants.order_by("slug"))


def _watch(tenant: Tenant, *, since: datetime, clock: Callable[[], datetime]) -> int:
    try:
        data_map = tenant_map(tenant).platform.data_map
        found = list(_found_again(tenant, since=since, clock=clock))
    except (DataMapError, StoreConfigError) as error:
        logger.warning("%s: erased rows cannot be looked for: %s", tenant.slug, error)
        return 0
    return sum(_alarm(tenant, data_map, item, now=clock()) for item in found)


def _found_again(tenant: Tenant, *, since: datetime, clock: Callable[[], datetime]) -> Iterator[Replayed]:
    platform, hashes, ledger = tenant_map(tenant).platform, ledger_hashes(tenant), erasure_ledger()
    names = [dataset.key for dataset in platform.data_map.datasets]
    due = read_due(
        ledger,
        tenant=tenant.slug,
        taken_at=since,
        datasets=names,
        data_map=platform.data_map,
        key_id=hashes.key_id,
    )
    work = Work(
        platform.data_map,
        platform.graph,
        {},
        platform.store,
        Scope(platform.data_map),
        parameters={"tenant": tenant.pk},
    )
    replay, problems = Replay(work, due, ledger=ledger, hashes=hashes, clock=clock), list(due.problems)
    matched = replay.find(problems)
    for problem in problems:
        logger.warning("%s: erased rows are not looked for everywhere: %s", tenant.slug, problem)
    yield from replay.run(matched, commits=False)


def _alarm(tenant: Tenant, data_map: DataMap, found: Replayed, *, now: datetime) -> int:
    titles = {item.key: item.title or item.name for item in data_map.collections()}
    counts = {key: part.to_do for key, part in found.preview.parts.items()}
    places = [(titles[key], rows) for key, rows in counts.items() if rows]
    subject_request = SubjectRequest.objects.filter(tenant=tenant, reference=found.case.reference).first()
    if not places or subject_request is None or subject_request.closed_at is None:
        return 0
    with transaction.atomic():
        day = (now - subject_request.closed_at).days
        _, is_new = subject_request.warnings.get_or_create(clock=_ALARM, percent=day, defaults={"given_at": now})
        if is_new:
            erasure_reappeared(subject_request, places=places, now=now)
            note(subject_request, "erasure.reappeared", by=None, at=now, rows=sum(rows for _, rows in places))
    return 1
