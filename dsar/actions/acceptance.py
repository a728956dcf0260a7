"""Standing up for the state of a data map."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.audit import record
from accounts.models import Membership, Tenant, User
from dsar.mapping.changes.description import describe
from dsar.mapping.changes.document import to_document
from dsar.models import AcceptedMap
from dsar.tenantmap import declared_map


class NotOfTheTeamError(Exception):
    """Whoever accepts a tenant's map holds a role in it."""


def accept_map(tenant: Tenant, *, by: User, now: datetime) -> AcceptedMap:
    """Keep the tenant's map as its files are now. Raises NotOfTheTeamError, DataMapError."""
    if not Membership.objects.filter(tenant=tenant, user=by).exists():
        raise NotOfTheTeamError(f"{by.email} has no role in {tenant.slug}")
    described = describe(declared_map(tenant))
    with transaction.atomic():
        accepted = AcceptedMap.objects.create(
            tenant=tenant, by=by, at=now, fingerprint=described.fingerprint, document=to_document(described)
        )
        facts = {"fingerprint": described.fingerprint}
        record(tenant=tenant, verb="datamap.accepted", by=by, at=now, target=accepted, facts=facts)
    return accepted
