"""The audit trail forgets what is past its time, but for what it tells of requests under legal hold."""

from __future__ import annotations

import logging
from datetime import datetime
from functools import partial

from django.db.models import Min

from accounts.audit import cutting
from accounts.models import AuditEvent, Tenant
from dsar import queries
from dsar.models import SubjectRequest

logger = logging.getLogger(__name__)


def cut_trails(*, now: datetime, size: int = cutting.BATCH) -> int:
    """Cut every tenant's trail, and return how many events went. Raises KeyringError.

    A trail that does not hold is left as it is, and the log says so: it may be evidence.
    """
    count = 0
    for tenant in Tenant.objects.order_by("pk"):
        try:
            count += cutting.cut(tenant=tenant, now=now, kept_from=partial(_first_of_held, tenant, now), size=size)
        except cutting.BrokenTrailError:
            logger.exception("an audit trail that is broken is not cut: run verify_audit")
    return count


def _first_of_held(tenant: Tenant, now: datetime) -> int | None:
    """Return the number of the first event that tells of a request under legal hold: what follows it stays too."""
    held = queries.holds(now=now).filter(subject_request__tenant=tenant).values_list("subject_request", flat=True)
    kind = str(SubjectRequest._meta.model_name)
    told = AuditEvent.objects.filter(tenant=tenant, target_type=kind, target_id__in=[str(key) for key in held])
    first: int | None = told.aggregate(first=Min("sequence"))["first"]
    return first
