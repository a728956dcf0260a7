"""Who may write a state into rows, and put back what stood in them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import QuerySet

from dsar.actions.writing.claims import Claim
from dsar.actions.writing.notes import opened, sealed
from dsar.fulfilment.stating.kept import Kept
from dsar.models.writing import StateWriting

State = TypeVar("State", bound=StateWriting)


@dataclass(frozen=True)
class StateClaim(Claim[State]):
    """`kept` is what stood in the rows before; `purpose` is what it is wrapped for."""

    kept: Kept
    purpose: str

    def keep(self, kept: Kept) -> None:
        """Keep for good what stood in the rows. Raises OvertakenError, KeyringError."""
        self.write(before=sealed(kept, purpose=self.purpose))

    def give_way(self) -> None:
        """Have what is to hold now written at once, knowing what this worker knows: it may have written after it.

        Who took over may have found nothing to put back, and forgotten what stood there.
        """
        with transaction.atomic():
            row = self.rows().select_for_update().filter(pk=self.row.pk).first()
            if row is None:
                return
            both = opened(row.before, purpose=self.purpose)
            both.add(self.kept)
            changes: dict[str, Any] = {"done_at": None, "not_before": self.clock(), "version": row.version + 1}
            if row.fence == self.row.fence:
                changes["lease_until"] = None
            self.rows().filter(pk=row.pk).update(**changes, before=sealed(both, purpose=self.purpose))


def kept_of(row: StateWriting, rows: QuerySet[State], *, purpose: str) -> Kept:
    """Return what stood there by now: whoever had the row last may have kept more since it was read."""
    return opened(rows.values_list("before", flat=True).get(pk=row.pk), purpose=purpose)
