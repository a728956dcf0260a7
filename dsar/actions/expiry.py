"""What is past its time goes: the key first, so that no copy can be opened, then the bytes."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet

from dsar import payloads, queries
from dsar.actions.correcting import disputes
from dsar.actions.remains import delete
from dsar.actions.trail import note
from dsar.models import Bundle, Certificate, Status, SubjectRequest
from dsar.models.choices import FINAL_STATUSES


def purge(*, now: datetime) -> int:
    """Purge expired certificates and bundles, superseded ones, old disputes, and what closed requests collected.

    Returns how many.

    What is under legal hold stays, key and all: nobody can fetch it either once its time is over.
    Bytes that could not be deleted, or that a killed worker left, are tried again each time. Raises OSError if
    storage cannot be listed: the keys are destroyed all the same.
    """
    purged = _purge_bundles(now=now) + _purge_collected(now=now) + _purge_certificates(now=now)
    purged += disputes.purge(now=now)
    _delete_remains()
    return purged


def _purge_bundles(*, now: datetime) -> int:
    expired = Q(expires_at__lte=now)
    never_to_be_released = Q(subject_request__status__in=[Status.DENIED, Status.WITHDRAWN])
    kept = Bundle.objects.filter(~queries.is_held("subject_request", now=now), purged_at=None)
    bundles = kept.filter(expired | never_to_be_released)
    count = 0
    for bundle in [*bundles.select_related("subject_request__tenant"), *_superseded(kept)]:
        purge_bundle(bundle, now=now)
        count += 1
    return count


def purge_bundle(bundle: Bundle, *, now: datetime) -> None:
    """Destroy a bundle's key and delete its bytes. The key goes first: after that, no byte matters.

    Under legal hold both stay, also where the hold was set just now.
    """
    live = Bundle.objects.filter(pk=bundle.pk, purged_at=None)
    with transaction.atomic():
        if live.filter(~queries.is_held("subject_request", now=now)).update(sealed_key=None, purged_at=now) == 1:
            note(bundle.subject_request, "bundle.purged", by=None, at=now, bundle=bundle.pk)
    if not live.exists():
        transaction.on_commit(lambda: delete(bundle.path))  # a caller's transaction may be taken back


def _superseded(kept: QuerySet[Bundle]) -> list[Bundle]:
    """Return bundles among these that were packed anew before release."""
    open_ones = kept.filter(expires_at=None).select_related("subject_request__tenant")
    latest: dict[int, Bundle] = {}
    old = []
    for bundle in open_ones.order_by("subject_request_id", "-made_at", "-pk"):
        if bundle.subject_request_id in latest:
            old.append(bundle)
        latest.setdefault(bundle.subject_request_id, bundle)
    return old


def _purge_certificates(*, now: datetime) -> int:
    free = ~queries.is_held("subject_request", now=now)
    expired = Certificate.objects.filter(free, expires_at__lte=now, purged_at=None)
    count = 0
    for certificate in expired.select_related("subject_request__tenant"):
        with transaction.atomic():
            live = Certificate.objects.filter(pk=certificate.pk, purged_at=None)
            if live.update(sealed_key=None, secret_hash="", purged_at=now) == 1:
                note(certificate.subject_request, "certificate.purged", by=None, at=now)
        delete(f"certificates/{certificate.subject_request.reference}")
        count += 1
    return count


def _purge_collected(*, now: datetime) -> int:
    closed = list(
        SubjectRequest.objects.filter(
            ~queries.is_held("pk", now=now), status__in=FINAL_STATUSES, sealed_key__isnull=False
        ).select_related("tenant")
    )
    for subject_request in closed:
        purge_collected(subject_request, now=now)
    return len(closed)


def purge_collected(subject_request: SubjectRequest, *, now: datetime) -> None:
    """Destroy the request's key and delete what its steps collected, but for what is under legal hold."""
    live = SubjectRequest.objects.filter(pk=subject_request.pk, sealed_key__isnull=False)
    with transaction.atomic():
        if live.filter(~queries.is_held("pk", now=now)).update(sealed_key=None) == 1:
            subject_request.redaction_values.all().delete()
            note(subject_request, "payload.purged", by=None, at=now, steps=subject_request.steps.count())
    if not live.exists():
        delete(f"requests/{subject_request.reference}")


def _delete_remains() -> None:
    """Delete folders of requests whose keys are destroyed: an earlier deletion failed, or a late worker wrote.

    A folder that no row of ours knows is left alone: it may be another portal's.
    """
    storage = payloads.storage()
    closed = SubjectRequest.objects.filter(status__in=FINAL_STATUSES)
    collected = closed.filter(sealed_key=None, reference__in=storage.names("requests"))
    live = Bundle.objects.filter(purged_at=None).values("subject_request")
    bundles = closed.filter(reference__in=storage.names("bundles")).exclude(pk__in=live)
    certified = Certificate.objects.filter(purged_at=None).values("subject_request")
    certificates = closed.filter(reference__in=storage.names("certificates")).exclude(pk__in=certified)
    for reference in certificates.values_list("reference", flat=True):
        delete(f"certificates/{reference}")
    for reference in collected.values_list("reference", flat=True):
        delete(f"requests/{reference}")
    for reference in bundles.values_list("reference", flat=True):
        delete(f"bundles/{reference}")
