"""The register forgets a request: its storage first, then its row and everything that hangs on it."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet

from accounts.audit import Target, record
from accounts.models import Tenant
from dsar import payloads, restrictions
from dsar.actions.retention.batches import BATCH, in_batches, lock
from dsar.deadlines import REGIMES, register_begins
from dsar.models import SubjectRequest

logger = logging.getLogger(__name__)

#: Where a request has a folder of its own, by its reference.
FOLDERS = ("requests", "bundles", "certificates", "disputes")


def delete_register(*, now: datetime, size: int = BATCH) -> int:
    """Delete requests that were closed 24 months ago, `size` at a time; return how many.

    One that was never closed, is under legal hold or a restriction, or still has its texts stays. A folder that cannot
    be deleted keeps its row for the next time: without it nobody would know whose it is. Raises OSError if storage
    cannot be listed.
    """
    folders = {folder: frozenset(payloads.storage().names(folder)) for folder in FOLDERS}
    count = 0
    for tenant in Tenant.objects.order_by("pk"):
        for keys in in_batches(_due(tenant, now=now), size=size):
            emptied = _delete_folders(SubjectRequest.objects.filter(pk__in=keys), folders)
            count += _delete(tenant, emptied, now=now)
    return count


def _due(tenant: Tenant, *, now: datetime) -> QuerySet[SubjectRequest]:
    """Return what the register need not remember any more, to the day that its page tells (register_until)."""
    begins = {key: register_begins(regime, now=now, zone=tenant.time_zone) for key, regime in REGIMES.items()}
    over = Q(closed_at__lt=min(begins.values()))  # whatever law it was under
    for key, moment in begins.items():
        over |= Q(regime=key, closed_at__lt=moment)
    without_texts = SubjectRequest.objects.filter(over, tenant=tenant, texts_deleted_at__isnull=False)
    return without_texts.filter(~restrictions.is_kept(now=now))


def _delete_folders(requests: QuerySet[SubjectRequest], folders: Mapping[str, frozenset[str]]) -> list[int]:
    """Delete the folders of requests; return the keys of those that have none any more."""
    storage, emptied = payloads.storage(), []
    for key, reference in requests.values_list("pk", "reference"):
        try:
            for folder in _those_with(folders, reference):
                storage.delete(f"{folder}/{reference}")
        except OSError:
            logger.exception("a request whose time is over stays in the register: its folder could not be deleted")
        else:
            emptied.append(key)
    return emptied


def _those_with(folders: Mapping[str, frozenset[str]], reference: str) -> Iterable[str]:
    return (folder for folder, names in folders.items() if reference in names)


def _delete(tenant: Tenant, keys: Sequence[int], *, now: datetime) -> int:
    with transaction.atomic():
        requests = lock(SubjectRequest.objects.filter(pk__in=keys), now=now)
        rows, _ = SubjectRequest.objects.filter(pk__in=requests).delete()
        if requests:
            facts = {"requests": len(requests), "rows": rows}
            target = Target("tenant", str(tenant.pk))
            record(tenant=tenant, verb="retention.register_deleted", by=None, at=now, target=target, facts=facts)
    return len(requests)
