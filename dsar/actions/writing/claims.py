"""Who may write what is due: a lease with a fencing number, as steps have (dsar.actions.fulfilment.leases)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

from django.db.models import F, Q, QuerySet

from dsar.actions.fulfilment.leases import lease
from dsar.fulfilment.overtaken import OvertakenError
from dsar.models.writing import Writing

#: Waits after a store was down: after the first time, and at most.
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=5), timedelta(hours=1)

Row = TypeVar("Row", bound=Writing)


@dataclass(frozen=True)
class Claim(Generic[Row]):
    """A writing in the hands of this worker, as it was when it was taken. `clock` returns aware moments."""

    row: Row
    clock: Callable[[], datetime]

    def check(self) -> None:
        """Keep the lease. Raises OvertakenError if something else is to hold by now, or another worker has it."""
        self.write(lease_until=self.clock() + lease())

    def finish(self, **changes: Any) -> None:
        """Say that what is to hold does. Raises OvertakenError."""
        self.write(done_at=self.clock(), lease_until=None, **changes)

    def postpone(self, **changes: Any) -> None:
        """Try it again later: each time after twice as long. Raises OvertakenError."""
        wait = min(FIRST_WAIT * 2 ** min(self.row.attempts, 20), LONGEST_WAIT)
        self.write(attempts=self.row.attempts + 1, not_before=self.clock() + wait, lease_until=None, **changes)

    def give_way(self) -> None:
        """Have what holds now written at once: this worker may have written something else after it."""
        own = self.rows().filter(pk=self.row.pk)
        own.update(done_at=None, not_before=self.clock(), version=F("version") + 1)
        own.filter(fence=self.row.fence).update(lease_until=None)

    def write(self, **changes: Any) -> None:
        """Change the row as long as it is ours. Raises OvertakenError."""
        own = self.rows().filter(pk=self.row.pk, fence=self.row.fence, version=self.row.version, done_at=None)
        if own.update(**changes) != 1:
            raise OvertakenError

    def rows(self) -> QuerySet[Row]:
        """Return the rows of this kind that may still be written."""
        found: QuerySet[Row] = type(self.row)._default_manager.all()
        return found


def take(rows: QuerySet[Row], *, clock: Callable[[], datetime]) -> Row | None:
    """Take the one of these rows that has been due longest, with a new fence; None if none is due."""
    while True:
        now = clock()
        free = Q(lease_until=None) | Q(lease_until__lt=now)
        due = rows.filter(free, done_at=None, not_before__lte=now)
        row = due.order_by("not_before", "pk").first()
        if row is None:
            return None
        own = due.filter(pk=row.pk, fence=row.fence, version=row.version)
        if own.update(fence=F("fence") + 1, lease_until=now + lease()) == 1:
            row.fence += 1
            return row
