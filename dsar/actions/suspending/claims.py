"""Who may write what should hold of an account: a lease with a fencing number (as dsar.actions.choosing.claims)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet

from dsar.actions.choosing.claims import FIRST_WAIT, LONGEST_WAIT
from dsar.actions.suspending.notes import opened, sealed
from dsar.fulfilment.stating.apply import OvertakenError
from dsar.fulfilment.stating.kept import Kept
from dsar.models import Suspension, Visibility


@dataclass(frozen=True)
class Claim:
    """A suspension in the hands of this worker, as it was when it was taken, and what stood in the rows before."""

    row: Suspension
    kept: Kept
    clock: Callable[[], datetime]

    def check(self) -> None:
        """Keep the lease. Raises OvertakenError if something else is wanted, or another worker has it."""
        self._write(lease_until=self.clock() + _lease())

    def keep(self, kept: Kept) -> None:
        """Keep for good what stood in the rows. Raises OvertakenError, KeyringError."""
        self._write(before=sealed(kept))

    def finish(self, report: Mapping[str, Any]) -> None:
        """Say that what is wanted holds. Raises OvertakenError."""
        self._write(done_at=self.clock(), lease_until=None, report=report)

    def postpone(self, report: Mapping[str, Any]) -> None:
        """Say why it is not done, and try it again later: each time twice as long. Raises OvertakenError."""
        wait = min(FIRST_WAIT * 2 ** min(self.row.attempts, 20), LONGEST_WAIT)
        changes = {"attempts": self.row.attempts + 1, "not_before": self.clock() + wait, "report": report}
        self._write(**changes, lease_until=None)

    def give_way(self) -> None:
        """Have what is wanted now written at once: this worker may have written something else after it.

        Who took over may have found nothing to put back, and forgotten what this worker knows.
        """
        with transaction.atomic():
            live = Suspension.objects.select_for_update().exclude(wanted=Visibility.OVER)
            row = live.filter(pk=self.row.pk).first()
            if row is None:
                return
            both = opened(row.before)
            both.add(self.kept)
            changes: dict[str, Any] = {"done_at": None, "not_before": self.clock(), "version": row.version + 1}
            if row.fence == self.row.fence:
                changes["lease_until"] = None
            Suspension.objects.filter(pk=row.pk).update(**changes, before=sealed(both))

    def _write(self, **changes: Any) -> None:
        if self._mine().update(**changes) != 1:
            raise OvertakenError

    def _mine(self) -> QuerySet[Suspension]:
        return Suspension.objects.filter(pk=self.row.pk, fence=self.row.fence, version=self.row.version, done_at=None)


def claim(*, clock: Callable[[], datetime]) -> Claim | None:
    """Take the suspension that waits longest; None if there is nothing to take. Raises KeyringError."""
    while True:
        now = clock()
        free = Q(lease_until=None) | Q(lease_until__lt=now)
        due = Suspension.objects.filter(free, done_at=None, not_before__lte=now)
        row = due.select_related("subject_request__tenant").order_by("not_before", "pk").first()
        if row is None:
            return None
        own = due.filter(pk=row.pk, fence=row.fence, version=row.version)
        if own.update(fence=F("fence") + 1, lease_until=now + _lease()) == 1:
            row.fence += 1
            # What stood there may have been kept since the row was read, by who had it last.
            (before,) = Suspension.objects.filter(pk=row.pk).values_list("before", flat=True)
            return Claim(row, opened(before), clock)


def _lease() -> timedelta:
    return timedelta(seconds=settings.STEP_LEASE_SECONDS)
