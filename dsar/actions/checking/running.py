"""Checks are asked for, taken by one worker, and kept with their result and time."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q

from accounts.audit import Target, record
from accounts.models import Tenant, User
from dsar.actions.checking.maps import check_map
from dsar.actions.checking.trails import check_trail
from dsar.models import Check, CheckKind
from dsar.queue import wake_checker

logger = logging.getLogger(__name__)

#: When the worker of a check is taken for dead. A trail of 10,000,000 events takes some minutes.
LEASE = timedelta(hours=1)
EVERY = timedelta(days=1)
#: Checks of a kind that are kept of each tenant.
_KEPT = 10
#: A check returns its report, of which "errors" and the like are counts.
_RUN: Mapping[CheckKind, Callable[[Tenant], dict[str, Any]]] = {
    CheckKind.MAP: check_map,
    CheckKind.TRAIL: check_trail,
}
_COUNTS = ("errors", "warnings", "unreached")


def ask(tenant: Tenant, kind: CheckKind, *, by: User, now: datetime) -> bool:
    """Have a worker check it; return False while such a check waits or runs already."""
    try:
        with transaction.atomic():
            Check.objects.create(tenant=tenant, kind=kind, asked_at=now)
            _note(tenant, kind, "check.asked", by=by, at=now)
            wake_checker()
    except IntegrityError:
        return False
    return True


def latest(tenant: Tenant, kind: CheckKind) -> Check | None:
    """Return the last check that was finished."""
    return Check.objects.filter(tenant=tenant, kind=kind, finished_at__isnull=False).first()


def is_under_way(tenant: Tenant, kind: CheckKind) -> bool:
    """Tell whether a check waits for a worker or is run."""
    return Check.objects.filter(tenant=tenant, kind=kind, finished_at=None).exists()


def run_due(*, clock: Callable[[], datetime]) -> int:
    """Run what was asked for, and what was not checked for a day; return how many. One that fails holds up no other."""
    count = 0
    for tenant in Tenant.objects.order_by("pk"):
        for kind in CheckKind:
            taken = _claim(tenant, kind, now=clock())
            if taken is not None:
                _finish(taken, _report(taken), now=clock())
                count += 1
    return count


def _claim(tenant: Tenant, kind: CheckKind, *, now: datetime) -> Check | None:
    """Take a check that waits, or that a dead worker has left; begin one where the last is a day old."""
    waiting = Check.objects.filter(tenant=tenant, kind=kind, finished_at=None).first()
    if waiting is None:
        last = latest(tenant, kind)
        if last is not None and last.asked_at > now - EVERY:
            return None
        try:
            with transaction.atomic():
                waiting = Check.objects.create(tenant=tenant, kind=kind, asked_at=now)
        except IntegrityError:
            return None  # another worker was faster
    free = Check.objects.filter(Q(lease_until=None) | Q(lease_until__lt=now), pk=waiting.pk, finished_at=None)
    waiting.lease_until = now + LEASE
    return waiting if free.update(lease_until=waiting.lease_until) == 1 else None


def _report(taken: Check) -> dict[str, Any]:
    try:
        return _RUN[CheckKind(taken.kind)](taken.tenant)
    except Exception:
        # A store's driver may raise anything: the page says so, the log has the rest, and other tenants go on.
        logger.exception("the %s of tenant %s could not be checked", taken.kind, taken.tenant_id)
        return {"problem": "The check itself failed; the log says how.", "errors": 1}


def _finish(taken: Check, report: dict[str, Any], *, now: datetime) -> None:
    with transaction.atomic():
        held = Check.objects.filter(pk=taken.pk, lease_until=taken.lease_until, finished_at=None)
        if held.update(finished_at=now, report=report) != 1:
            return  # another worker has it by now
        done = Check.objects.filter(tenant=taken.tenant_id, kind=taken.kind, finished_at__isnull=False)
        Check.objects.filter(pk__in=list(done.values_list("pk", flat=True)[_KEPT:])).delete()
        counts = {name: report[name] for name in _COUNTS if name in report}
        _note(taken.tenant, taken.kind, "check.done", by=None, at=now, **counts)


def _note(tenant: Tenant, kind: str, verb: str, *, by: User | None, at: datetime, **counts: int) -> None:
    target = Target("tenant", str(tenant.pk))
    record(tenant=tenant, verb=verb, by=by, at=at, target=target, facts={"kind": str(kind), **counts})
