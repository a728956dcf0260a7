"""Who may write a choice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from dsar.actions.writing import claims
from dsar.models import ChoiceWriting


class Claim(claims.Claim[ChoiceWriting]):
    """A choice in the hands of this worker."""


def claim(*, clock: Callable[[], datetime]) -> Claim | None:
    """Take the writing that waits longest; None if there is nothing to take."""
    row = claims.take(ChoiceWriting.objects.select_related("tenant", "change__account"), clock=clock)
    return Claim(row, clock) if row else None
