"""What was read, and the files that came with it."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.audit import Actor
from accounts.models import User
from dsar.actions import proofs
from dsar.actions.trail import note
from dsar.models import Attachment, SubjectRequest


def has_read(subject_request: SubjectRequest, *, is_team: bool, now: datetime) -> None:
    """Note that the other side's messages were on a page; by whom of the team is not kept."""
    subject_request.messages.filter(is_from_team=not is_team, read_at=None).update(read_at=now)


def open_attachment(
    subject_request: SubjectRequest, attachment: Attachment, *, by: User | Actor, now: datetime
) -> bytes:
    """Return a file of the conversation and record that it was fetched.

    Raises PayloadGoneError once the request is closed and its key destroyed, SealError, ProofChangedError.
    """
    kept = proofs.Proof(attachment.kind, attachment.path, attachment.sha256)
    content = proofs.read(subject_request, kept)
    with transaction.atomic():
        note(subject_request, "message.file_fetched", by=by, at=now, file=attachment.pk)
    return content
