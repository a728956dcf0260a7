"""People who have had uses of their data stopped, and rows that go by their age."""

from __future__ import annotations

from datetime import datetime
from uuid import uuid4

from accounts.models import Tenant, User
from dsar import restrictions
from dsar.actions import intake, preferences
from dsar.actions.purging import running as purges
from dsar.actions.purging.approving import approve
from dsar.actions.restricting import deciding
from dsar.models import (
    Ground,
    Purpose,
    RequestType,
    Status,
    SubjectRequest,
)
from dsar.tenantmap import tenant_map
from tests.dsar.conftest import StepClock
from tests.dsar.purges import add_visits, see, seen
from tests.dsar.test_the_way_of_a_request import file_access

ANN = "ann@example.com"
EVERYTHING = restrictions.EVERYTHING


def stopped(
    tenant: Tenant, person: User | None, by: User, *purposes: str, now: datetime, ground: Ground = Ground.UNLAWFUL
) -> SubjectRequest:
    """File a stop and grant all of it."""
    filing = intake.Filing(
        type=RequestType.RESTRICTION,
        email=person.email if person else ANN,
        token=uuid4().hex,
        question="Mine.",
        purposes=purposes,
        ground=ground,
    )
    filed = intake.file_request(tenant=tenant, filing=filing, account=person, now=now)
    keys = [row.pk for row in filed.restrictions.all()]
    deciding.grant(filed, granted=keys, explanation="", by=by, now=now)
    return filed


def closed(tenant: Tenant, person: User, now: datetime) -> SubjectRequest:
    """Return a request of somebody's that is closed."""
    filed = file_access(tenant, person, now, token=person.email)
    ended = {"status": Status.DENIED, "denial_reason": "other", "closed_at": now, "sealed_key": None}
    SubjectRequest.objects.filter(pk=filed.pk).update(**ended)
    return filed


def switch_on(tenant: Tenant, person: User, *purposes: Purpose, now: datetime) -> None:
    for purpose in purposes:
        preferences.change(tenant=tenant, account=person, purpose=purpose, given=True, now=now)


def visits(tenant: Tenant, now: datetime) -> None:
    add_visits(tenant)
    see(tenant, now, [(1, 0, 31), (2, 0, 8), (3, 1, 31), (4, 1, 8)])


def purged(tenant: Tenant, reviewer: User, clock: StepClock) -> set[int]:
    """Approve the map as it is, purge, and return the visits that are left."""
    purges.report(tenant, clock=clock)
    fingerprint = tenant_map(tenant).platform.data_map.fingerprint
    approve(tenant=tenant, fingerprint=fingerprint, by=reviewer, now=clock())
    purges.run_due(clock=clock)
    return seen(tenant)
