"""Everything that is past its time, in the order in which one thing hangs on another."""

from __future__ import annotations

from datetime import datetime

from dsar.actions.retention.batches import BATCH
from dsar.actions.retention.orphans import delete_orphans
from dsar.actions.retention.register import delete_register
from dsar.actions.retention.texts import delete_texts
from dsar.actions.retention.trail import cut_trails


def enforce(*, now: datetime, size: int = BATCH) -> None:
    """Delete what is older than the portal keeps it, in batches of `size`. Raises OSError if storage is away.

    Each batch is a transaction of its own with its counts in the trail: cut short at any point, the next run goes on.
    """
    delete_texts(now=now, size=size)
    cut_trails(now=now)
    # These ask storage, and are last: what the database holds must not wait for storage that is away.
    delete_register(now=now, size=size)
    delete_orphans(now=now)
