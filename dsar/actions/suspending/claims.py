"""Who may write what should hold of an account."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.db.models import QuerySet

from dsar.actions.writing.claims import take
from dsar.actions.writing.states import StateClaim, kept_of
from dsar.models import Suspension, Visibility

#: What is kept is wrapped for.
PURPOSE = "suspension"


class Claim(StateClaim[Suspension]):
    """What is over is put back no more."""

    def rows(self) -> QuerySet[Suspension]:
        return super().rows().exclude(wanted=Visibility.OVER)


def claim(*, clock: Callable[[], datetime]) -> Claim | None:
    """Take the writing that waits longest; None if there is nothing to take. Raises KeyringError."""
    row = take(Suspension.objects.select_related("subject_request__tenant"), clock=clock)
    return Claim(row, clock, kept_of(row, Suspension.objects.all(), purpose=PURPOSE), PURPOSE) if row else None
