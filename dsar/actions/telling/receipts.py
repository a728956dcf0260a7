"""A recipient confirms by the link of an email that they were told."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Coalesce

from accounts.models import Tenant
from dsar.actions.telling.notices import receipt_hash
from dsar.actions.trail import note
from dsar.models import RecipientNotice


class NoSuchNoticeError(Exception):
    """The token is of no notice of this tenant."""


class ConfirmedBeforeError(Exception):
    """It was confirmed already; `at` (aware) says when."""

    def __init__(self, notice: RecipientNotice, at: datetime) -> None:
        super().__init__("this was confirmed before")
        self.notice = notice
        self.at = at


def unconfirmed(token: str, *, tenant: Tenant) -> RecipientNotice:
    """Return the notice that a token confirms. Raises NoSuchNoticeError, ConfirmedBeforeError."""
    known = RecipientNotice.objects.filter(~Q(token_hash=""), subject_request__tenant=tenant)
    notice = known.filter(token_hash=receipt_hash(token)).select_related("subject_request__tenant").first()
    if notice is None:
        raise NoSuchNoticeError
    if notice.receipt_at is not None:
        raise ConfirmedBeforeError(notice, notice.receipt_at)
    return notice


def confirm(token: str, *, tenant: Tenant, now: datetime) -> RecipientNotice:
    """Record the receipt and return its notice. Raises NoSuchNoticeError, ConfirmedBeforeError."""
    notice = unconfirmed(token, tenant=tenant)
    with transaction.atomic():
        # Whoever has the link has got the message, though the outbox may not have written so yet.
        told_at = Coalesce("told_at", now)
        first = RecipientNotice.objects.filter(pk=notice.pk, receipt_at=None)
        if first.update(receipt_at=now, told_at=told_at, given_up_at=None, error="") == 1:
            note(notice.subject_request, "recipient.confirmed", by=None, at=now, notice=notice.pk)
    return notice
