"""A correction that its person never says anything about ends by itself."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext

from accounts.audit import together
from dsar.actions.trail import note
from dsar.emails import requests as emails
from dsar.models import DenialReason, Status, SubjectRequest
from dsar.models.transitions import ImpossibleMoveError, Move, move

LAPSE_AFTER = timedelta(days=14)
REMIND_AFTER = (timedelta(days=3), timedelta(days=10))
_EXPLANATION = "You did not say within 14 days what is wrong. Nothing was changed. You can ask again at any time."


def lapse(*, now: datetime) -> int:
    """Close corrections for which nothing was proposed in 14 days, remind of the others twice; return how many closed.

    Counted from when the person was asked: before, it was a worker's turn.
    """
    waiting = SubjectRequest.objects.filter(
        status=Status.AWAITING_REVIEW, correction__proposed_at=None, correction__isnull=False
    ).select_related("tenant")
    for number, after in enumerate(REMIND_AFTER, start=1):
        asked = {"pauses__started_at__lte": now - after, "pauses__started_at__gt": now - LAPSE_AFTER}
        for subject_request in waiting.filter(pauses__ended_at=None, **asked):
            _remind(subject_request, number=number, now=now)
    old = list(waiting.filter(pauses__ended_at=None, pauses__started_at__lte=now - LAPSE_AFTER))
    return sum(_lapse(subject_request, now=now) for subject_request in old)


def _remind(subject_request: SubjectRequest, *, number: int, now: datetime) -> None:
    with transaction.atomic():
        _, created = subject_request.warnings.get_or_create(clock="propose", percent=number, defaults={"given_at": now})
        if created:
            emails.correction_asked(subject_request, now=now)


def _lapse(subject_request: SubjectRequest, *, now: datetime) -> bool:
    """Return whether it was closed: not one that its person has just said something about."""
    try:
        with transaction.atomic(), together():
            _close(subject_request, now=now)
    except ImpossibleMoveError:
        return False
    return True


def _close(subject_request: SubjectRequest, *, now: datetime) -> None:
    reason = DenialReason.OTHER
    told = {"denial_reason": reason, "explanation": _EXPLANATION, "closed_at": now}
    move(subject_request, by=Move.DENY, to=Status.DENIED, **told)
    if subject_request.pauses.filter(ended_at=None).update(ended_at=now) != 1:
        raise ImpossibleMoveError(gettext("The person has just said what is wrong."))
    note(subject_request, "request.denied", by=None, at=now, reason=str(reason))
    emails.denied(subject_request, now=now)
