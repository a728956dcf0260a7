"""The person looks into their bundle without unpacking it."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db import transaction

from accounts.audit import Actor
from accounts.models import User
from dsar import payloads
from dsar.actions.delivery.fetching import fetchable
from dsar.actions.trail import note
from dsar.models import SubjectRequest

#: Bytes of an archive that is opened for a page: all of it is in memory then. 100,000 rows take about 5 MB.
LARGEST = 32 << 20


class SealedError(Exception):
    """Only the person can open the bundle: our key to it is destroyed."""


class TooLargeError(Exception):
    """The bundle is larger than what is opened for a page."""


@contextmanager
def preview(
    subject_request: SubjectRequest, *, account: User, now: datetime, dataset: str = "", collection: str = ""
) -> Iterator[zipfile.ZipFile]:
    """Open the released bundle to be looked at; which part of it, is recorded.

    Raises SealedError, TooLargeError, BundleGoneError or AddressJustChangedError; PayloadGoneError or OSError if
    storage has lost it or does not answer. The caller has checked whose request it is.
    """
    bundle = fetchable(subject_request, account=account, now=now)
    if bundle.sealed_to:
        raise SealedError
    if bundle.bytes > LARGEST:
        raise TooLargeError
    archive = io.BytesIO(payloads.read(bundle.path, key=payloads.open_key(bundle.sealed_key)))
    with transaction.atomic():
        about = {"dataset": dataset, "collection": collection} if dataset else {}
        note(subject_request, "bundle.previewed", by=Actor.subject(account), at=now, bundle=bundle.pk, **about)
    with zipfile.ZipFile(archive) as opened:
        yield opened
