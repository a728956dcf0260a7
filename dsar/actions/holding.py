"""A legal hold is set on a request, and lifted: while it lasts the stores keep all of whoever asked."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext

from accounts.models import Membership, User
from dsar import queries
from dsar.actions.trail import note
from dsar.models import LegalHold, SubjectRequest

MOST_REASON_CHARACTERS = 5_000


class HoldError(Exception):
    """The hold cannot be set or lifted; the message says why."""


def set_hold(
    subject_request: SubjectRequest, *, reason: str, until: datetime | None, by: User, now: datetime
) -> LegalHold:
    """Keep everything of a request, and of whoever asked in the stores, until then or until it is lifted.

    `until` is aware. What was deleted before does not come back. Raises HoldError.
    """
    _check(subject_request, reason, by)
    if until is not None and until <= now:
        raise HoldError(gettext("The hold would be over before it began."))
    with transaction.atomic():
        # Retention locks the request too and asks for holds after that: it deletes before this, or sees it.
        if not SubjectRequest.objects.select_for_update().filter(pk=subject_request.pk).exists():
            raise HoldError(gettext("This request is deleted already."))
        hold = LegalHold.objects.create(
            subject_request=subject_request, reason=reason.strip(), by=by, since=now, until=until
        )
        note(subject_request, "hold.set", by=by, at=now, days=(until - now).days if until else 0)
    return hold


def lift_holds(subject_request: SubjectRequest, *, reason: str, by: User, now: datetime) -> int:
    """End every hold on whoever asked now, and return how many there were. Raises HoldError if there is none."""
    _check(subject_request, reason, by)
    with transaction.atomic():
        lasting = list(queries.holds_on_person(subject_request, now=now))
        ended = queries.holds(now=now).filter(pk__in=[hold.pk for hold in lasting])
        if ended.update(until=now, ended_by=by, end_reason=reason.strip()) == 0:
            raise HoldError(gettext("This person is under no hold."))
        # The trail of each request tells when its own hold ended.
        for held in {hold.subject_request_id: hold.subject_request for hold in lasting}.values():
            note(held, "hold.lifted", by=by, at=now)
    return len(lasting)


def _check(subject_request: SubjectRequest, reason: str, by: User) -> None:
    """Raise HoldError unless this member of the team may say so, and says why."""
    if not Membership.objects.filter(user=by, tenant=subject_request.tenant).exists():
        raise HoldError(gettext("Only a member of the team sets and lifts a hold."))
    if queries.is_own(account=by, subject_request=subject_request):
        raise HoldError(gettext("This is about yourself: somebody else has to decide it."))
    if not reason.strip() or len(reason) > MOST_REASON_CHARACTERS:
        raise HoldError(gettext("Say why, in %(n)s characters at most.") % {"n": MOST_REASON_CHARACTERS})
