"""One message, of either side, with its files: written once, however often it is sent."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime

from django.utils.formats import number_format
from django.utils.translation import gettext

from accounts.models import User
from dsar import payloads
from dsar.actions import proofs
from dsar.actions.review import ReviewError
from dsar.models import Attachment, Message, Status, SubjectRequest
from dsar.models.transitions import ImpossibleMoveError

MOST_CHARACTERS = 10_000
MOST_FILES = 5
#: Files of all messages of a request: papers, not an archive.
MOST_FILES_OF_REQUEST = 20


class MessageError(ReviewError):
    """The message cannot be sent as it is; the message says why, for whoever wrote it."""


def new_token() -> str:
    """Return what makes sending a form twice one message."""
    return secrets.token_urlsafe(16)


def lock(subject_request: SubjectRequest) -> None:
    """Lock a request that can be talked about, and read its row anew, in the caller's transaction.

    Raises ImpossibleMoveError if it is closed, or if nobody has proven yet whose it is.
    """
    locked = SubjectRequest.objects.select_for_update(no_key=True).filter(pk=subject_request.pk, closed_at=None)
    row = locked.exclude(status=Status.AWAITING_VERIFICATION).values("status", "due_at", "expected_at", "sealed_key")
    found = row.first()
    if found is None:
        raise ImpossibleMoveError(
            gettext("This request is closed, or not confirmed yet: no messages can be sent about it.")
        )
    for name, value in found.items():
        setattr(subject_request, name, value)


def sent_before(subject_request: SubjectRequest, *, token: str, text: str) -> Message | None:
    """Return the message that was sent from the same form with the same words, if it was."""
    return subject_request.messages.filter(token=token, text=text.strip()).first()


def write(
    subject_request: SubjectRequest,
    *,
    text: str,
    files: Sequence[bytes],
    token: str,
    from_team: User | None,
    now: datetime,
) -> Message:
    """Write a message of the team's member, or of the person (None), in the caller's transaction on the locked row.

    Raises MessageError, ProofRefusedError.
    """
    text = text.strip()
    if not text and not files:
        raise MessageError(gettext("Write something, or add a file."))
    if len(text) > MOST_CHARACTERS:
        raise MessageError(
            gettext("Write %(n)s characters at most.") % {"n": number_format(MOST_CHARACTERS, force_grouping=True)}
        )
    _check_count(subject_request, files)
    # Who went back and wrote something else has the form's token still.
    is_used = subject_request.messages.filter(token=token).exists()
    message = Message.objects.create(
        subject_request=subject_request,
        is_from_team=from_team is not None,
        by=from_team,
        text=text,
        token=new_token() if is_used or not token else token,
        sent_at=now,
    )
    for content in files:
        _attach(message, content)
    return message


def _check_count(subject_request: SubjectRequest, files: Sequence[bytes]) -> None:
    if len(files) > MOST_FILES:
        raise MessageError(gettext("Send %(n)s files at most with one message.") % {"n": MOST_FILES})
    before = Attachment.objects.filter(message__subject_request=subject_request).count() if files else 0
    if before + len(files) > MOST_FILES_OF_REQUEST:
        raise MessageError(gettext("A request takes %(n)s files at most.") % {"n": MOST_FILES_OF_REQUEST})
    for content in files:
        proofs.kind_of(content)  # all of them are looked at before the first is written


def _attach(message: Message, content: bytes) -> None:
    subject_request = message.subject_request
    if subject_request.sealed_key is None:  # nothing was collected, so there was nothing to encrypt yet
        subject_request.sealed_key = payloads.new_sealed_key()
        subject_request.save(update_fields=["sealed_key"])
    kept = proofs.write(subject_request, content)
    Attachment.objects.create(message=message, kind=kept.kind, path=kept.path, bytes=len(content), sha256=kept.sha256)
