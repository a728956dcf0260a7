"""The person fetches the bundle."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

from django.db import transaction

from accounts.audit import Actor
from accounts.models import User
from dsar import payloads, queries
from dsar.actions.trail import note
from dsar.bundle.sealing import SealKey
from dsar.models import Bundle, Download, Status, SubjectRequest


class BundleGoneError(Exception):
    """The bundle has expired or was destroyed; `expired_at` says when, if it was ever there."""

    def __init__(self, expired_at: datetime | None) -> None:
        super().__init__("This bundle is gone.")
        self.expired_at = expired_at


def fetch(
    subject_request: SubjectRequest, *, account: User, clock: Callable[[], datetime]
) -> tuple[Bundle, Iterator[bytes]]:
    """Return the released bundle and its plain bytes as a stream; the download is recorded before the first byte.

    Raises BundleGoneError. The caller has checked whose request it is.
    """
    now = clock()
    bundle = queries.latest_bundle(subject_request)
    released = subject_request.status == Status.FULFILLED and bundle is not None and bundle.expires_at is not None
    if bundle is None or not released or bundle.purged_at or (bundle.expires_at and bundle.expires_at <= now):
        with transaction.atomic():
            why = "expired" if released else "not_released"
            note(subject_request, "bundle.download_refused", by=Actor.subject(account), at=now, why=why)
        raise BundleGoneError(bundle.expires_at if bundle and released else None)
    key = payloads.open_key(bundle.sealed_key)
    with transaction.atomic():
        download = Download.objects.create(bundle=bundle, account=account, started_at=now)
        note(subject_request, "bundle.downloaded", by=Actor.subject(account), at=now, bundle=bundle.pk)
    return bundle, _stream(bundle, key, download, clock)


def _stream(bundle: Bundle, key: SealKey, download: Download, clock: Callable[[], datetime]) -> Iterator[bytes]:
    with payloads.chunks(bundle.path, key=key) as chunks:
        yield from chunks
    download.completed_at = clock()
    download.save(update_fields=["completed_at"])
