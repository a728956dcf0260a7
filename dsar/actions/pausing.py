"""Clocks that stood still go on."""

from __future__ import annotations

from datetime import datetime, timedelta

from dsar.deadlines import HOUSE_PROMISE
from dsar.models import SubjectRequest


def end_pauses(subject_request: SubjectRequest, *, now: datetime) -> datetime:
    """End what pauses the clocks; return when the house promise ends now, for `due_at`. In the caller's transaction."""
    subject_request.pauses.filter(ended_at=None).update(ended_at=now)
    lengths = ((pause.ended_at or now) - pause.started_at for pause in subject_request.pauses.all())
    return subject_request.received_at + HOUSE_PROMISE + sum(lengths, timedelta())
