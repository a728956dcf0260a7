"""Who may write a choice: a lease with a fencing number, as steps have (dsar.actions.fulfilment.leases)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import F, Q, QuerySet

from dsar.fulfilment.choosing.choose import OvertakenError, Written
from dsar.models import ChoiceWriting

#: Waits after a store was down: seconds after the first time, and at most.
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=5), timedelta(hours=1)


@dataclass(frozen=True)
class Claim:
    """A writing in the hands of this worker, as it was when it was taken."""

    row: ChoiceWriting
    clock: Callable[[], datetime]

    def check(self) -> None:
        """Keep the lease. Raises OvertakenError if another choice has come, or another worker."""
        if self._mine().update(lease_until=self.clock() + _lease()) != 1:
            raise OvertakenError

    def finish(self, written: Written, *, error: str = "") -> None:
        """Say that it is done, unless it holds no longer. Raises OvertakenError."""
        changes = {"done_at": self.clock(), "lease_until": None, "rows": sum(written.rows.values()), "error": error}
        if self._mine().update(**changes) != 1:
            raise OvertakenError

    def postpone(self, error: str) -> None:
        """Say why it is not done, and try it again later: each time twice as long. Raises OvertakenError."""
        wait = min(FIRST_WAIT * 2 ** min(self.row.attempts, 20), LONGEST_WAIT)
        changes = {"attempts": self.row.attempts + 1, "not_before": self.clock() + wait, "error": error}
        if self._mine().update(**changes, lease_until=None) != 1:
            raise OvertakenError

    def give_way(self) -> None:
        """Have what holds now written at once: this worker may have written something else after it."""
        own = ChoiceWriting.objects.filter(pk=self.row.pk)
        own.update(done_at=None, not_before=self.clock(), version=F("version") + 1)
        own.filter(fence=self.row.fence).update(lease_until=None)

    def _mine(self) -> QuerySet[ChoiceWriting]:
        return ChoiceWriting.objects.filter(
            pk=self.row.pk, fence=self.row.fence, version=self.row.version, done_at=None
        )


def claim(*, clock: Callable[[], datetime]) -> Claim | None:
    """Take the writing that waits longest; None if there is nothing to take."""
    while True:
        now = clock()
        free = Q(lease_until=None) | Q(lease_until__lt=now)
        due = ChoiceWriting.objects.filter(free, done_at=None, not_before__lte=now)
        row = due.select_related("tenant", "change__account").order_by("not_before", "pk").first()
        if row is None:
            return None
        own = due.filter(pk=row.pk, fence=row.fence, version=row.version)
        if own.update(fence=F("fence") + 1, lease_until=now + _lease()) == 1:
            row.fence += 1
            return Claim(row, clock)


def _lease() -> timedelta:
    return timedelta(seconds=settings.STEP_LEASE_SECONDS)
