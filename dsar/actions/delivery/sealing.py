"""Seal a released bundle so that only the person can open it, with a key or passphrase that is never kept here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import BinaryIO, cast

from django.db import transaction

from accounts.audit import Actor
from accounts.models import User
from dsar import payloads
from dsar.actions.delivery.fetching import fetchable
from dsar.actions.expiry import purge_collected
from dsar.actions.remains import delete
from dsar.actions.trail import note
from dsar.bundle.passphrase import seal_with_passphrase
from dsar.bundle.sealing import SealError, check_recipient, seal_stream
from dsar.models import Bundle, SealedTo, SubjectRequest


class AlreadySealedError(Exception):
    """The bundle is sealed to the person already: nobody here can open it to seal it anew."""


class OpenerError(Exception):
    """What was given is no key that a bundle can be sealed for."""


@dataclass(frozen=True)
class Opener:
    """What will open the bundle: an age or SSH public key, or a passphrase."""

    kind: SealedTo
    secret: str = field(repr=False)

    @classmethod
    def of_key(cls, text: str) -> Opener:
        """Read a public key as people paste it: one line, perhaps with a comment. Raises OpenerError."""
        words = text.split()
        key = " ".join(words[:2]) if words and words[0].startswith("ssh-") else text.strip()
        try:
            check_recipient(key)
        except SealError as error:
            raise OpenerError(str(error)) from error
        return cls(SealedTo.SSH if key.startswith("ssh-") else SealedTo.AGE, key)


def seal_to_person(
    subject_request: SubjectRequest, *, opener: Opener, account: User, clock: Callable[[], datetime]
) -> Bundle:
    """Encrypt the bundle for the opener and destroy every key of ours that opens it or what it was made of.

    Streams; the plain bytes never rest anywhere. Raises AlreadySealedError, BundleGoneError, AddressJustChangedError,
    PayloadGoneError, SealError or OSError: the bundle is then as it was.
    """
    bundle = fetchable(subject_request, account=account, now=clock())
    if bundle.sealed_to:
        raise AlreadySealedError
    old, new = bundle.path, f"bundles/{subject_request.reference}/own-{bundle.pk}.zip.age"
    size = _seal(bundle, new, opener)
    now = clock()
    with transaction.atomic():
        ours = Bundle.objects.filter(pk=bundle.pk, path=old, purged_at=None)
        if ours.update(path=new, bytes=size, sealed_key=None, sealed_to=opener.kind) != 1:
            raise AlreadySealedError
        by = Actor.subject(account)
        note(subject_request, "bundle.sealed_to_person", by=by, at=now, bundle=bundle.pk, sealed_to=str(opener.kind))
    delete(old)
    purge_collected(subject_request, now=now)
    bundle.refresh_from_db()
    return bundle


def _seal(bundle: Bundle, path: str, opener: Opener) -> int:
    """Write the bundle, sealed, to a path in storage; return its size in bytes."""
    storage = payloads.storage()
    key = payloads.open_key(bundle.sealed_key)
    with payloads.chunks(bundle.path, key=key) as chunks, storage.writing(path) as out:
        source, target = cast(BinaryIO, _Reader(chunks)), cast(BinaryIO, out)
        if opener.kind == SealedTo.PASSPHRASE:
            seal_with_passphrase(source=source, target=target, passphrase=opener.secret)
        else:
            seal_stream(source=source, target=target, recipient=opener.secret)
    return storage.size(path)


class _Reader:
    """A stream of chunks as a file that can be read."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks, self._rest = chunks, b""

    def read(self, size: int) -> bytes:
        if not self._rest:
            self._rest = next(self._chunks, b"")
        part, self._rest = self._rest[:size], self._rest[size:]
        return part
