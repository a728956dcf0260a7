"""Somebody has read what a purge would delete, and lets it run."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext

from accounts.audit import record
from accounts.models import Tenant, User
from accounts.permissions import Permission, permissions_of
from dsar.models import PurgeApproval, PurgeRun
from dsar.tenantmap import tenant_map

_MAY_APPROVE = frozenset({Permission.DECIDE, Permission.MANAGE_SETTINGS})


class NotApprovableError(Exception):
    """The message says what is missing: a right, a report, or that the map has changed since."""


def is_approved(tenant: Tenant, fingerprint: str) -> bool:
    """Return whether purges run by the map of this fingerprint."""
    return PurgeApproval.objects.filter(tenant=tenant, fingerprint=fingerprint).exists()


def last_report(tenant: Tenant, fingerprint: str) -> PurgeRun | None:
    """Return the latest run by this map that was finished and had a report."""
    runs = PurgeRun.objects.filter(tenant=tenant, fingerprint=fingerprint, finished_at__isnull=False)
    return runs.exclude(report={}).last()


def approve(*, tenant: Tenant, fingerprint: str, by: User, now: datetime) -> PurgeApproval:
    """Let purges run by the tenant's map as it is now, which must be the one of the fingerprint, and reported.

    Raises NotApprovableError, DataMapError, StoreConfigError.
    """
    if not permissions_of(by, tenant) & _MAY_APPROVE:
        raise NotApprovableError(f"{by.email} has no role in {tenant.slug} that may approve it")
    if tenant_map(tenant).platform.data_map.fingerprint != fingerprint:
        raise NotApprovableError(gettext("this is not the data map as it is now: look at a new report"))
    if last_report(tenant, fingerprint) is None:
        raise NotApprovableError(gettext("nobody has seen a report of this data map yet"))
    with transaction.atomic():
        approval, is_new = PurgeApproval.objects.get_or_create(
            tenant=tenant, fingerprint=fingerprint, defaults={"by": by, "at": now}
        )
        if is_new:
            facts = {"fingerprint": fingerprint}
            record(tenant=tenant, verb="purge.approved", by=by, at=now, target=approval, facts=facts)
    return approval
