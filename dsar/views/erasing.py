"""A deletion as the person sees it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.utils import timezone

from dsar.actions.erasing.planning import order_of
from dsar.models import RequestType, SubjectRequest, Suspension, Visibility


@dataclass(frozen=True, slots=True)
class OwnErasure:
    """Where a deletion stands: until when it can be taken back, and since when rows are being deleted."""

    undo_until: datetime
    is_approved: bool
    begun_at: datetime | None
    keeps_copy: bool
    #: Hours for which what was taken could be put back.
    copy_hours: float
    #: Where the account stands meanwhile: hidden, being_hidden, being_shown, or "" where nothing is to be told.
    account: str

    @property
    def is_waiting(self) -> bool:
        """Whether the person still has time to take it back."""
        return self.begun_at is None and self.undo_until > timezone.now()


def own_erasure(subject_request: SubjectRequest) -> OwnErasure | None:
    """Return it; None for other requests, and before the person has proven who asks."""
    if subject_request.type != RequestType.ERASURE or subject_request.verified_at is None:
        return None
    order = order_of(subject_request)
    return OwnErasure(
        order.undo_until,
        order.approved_at is not None,
        order.begun_at,
        order.keeps_copy,
        settings.DSAR_RESTORATION_HOURS,
        _account(subject_request),
    )


def _account(subject_request: SubjectRequest) -> str:
    row = Suspension.objects.filter(subject_request=subject_request).first()
    if row is None or row.wanted == Visibility.OVER:
        return ""
    is_hidden = bool(row.report.get("hidden"))
    if row.wanted == Visibility.SHOWN:
        return "being_shown" if row.done_at is None and (is_hidden or row.before) else ""
    if is_hidden:
        return "hidden"
    return "being_hidden" if row.done_at is None else ""
