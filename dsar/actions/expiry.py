"""What is past its time goes: bytes first, then the key, so that no copy can be opened either."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Q

from dsar import payloads
from dsar.actions.trail import note
from dsar.models import Bundle, Status, SubjectRequest
from dsar.models.choices import FINAL_STATUSES


def purge(*, now: datetime) -> int:
    """Purge expired and superseded bundles and what steps collected for closed requests; return how many."""
    return _purge_bundles(now=now) + _purge_collected(now=now)


def _purge_bundles(*, now: datetime) -> int:
    expired = Q(expires_at__lte=now)
    never_to_be_released = Q(subject_request__status__in=[Status.DENIED, Status.WITHDRAWN])
    bundles = Bundle.objects.filter(expired | never_to_be_released, purged_at=None)
    count = 0
    for bundle in [*bundles.select_related("subject_request__tenant"), *_superseded()]:
        purge_bundle(bundle, now=now)
        count += 1
    return count


def purge_bundle(bundle: Bundle, *, now: datetime) -> None:
    """Destroy a bundle's key and delete its bytes. The key goes first: after that, no byte matters."""
    with transaction.atomic():
        if Bundle.objects.filter(pk=bundle.pk, purged_at=None).update(sealed_key=None, purged_at=now) == 1:
            note(bundle.subject_request, "bundle.purged", by=None, at=now, bundle=bundle.pk)
    payloads.delete_folder(bundle.path)


def _superseded() -> list[Bundle]:
    """Return bundles that were packed anew before release."""
    open_ones = Bundle.objects.filter(purged_at=None, expires_at=None).select_related("subject_request__tenant")
    latest: dict[int, Bundle] = {}
    old = []
    for bundle in open_ones.order_by("subject_request_id", "-made_at", "-pk"):
        if bundle.subject_request_id in latest:
            old.append(bundle)
        latest.setdefault(bundle.subject_request_id, bundle)
    return old


def _purge_collected(*, now: datetime) -> int:
    closed = SubjectRequest.objects.filter(status__in=FINAL_STATUSES, sealed_key__isnull=False)
    for subject_request in closed.select_related("tenant"):
        with transaction.atomic():
            SubjectRequest.objects.filter(pk=subject_request.pk).update(sealed_key=None)
            note(subject_request, "payload.purged", by=None, at=now, steps=subject_request.steps.count())
        payloads.delete_folder(f"requests/{subject_request.reference}")
    return closed.count()
