"""A legal hold is set on a request, and lifted."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.models import Membership, User
from dsar import queries
from dsar.actions.trail import note
from dsar.models import LegalHold, SubjectRequest


class HoldError(Exception):
    """The hold cannot be set or lifted; the message says why."""


def set_hold(
    subject_request: SubjectRequest, *, reason: str, until: datetime | None, by: User, now: datetime
) -> LegalHold:
    """Keep everything of a request until then, or until it is lifted. Raises HoldError.

    `until` is aware. What was deleted before does not come back.
    """
    if not Membership.objects.filter(user=by, tenant=subject_request.tenant).exists():
        raise HoldError("Only a member of the team sets and lifts a hold.")
    if not reason.strip():
        raise HoldError("Say why this must be kept.")
    if until is not None and until <= now:
        raise HoldError("The hold would be over before it began.")
    with transaction.atomic():
        # Retention locks the request too and asks for holds after that: it deletes before this, or sees it.
        if not SubjectRequest.objects.select_for_update().filter(pk=subject_request.pk).exists():
            raise HoldError("This request is deleted already.")
        hold = LegalHold.objects.create(
            subject_request=subject_request, reason=reason.strip(), by=by, since=now, until=until
        )
        note(subject_request, "hold.set", by=by, at=now, days=(until - now).days if until else 0)
    return hold


def lift_holds(subject_request: SubjectRequest, *, by: User, now: datetime) -> int:
    """End the holds on a request now, and return how many there were. Raises HoldError if there is none."""
    if not Membership.objects.filter(user=by, tenant=subject_request.tenant).exists():
        raise HoldError("Only a member of the team sets and lifts a hold.")
    with transaction.atomic():
        lifted = queries.holds(now=now).filter(subject_request=subject_request).update(until=now)
        if not lifted:
            raise HoldError("This request is under no hold.")
        note(subject_request, "hold.lifted", by=by, at=now)
    return lifted
