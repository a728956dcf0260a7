"""Folders in storage that no request knows: a worker was killed, or a database restored from before they were made."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from django.conf import settings

from accounts.models import AuditEvent, Tenant
from dsar import payloads
from dsar.actions.retention.batches import BATCH
from dsar.actions.retention.register import FOLDERS
from dsar.models import SubjectRequest
from dsar.stores.batching import batched

logger = logging.getLogger(__name__)

#: No payload is kept longer but for a legal hold, and what is held has its row.
OLDEST = timedelta(days=90)
_REFERENCE = re.compile(r"R-[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{2}")


def delete_orphans(*, now: datetime) -> int:
    """Delete folders that nothing was written to for OLDEST and that no row knows; return how many. Raises OSError.

    Only where nobody else writes (settings.STORAGE_SHARED), only what is named as ours are, and only what was written
    while this database was in use: an empty or another one by mistake must not take everything for an orphan.
    """
    began = _remembers_since()
    if settings.STORAGE_SHARED or began is None:
        return 0
    storage, count = payloads.storage(), 0
    for folder in FOLDERS:
        for reference in _unknown(storage.names(folder)):
            written_at = storage.newest(f"{folder}/{reference}")
            if written_at is not None and began <= written_at <= now - OLDEST:
                storage.delete(f"{folder}/{reference}")
                count += 1
    if count:
        logger.warning("%d folders that no request knows were deleted from storage", count)
    return count


def _unknown(names: Iterable[str]) -> Iterator[str]:
    """Return the references among these that no row has."""
    for some in batched((name for name in names if _REFERENCE.fullmatch(name)), BATCH):
        known = SubjectRequest.objects.filter(reference__in=some).values_list("reference", flat=True)
        yield from sorted(set(some) - set(known))


def _remembers_since() -> datetime | None:
    """Return a moment at which this database was in use already: of its first event, or its first cut's last."""
    moments = []
    for tenant in Tenant.objects.all():
        cut = tenant.audit_cuts.order_by("first_kept").first()
        event = AuditEvent.objects.filter(tenant=tenant).order_by("sequence").first()
        if cut is not None:
            moments.append(cut.before)
        elif event is not None:
            moments.append(event.at)
    return min(moments, default=None)
