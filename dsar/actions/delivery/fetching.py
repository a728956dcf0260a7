"""The person fetches the bundle."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from datetime import datetime

from django.db import transaction

from accounts.address_changes import cooling_off_until
from accounts.audit import Actor
from accounts.models import User
from dsar import payloads, queries
from dsar.actions.trail import note
from dsar.models import Bundle, Download, Status, SubjectRequest


class AddressJustChangedError(Exception):
    """The account's address was replaced a short while ago; `until` is when bundles can be fetched again."""

    def __init__(self, until: datetime) -> None:
        super().__init__("The address of this account was changed a short while ago.")
        self.until = until


class BundleGoneError(Exception):
    """The bundle has expired or was destroyed; `expired_at` says when, if it was ever there."""

    def __init__(self, expired_at: datetime | None) -> None:
        super().__init__("This bundle is gone.")
        self.expired_at = expired_at


def fetch(
    subject_request: SubjectRequest, *, account: User, clock: Callable[[], datetime]
) -> tuple[Bundle, Iterator[bytes]]:
    """Return the released bundle and its bytes as a stream, plain or sealed to the person.

    The download is recorded before the first byte.

    Raises BundleGoneError or AddressJustChangedError; PayloadGoneError or OSError if storage has lost it or does not
    answer, when nothing is recorded. The caller has checked whose request it is.
    """
    now = clock()
    bundle = fetchable(subject_request, account=account, now=now)
    opened = ExitStack()
    chunks = opened.enter_context(_open(bundle))
    with transaction.atomic():
        download = Download.objects.create(bundle=bundle, account=account, started_at=now)
        note(subject_request, "bundle.downloaded", by=Actor.subject(account), at=now, bundle=bundle.pk)
    return bundle, _stream(opened, chunks, download, clock)


def fetchable(subject_request: SubjectRequest, *, account: User, now: datetime) -> Bundle:
    """Return the bundle that the person may have now; a refusal is recorded.

    Raises BundleGoneError or AddressJustChangedError.
    """
    until = cooling_off_until(account, now=now)
    if until is not None:
        _refuse(subject_request, account, why="address_changed", now=now)
        raise AddressJustChangedError(until)
    bundle = queries.latest_bundle(subject_request)
    released = subject_request.status == Status.FULFILLED and bundle is not None and bundle.expires_at is not None
    if bundle is None or not released or bundle.purged_at or (bundle.expires_at and bundle.expires_at <= now):
        _refuse(subject_request, account, why="expired" if released else "not_released", now=now)
        raise BundleGoneError(bundle.expires_at if bundle and released else None)
    return bundle


def _open(bundle: Bundle) -> AbstractContextManager[Iterator[bytes]]:
    """Open what the person gets: the ZIP, or the sealed file that only they can open."""
    if bundle.sealed_to:
        return payloads.raw_chunks(bundle.path)
    return payloads.chunks(bundle.path, key=payloads.open_key(bundle.sealed_key))


def _refuse(subject_request: SubjectRequest, account: User, *, why: str, now: datetime) -> None:
    with transaction.atomic():
        note(subject_request, "bundle.download_refused", by=Actor.subject(account), at=now, why=why)


def _stream(
    opened: ExitStack, chunks: Iterator[bytes], download: Download, clock: Callable[[], datetime]
) -> Iterator[bytes]:
    with opened:
        yield from chunks
    download.completed_at = clock()
    download.save(update_fields=["completed_at"])
