"""A correction begins: a worker looks what is held, then the person is asked what is wrong."""

from __future__ import annotations

from datetime import datetime

from dsar.actions.correcting.work import order_of
from dsar.actions.fulfilment.planning import look
from dsar.emails import requests as emails
from dsar.models import ClockPause, CorrectionOrder, SubjectRequest
from dsar.wording import N_

_PAUSE = N_("waiting for what you want corrected")


def open_order(subject_request: SubjectRequest, *, now: datetime) -> None:
    """Have a worker look what is held, in the caller's transaction."""
    CorrectionOrder.objects.create(subject_request=subject_request)
    look(subject_request, now=now)


def has_looked(subject_request: SubjectRequest, *, is_done: bool, now: datetime) -> None:
    """Ask the person, once everything was looked at: the clock stands still until they answer.

    Where the look failed, or is one at proposals, it is the team's turn.
    """
    if not is_done or order_of(subject_request).proposed_at is not None:
        emails.review_needed(subject_request, now=now)
    elif not subject_request.pauses.filter(ended_at=None).exists():
        ClockPause.objects.create(subject_request=subject_request, reason=_PAUSE, started_at=now)
        emails.correction_asked(subject_request, now=now)
