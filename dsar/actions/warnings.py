"""Tell the team before a clock runs out."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from dsar import queries
from dsar.actions.trail import note
from dsar.deadlines import HOUSE_PROMISE, WARNING_FRACTIONS, ClockReading
from dsar.emails import requests as emails
from dsar.models import ClockWarning, SubjectRequest


def warn(*, now: datetime) -> int:
    """Give every warning that is due and was not given; return how many."""
    young = HOUSE_PROMISE * min(WARNING_FRACTIONS)
    open_ones = queries.open_older_than(young, now=now).prefetch_related("pauses")
    return sum(
        _warn(subject_request, reading, share, now=now)
        for subject_request in open_ones
        for reading in queries.clocks(subject_request, now=now)
        for share in reading.warnings()[-1:]
    )


def _warn(subject_request: SubjectRequest, reading: ClockReading, share: float, *, now: datetime) -> int:
    """Give one warning unless it was given. Of several that are due at once, only the latest says something."""
    percent = round(share * 100)
    with transaction.atomic():
        _, created = ClockWarning.objects.get_or_create(
            subject_request=subject_request, clock=reading.name, percent=percent, defaults={"given_at": now}
        )
        if not created:
            return 0
        emails.clock_warning(subject_request, reading=reading, percent=percent, now=now)
        # The law is not named: the trail outlives the request, and it may tell where somebody lives.
        clock = "house" if reading.name == "house" else "law"
        note(subject_request, "request.warned", by=None, at=now, clock=clock, percent=percent)
    return 1
