"""Who may write what is stopped."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from dsar.actions.writing.claims import take
from dsar.actions.writing.states import StateClaim, kept_of
from dsar.models import StopWriting

#: What is kept is wrapped for.
PURPOSE = "restriction"


class Claim(StateClaim[StopWriting]):
    """A person's stops in the hands of this worker."""


def claim(*, clock: Callable[[], datetime]) -> Claim | None:
    """Take the writing that waits longest; None if there is nothing to take. Raises KeyringError."""
    row = take(StopWriting.objects.select_related("subject_request__tenant"), clock=clock)
    return Claim(row, clock, kept_of(row, StopWriting.objects.all(), purpose=PURPOSE), PURPOSE) if row else None
